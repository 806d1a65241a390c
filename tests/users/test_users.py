"""Platform users: who may do what, each refusal at its field, and no write twice though answers are lost."""

import hashlib
import io
import random
import re

import pytest

from apps.audit.models import Entry
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import GRANTS, Permission, Role
from tests.conftest import Person, person
from tests.stand_in import Sandbox
from tests.test_canaries import dump, kept, written

LIST, CREATE = "/acme/users/", "/acme/users/create/"
PASSWORD = "canary-Passw0rd-41"
__all__ = ["written"]


def fresh() -> str:
    return f"new.{random.getrandbits(48):x}@mail.example"


def posts(sandbox: Sandbox) -> int:
    return len(
        [call for call in sandbox.ledger if call["method"] in ("POST", "PATCH") and "/api/users/" in call["path"]]
    )


def number_of(page: str) -> int:
    found = re.search(r'href="/acme/users/(\d+)/">View user', page)
    assert found
    return int(found[1])


def emails(sandbox: Sandbox, email: str) -> int:
    return sandbox.count("select count(*) from sandbox_platformuser where email = ?", email)


def test_a_user_is_added_read_and_listed(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    email = fresh()
    page = ana.post(CREATE, email=email, password=PASSWORD)
    assert f"{email} was added" in page
    assert PASSWORD not in page
    assert email in ana.get(f"{LIST}{number_of(page)}/")
    assert email in ana.get(LIST)
    assert posts(sandbox) == 1


def test_a_made_password_is_shown_once(ana: Person, signed_in: FirebaseSignIn, written: io.StringIO) -> None:
    page = ana.post(CREATE, email=fresh(), password="")
    made = re.search(r'id="made">([^<]+)<', page)
    assert made
    assert len(made[1]) == 23
    assert page.headers["Cache-Control"] == "no-transform, no-store"
    for place in (ana.get(LIST), ana.get(CREATE), dump(), kept(), written.getvalue()):
        assert made[1] not in place


def test_who_may_write(someone: Person, role: Role, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    may = role in GRANTS[Permission.MANAGE_USERS]
    assert (someone.post(CREATE, email=fresh(), password=PASSWORD).status == 200) == may
    assert (someone.post(f"{LIST}1/change/", email=fresh(), reason="x").status == 403) == (not may)
    assert (posts(sandbox) > 0) == may
    if role is not Role.MARKETING:
        assert (">Add user</a>" in someone.get(LIST)) == may


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"email": "no address", "password": PASSWORD}, "email", "Enter a valid email address."),
        ({"password": "short"}, "password", "Issuance: This password is too short."),
        ({"password": "password1"}, "password", "Issuance: This password is too common."),
    ],
)
def test_a_refusal_lands_on_its_field(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, given: dict[str, str], field: str, says: str
) -> None:
    page = ana.post(CREATE, **{"email": fresh(), **given})
    assert page.status == 400
    block = page[page.index(f'name="{field}"') :]
    assert says in block[: block.index("</div>")]
    assert f'value="{given["password"]}"' not in page


