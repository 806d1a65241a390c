"""The sign-in to Issuance: one renewal for all, every code in plain words, and nothing kept but what is encrypted."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.tenants import checking, connections
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.sign_ins import firebase as firebase_sign_in
from apps.upstream import errors, firebase
from apps.upstream.secret import Secret
from tests.conftest import Person
from tests.stand_in import Sandbox

SIGN_IN = "/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
RENEWAL = "/securetoken.googleapis.com/v1/token"


def paths(sandbox: Sandbox) -> list[str]:
    return [call["path"] for call in sandbox.ledger if call["path"] in (SIGN_IN, RENEWAL)]


def test_200_requests_with_an_expired_token_make_one_renewal(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.state(token_seconds=1)
    api = connections.issuance(signed_in)
    api.list_users({"page_size": "1"}).result()
    time.sleep(1.2)
    sandbox.reset()
    gate = threading.Barrier(40)

    def ask(_: int) -> int:
        gate.wait()
        return connections.issuance(signed_in).list_users({"page_size": "1"}).result().count

    with ThreadPoolExecutor(40) as people:
        counts = list(people.map(ask, range(200)))
    assert len(set(counts)) == 1
    assert paths(sandbox) == [RENEWAL]


def test_a_token_that_ends_between_two_pages_is_not_noticed(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.state(token_seconds=1)
    assert ana.get("/acme/investors/").count('class="row-link"') == 25
    time.sleep(1.2)
    page = ana.get("/acme/investors/?page=2")
    assert page.count('class="row-link"') == 25
    assert "panel" not in page
    assert paths(sandbox) == [SIGN_IN, RENEWAL]


def test_a_token_that_the_api_no_longer_takes_is_renewed_once(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    api = connections.issuance(signed_in)
    api.list_users({"page_size": "1"}).result()
    session = api.credential
    assert isinstance(session, firebase.Session)
    assert session.token
    session.token = firebase.Token(session.token.value, session.token.refresh, time.time() - 60, time.time() + 900)
    sandbox.fault("status", path="/api/users/", value=401, times=1)
    assert api.list_users({"page_size": "1"}).result().count
    assert paths(sandbox) == [SIGN_IN, RENEWAL]


def test_a_refresh_token_that_ended_leads_to_a_new_sign_in(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.state(token_seconds=1)
    connections.issuance(signed_in).list_users({}).result()
    time.sleep(1.2)
    sandbox.fault("body", path=RENEWAL, value='{"error":{"code":400,"message":"TOKEN_EXPIRED"}}', times=1)
    sandbox.fault("status", path=RENEWAL, value=400)
    sandbox._ask("DELETE", "faults")
    sandbox.fault("status", path=RENEWAL, value=400, times=1)
    assert connections.issuance(signed_in).list_users({}).result().count
    assert paths(sandbox) == [SIGN_IN, RENEWAL, SIGN_IN]


@pytest.mark.parametrize("code", firebase.CODES)
def test_every_documented_code_is_said_in_plain_words(code: str) -> None:
    body = json.dumps({"error": {"code": 400, "message": f"{code} : more words"}}).encode()
    error = firebase.refused(400, {}, body)
    assert isinstance(error, firebase.FirebaseRefused)
    assert (error.means, code in error.next + error.means) == (firebase.CODES[code][0], False)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"code": 400, "message": "TOO_MANY_ATTEMPTS_TRY_LATER"}}, errors.Throttled),
        (403, {"error": {"code": 403, "message": "The request is denied"}}, firebase.FirebaseRefused),
        (400, {"error": {"message": "API key not valid. Please pass a valid API key."}}, firebase.FirebaseRefused),
        (400, {"error": "odd"}, firebase.FirebaseRefused),
        (400, [], firebase.FirebaseRefused),
        (503, {}, errors.Failed),
    ],
)
def test_other_refusals_are_one_error_of_the_tree(status: int, body: Any, kind: type[Exception]) -> None:
    assert isinstance(firebase.refused(status, {}, json.dumps(body).encode()), kind)


def test_a_second_factor_is_said_to_be_unsupported(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("body", path=SIGN_IN, value='{"mfaPendingCredential": "x", "mfaInfo": []}')
    with pytest.raises(firebase.FirebaseRefused) as caught:
        connections.issuance(signed_in).list_users({}).result()
    assert "two-factor" in caught.value.means


def test_a_refused_sign_in_is_not_tried_again_by_every_thread(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("status", path=SIGN_IN, value=400)
    for _ in range(10):
        with pytest.raises(firebase.FirebaseRefused):
            connections.issuance(signed_in).list_users({}).result()
    assert paths(sandbox) == [SIGN_IN]


def test_a_wrong_word_before_the_token_is_recognised_and_said(
    ana: Person, acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.state(prefix="JWT")
    page = ana.get("/acme/investors/")
    assert "The token prefix is probably wrong" in page
    FirebaseSignIn.objects.update(token_prefix="JWT")
    assert ana.get("/acme/investors/").count('class="row-link"') == 25


def test_an_error_names_firebase_and_no_secret(signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sandbox.fault("html-500", path=SIGN_IN)
    with pytest.raises(errors.Unsigned) as caught:
        connections.issuance(signed_in).list_users({}).result()
    assert str(caught.value).startswith("Firebase (Issuance’s sign-in service) returned an error")
    assert sandbox.accounts["Acme Robotics"]["password"] not in repr(caught.value) + repr(
        connections.issuance(signed_in)
    )


def test_a_sign_in_is_tried_before_it_is_saved(acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    given = firebase_sign_in.Given(
        signed_in.email, Secret("wrong"), Secret(sandbox.web_api_key),
        identity_url=signed_in.identity_url, token_url=signed_in.token_url,
    )  # fmt: skip
    with pytest.raises(checking.NotSaved, match="the current one stays in use"):
        firebase_sign_in.save(acme, given, sandbox.url, None)
    assert connections.issuance(FirebaseSignIn.objects.get()).list_users({}).result().count
