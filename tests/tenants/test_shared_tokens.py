"""Processes share an account's token: one of them signs in, the others read it. Two sessions stand for two processes."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.cache import caches

from apps.tenants import agreed, checking, connections
from apps.tenants.models import FirebaseSignIn, TokenySignIn
from apps.tenants.sign_ins import tokeny
from apps.upstream import errors, firebase
from apps.upstream.deadlines import Deadline
from apps.upstream.secret import Secret
from apps.upstream.tokeny import auth
from tests.stand_in import Sandbox

pytestmark = pytest.mark.usefixtures("both_worlds")


def another_process(saved: FirebaseSignIn) -> firebase.Token:
    """Its session, which holds nothing yet."""
    account = connections.account(saved, connections.opened(saved))
    session = firebase.Session(account, agreed.shared_token(saved))
    session.header(Deadline())
    assert session.token
    return session.token


def sign_ins(sandbox: Sandbox, path: str) -> int:
    return sum(call["path"].endswith(path) for call in sandbox.ledger)


def test_eight_processes_sign_in_once(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("slow", value=0.5, path="signInWithPassword")
    with ThreadPoolExecutor(8) as processes:
        tokens = list(processes.map(lambda _: another_process(signed_in), range(8)))
    assert len({token.value for token in tokens}) == 1
    assert sign_ins(sandbox, "signInWithPassword") == 1


def test_an_expired_token_is_refreshed_once_and_without_the_password(
    signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.state(token_seconds=1)
    another_process(signed_in)
    time.sleep(1.2)
    sandbox.state(token_seconds=3600)
    with ThreadPoolExecutor(8) as processes:
        tokens = list(processes.map(lambda _: another_process(signed_in), range(8)))
    assert len({token.value for token in tokens}) == 1
    assert (sign_ins(sandbox, "signInWithPassword"), sign_ins(sandbox, "/v1/token")) == (1, 1)


def test_the_shared_token_is_encrypted_and_opens_for_its_account_alone(
    signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    token = another_process(signed_in)
    shared = agreed.shared_token(signed_in)
    held = caches["agreed"].get(shared.name)
    assert held.startswith("v1:tests:")
    assert token.value.reveal() not in held
    signed_in.sealed += "x"
    replaced = agreed.shared_token(signed_in)
    assert replaced.load() is None
    caches["agreed"].set(replaced.name, "v1:gone:nonsense:nonsense")
    assert replaced.load() is None


def test_a_process_that_is_gone_while_it_renews_holds_no_one_up_for_ever(
    signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    caches["agreed"].add(f"{agreed.shared_token(signed_in).name}:renewing", 1, 1)
    assert another_process(signed_in)


def test_processes_sign_in_to_tokeny_one_at_a_time(at_tokeny: TokenySignIn) -> None:
    kept = tokeny.InRow(at_tokeny)
    with kept.renewing(Deadline()), pytest.raises(errors.Unanswered), kept.renewing(Deadline.within(0.3)):
        pass
    with kept.renewing(Deadline.within(0.3)):
        pass


def test_a_process_that_waited_takes_the_token_that_the_other_got(at_tokeny: TokenySignIn, sandbox: Sandbox) -> None:
    at_tokeny.refresh_from_db()
    kept, got = tokeny.InRow(at_tokeny), auth.Kept(Secret("another-process-got-this"), time.time() + 900)
    kept.store(None)

    @contextmanager
    def after_the_other(deadline: Deadline) -> Iterator[None]:
        kept.store(got)
        yield

    sandbox.reset()
    password = connections.opened(at_tokeny)
    session = auth.Session(
        at_tokeny.base_url, at_tokeny.identifier, password, checking.rules(), "x", kept.load, kept.store, after_the_other
    )  # fmt: skip
    assert session.header(Deadline()).reveal() == "Bearer another-process-got-this"
    assert sandbox.ledger == []