def test_an_email_that_is_there_is_refused_at_its_field_and_nothing_is_sent(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    taken = sandbox.rows(1)[0]["email"]
    page = ana.post(CREATE, email=taken, password=PASSWORD)
    assert "A user with this email already exists (ID" in page
    assert posts(sandbox) == 0


def test_what_only_the_api_knows_to_be_taken_lands_on_the_email_too(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    """A user of another issuer is not seen here, and its email cannot be had."""
    mine = {row["email"] for row in sandbox.rows(1)}
    foreign = next(row["email"] for row in sandbox.rows(2) if row["email"] not in mine)
    page = ana.post(CREATE, email=foreign, password=PASSWORD)
    assert page.status == 400
    block = page[page.index('name="email"') :]
    assert "Issuance: " in block[: block.index("</div>")]
    assert emails(sandbox, foreign) == 1


def test_refusals_of_no_field_stand_above_the_form(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    email = fresh()
    page = ana.post(CREATE, email=email, password=email)
    assert "Issuance: The password must not be the e-mail." in page


LOSSES = ("lost-request", "lost-reply", "html-500")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("loss", LOSSES)
def test_a_lost_answer_makes_no_second_user_and_no_false_word(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, loss: str, seed: int
) -> None:
    email = f"seed{seed}.{loss}.{random.getrandbits(32):x}@mail.example"
    sandbox.fault(loss, path="/api/users/$", method="POST")
    page = ana.post(CREATE, email=email, password=PASSWORD)
    assert posts(sandbox) == 1
    done = emails(sandbox, email)
    assert done == (loss != "lost-request")
    if done:
        assert "a user with this email now exists" in page
    else:
        assert f"We couldn’t confirm that {email} was added" in page
    sandbox._ask("DELETE", "faults")
    again = ana.post(CREATE, email=email, password=PASSWORD)
    assert ("A user with this email already exists" in again) == bool(done)
    assert emails(sandbox, email) == 1


def test_only_what_changes_is_sent_and_it_is_recorded_with_its_reason(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    number = number_of(ana.post(CREATE, email=fresh(), password=PASSWORD))
    email = fresh()
    page = ana.post(f"{LIST}{number}/change/", email=email, password="", reason="asked by phone")
    assert "Email changed." in page
    assert email in page
    entry = Entry.objects.filter(action="user changed").get()
    assert entry.details["fields"] == ["email"]
    assert entry.details["reason"] == "asked by phone"
    assert email not in str(entry.details)
    assert sandbox.ledger[-2]["method"] == "PATCH" or "PATCH" in [call["method"] for call in sandbox.ledger]


def test_a_change_needs_a_reason_and_a_difference(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    email = fresh()
    number = number_of(ana.post(CREATE, email=email, password=PASSWORD))
    sandbox.reset()
    assert "This field is required." in ana.post(f"{LIST}{number}/change/", email=fresh(), reason="")
    assert "Enter a new email or a new password" in ana.post(
        f"{LIST}{number}/change/", email=email, password="", reason="x"
    )
    assert posts(sandbox) == 0


@pytest.mark.parametrize(
    ("loss", "field", "says"),
    [
        ("lost-reply", "email", "response was lost, but we checked and the change is there"),
        ("lost-request", "email", "We couldn’t confirm that the email changed"),
        ("html-500", "email", "response was lost, but we checked and the change is there"),
        ("lost-reply", "password", "We couldn’t confirm that the password changed"),
    ],
)
def test_a_change_whose_answer_is_lost_is_read_back(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, loss: str, field: str, says: str
) -> None:
    number = number_of(ana.post(CREATE, email=fresh(), password=PASSWORD))
    sandbox.reset()
    sandbox.fault(loss, path=f"/api/users/{number}/", method="PATCH")
    given = {"email": fresh()} if field == "email" else {"password": PASSWORD + "2"}
    page = ana.post(f"{LIST}{number}/change/", **given, reason="x")
    assert says in page
    assert posts(sandbox) == 1


def test_no_password_is_kept_anywhere(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, written: io.StringIO
) -> None:
    for loss in ("", *LOSSES):
        if loss:
            sandbox.fault(loss, path="/api/users/", method="POST", times=1)
        ana.post(CREATE, email=fresh(), password=PASSWORD)
    secrets = [PASSWORD, sandbox.accounts["Acme Robotics"]["password"], sandbox.web_api_key]
    for secret in secrets:
        for place in (dump(), kept(), written.getvalue()):
            assert secret not in place


def test_the_page_says_what_the_api_cannot_do(acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    sue = person("sue@acme.example", acme, Role.SUPPORT)
    number = sandbox.rows(1)[0]["user"]
    page = sue.get(f"{LIST}{number}/")
    assert "Users can’t be deleted or deactivated here" in page
    assert "Only owners and managers can edit users" in page
    assert "can’t delete or deactivate them" in sue.get(LIST)


def test_a_write_is_in_the_record_before_it_is_sent(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    email = fresh()
    sandbox.fault("lost-request", path="/api/users/$", method="POST")
    ana.post(CREATE, email=email, password=PASSWORD)
    begun = Entry.objects.get(action="user creation begun")
    assert begun.details["email_sha256"] == hashlib.sha256(email.encode()).hexdigest()
    assert email not in str(begun.details)
    assert Entry.objects.get(action="user created").details["end"] == "unknown"


def test_a_lookup_that_fails_is_not_called_finding_nobody(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    ana.get(LIST)
    sandbox.fault("lost-reply", path="/api/users/$", method="POST")
    sandbox.fault("status", path="/api/users/", method="GET", value=418, share=1.0)
    page = ana.post(CREATE, email=fresh(), password=PASSWORD)
    assert "rejected the request (HTTP 418)" in page, "the look before sending failed, so nothing was sent"
    assert posts(sandbox) == 0


def test_a_token_that_cannot_be_had_means_that_nothing_was_sent(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.fault("html-500", path="signInWithPassword")
    page = ana.post(CREATE, email=fresh(), password=PASSWORD)
    assert "Nothing was sent to Issuance" in page
    assert "not known" not in page
    assert posts(sandbox) == 0
