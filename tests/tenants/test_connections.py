import re

import pytest

from apps.audit.models import Entry
from apps.tenants import checking, connections
from apps.tenants.models import IssuanceKey, Tenant
from apps.upstream.secret import Secret
from tests.conftest import ACME_KEY, Person
from tests.stand_in import Sandbox

PAGE = "/acme/settings/connections/"
ONE = "Acme Robotics Reg A Tier 2"


def test_a_key_is_tried_and_what_it_sees_is_found_out(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    page = ana.post(PAGE, label="Reg A", secret=sandbox.key(ONE))
    assert "“Reg A” saved. The key works. Offerings: Acme Robotics Reg A Tier 2." in page
    key = acme.issuance_keys.get(slug="reg-a")
    assert key.state == "working"
    assert [offering["id"] for offering in key.offerings] == [1]
    assert sandbox.key(ONE) not in key.sealed


def test_a_saved_key_is_in_no_page(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    secret = sandbox.key(ACME_KEY)
    slug = acme.issuance_keys.get().slug
    for path in (PAGE, f"{PAGE}{slug}/replace/", f"{PAGE}{slug}/remove/", "/acme/investments/"):
        assert secret not in ana.get(path)
    assert secret not in ana.post(PAGE, label="", secret=secret), "a refused form does not give it back either"


def test_a_refused_key_never_takes_the_place_of_one_that_works(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    key = acme.issuance_keys.get()
    page = ana.post(f"{PAGE}{key.slug}/replace/", secret="sandbox_wrong")
    assert page.status == 400
    assert "so the current key stays in use." in page
    before, key = key.sealed, IssuanceKey.objects.get(pk=key.pk)
    assert key.sealed == before
    assert ana.get("/acme/investments/").count('class="row-link"') == 25


def test_a_replaced_key_serves_the_next_page(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    key = acme.issuance_keys.get()
    page = ana.post(f"{PAGE}{key.slug}/replace/", secret=sandbox.key(ONE))
    assert "saved. The key works. Offerings: Acme Robotics Reg A Tier 2." in page
    wanted = len([row for row in sandbox.rows(1) if row["offering"] == 1])
    assert f"<strong>{wanted:,}</strong>" in ana.get("/acme/investments/")


def test_an_unreachable_api_leaves_a_new_key_untested(acme: Tenant) -> None:
    acme.issuance_keys.all().delete()
    key, trial = connections.save_key(acme, "Later", Secret("abc"), "http://127.0.0.1:9", None, anyway=True)
    assert (key.state, trial.state) == ("untested", "untested")
    assert trial.words.startswith("Couldn’t reach the Issuance API.")


def test_testing_a_key_says_how_it_fared(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    slug = acme.issuance_keys.get().slug
    assert "The key works." in ana.post(f"{PAGE}{slug}/test/")
    sandbox.revoke(ACME_KEY)
    try:
        page = ana.post(f"{PAGE}{slug}/test/")
    finally:
        sandbox.revoke(ACME_KEY, revoked=False)
    assert "The API key may be wrong, expired, revoked, or missing a permission" in page
    assert acme.issuance_keys.get().state == "refused"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.issuance.com",
        "https://evil.example",
        "https://api.issuance.com@evil.example",
        "https://api.issuance.com.evil.example",
        "ftp://api.issuance.com",
        "javascript:alert(1)",
        "//api.issuance.com",
        "https://api.issuance.com?x=1",
        "https://10.0.0.1",
        "not an address",
        "https://[broken",
        "https://api.issuance.com:99999",
        "https://api.issuance.com:abc",
        "https://api.issuance.com/path",
        "https://api.issuance.com/api/",
        "http://local\thost",
        "http://local\nhost",
        "https://\tapi.issuance.com",
        "https://@api.issuance.com",
        "https://:@api.issuance.com",
        "https://api.issuance.com?",
        "https://api.issuance.com#",
        "https://api.issuance.com/?",
        "https:/api.issuance.com",
        "https://api.issuance.com\\@evil.example",
        "https://api.issuance.com:0",
        "https://api.issuance.com:",
        "https://ａpi.issuance.com",
        "https://api.issuance.com%00",
    ],
)
def test_an_address_that_is_not_safe_is_refused_and_nothing_is_sent(
    ana: Person, acme: Tenant, sandbox: Sandbox, url: str
) -> None:
    acme.issuance_keys.all().delete()
    Tenant.objects.filter(pk=acme.pk).update(issuance_url="")
    page = ana.post(PAGE, label="Reg A", url=url, secret="abc")
    assert page.status == 400
    assert re.search("Enter (a URL that starts with|the API URL without a path|only) ?(https://)?", page)
    assert not acme.issuance_keys.exists()
    assert sandbox.ledger == []


@pytest.mark.parametrize("secret", ["", "two words", "tab\there", "line\nbreak", "ключ", "x" * 501])
def test_what_is_no_key_is_refused(ana: Person, acme: Tenant, secret: str) -> None:
    assert ana.post(PAGE, label="Reg A", secret=secret).status == 400
    assert acme.issuance_keys.count() == 1


@pytest.mark.parametrize("label", ["", "***", "x" * 61, ACME_KEY.upper(), ACME_KEY.replace(", ", "-")])
def test_a_label_must_be_usable_and_new(ana: Person, acme: Tenant, sandbox: Sandbox, label: str) -> None:
    assert ana.post(PAGE, label=label, secret=sandbox.key(ONE)).status == 400
    assert acme.issuance_keys.count() == 1


def test_a_second_environment_is_refused(acme: Tenant, sandbox: Sandbox) -> None:
    with pytest.raises(checking.NotSaved, match="All of a team’s API keys use the same URL"):
        connections.save_key(acme, "Other", Secret("abc"), "https://api.issuance.com", None)


def test_a_foreign_teams_key_is_not_there(ana: Person, borealis: Tenant) -> None:
    slug = borealis.issuance_keys.get().slug
    for action in ("test", "replace", "remove"):
        assert ana.post(f"{PAGE}{slug}/{action}/", secret="abc").status == 404


def test_removing_asks_once(ana: Person, acme: Tenant) -> None:
    slug = acme.issuance_keys.get().slug
    assert "disappears for everyone" in ana.get(f"{PAGE}{slug}/remove/")
    assert acme.issuance_keys.exists()
    assert "removed. It still works in Issuance until you revoke it there." in ana.post(f"{PAGE}{slug}/remove/")
    assert not acme.issuance_keys.exists()


def test_changes_of_keys_are_recorded_without_the_key(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    ana.post(PAGE, label="Reg A", secret=sandbox.key(ONE))
    ana.post(f"{PAGE}reg-a/test/")
    ana.post(f"{PAGE}reg-a/replace/", secret=sandbox.key(ONE))
    ana.post(f"{PAGE}reg-a/remove/")
    entries = Entry.objects.filter(tenant=acme.id, action__startswith="key ", actor=ana.member).order_by("pk")
    assert [entry.action for entry in entries] == ["key added", "key tested", "key replaced", "key removed"]
    assert sandbox.key(ONE) not in str(list(Entry.objects.values()))


def test_the_environment_is_in_sight_by_word(ana: Person, acme: Tenant) -> None:
    assert 'class="env env-sandbox"' in ana.get(PAGE)
    for url, word in (
        ("https://api.issuance.com", "Production"),
        ("https://django-dev.issuance-dev.com", "Development"),
        ("https://other.example", "other.example"),
        ("", "Issuance not connected"),
    ):
        acme.issuance_url = url
        assert acme.environment == word


def test_a_key_that_was_refused_once_is_still_not_replaced_by_a_mistyped_one(
    ana: Person, acme: Tenant, sandbox: Sandbox
) -> None:
    key = acme.issuance_keys.get()
    ana.get("/acme/investments/")
    sandbox.fault("status", value=403, times=1)
    ana.get("/acme/investments/")
    assert acme.issuance_keys.get().state == "refused"
    assert "so the current key stays in use." in ana.post(f"{PAGE}{key.slug}/replace/", secret="sandbox_wrong")
    assert ana.get("/acme/investments/").count('class="row-link"') == 25
    assert acme.issuance_keys.get().state == "working"


def test_without_a_key_the_address_can_be_mended(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    acme.issuance_keys.all().delete()
    assert 'name="url"' in ana.get(PAGE)
    ana.post(PAGE, label="Reg A", url=sandbox.url.replace("127.0.0.1", "localhost"), secret=sandbox.key(ONE))
    assert Tenant.objects.get(pk=acme.pk).issuance_url.startswith("http://localhost:")


def test_a_sign_in_is_added_tested_and_removed_in_the_browser(ana: Person, acme: Tenant, sandbox: Sandbox) -> None:
    account, here = sandbox.accounts["Acme Robotics"], "/acme/settings/connections/sign-in/firebase/"
    fields = {
        "email": account["email"], "password": account["password"], "web_api_key": sandbox.web_api_key,
        "token_prefix": "Bearer", "identity_url": f"{sandbox.url}/identitytoolkit.googleapis.com",
        "token_url": f"{sandbox.url}/securetoken.googleapis.com",
    }  # fmt: skip
    page = ana.post(here, **{**fields, "password": "wrong"})
    assert "rejected the sign-in" in page
    page = ana.post(here, **fields)
    assert "The sign-in works. Platform users:" in page
    assert account["password"] not in page + ana.get(here)
    assert "The sign-in works." in ana.post(f"{here}test/")
    assert "the current one stays in use" in ana.post(here, **{**fields, "password": "wrong"})
    assert "This URL isn’t allowed" in ana.post(here, **{**fields, "token_url": "https://evil.example"})
    sandbox.state(prefix="JWT")
    ana.get("/acme/users/")
    assert "token prefix is probably wrong" in ana.get("/acme/settings/connections/")
    assert "removed. The account still works" in ana.post(f"{here}remove/")
    assert "Investors need an Issuance sign-in" in ana.get("/acme/investors/")
