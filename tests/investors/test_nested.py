"""Investors whose name and contact come inside an object: read by path, masked by the last name, counted where masked."""

from typing import Any

import pytest

from apps.investors.fields import INVESTOR
from apps.tenants.models import FirebaseSignIn, Tenant
from apps.tenants.permissions import DataClass, Role
from tests.conftest import Person, person
from tests.stand_in import Sandbox

LIST = "/acme/investors/"
ENTITY = {"first_name": "Nesta", "last_name": "Ferro", "email": "nesta@mail.example", "ssn_digits": "canary-123456789"}


@pytest.fixture
def number(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> int:
    """One investor; each has now an object around what was flat."""
    token = sandbox.sign_in("Acme Robotics")["idToken"]
    answer = sandbox.client.get("/api/investors/", headers={"Authorization": f"Bearer {token}"})
    sandbox.reset()
    for path in ("/api/investors/$", r"/api/investors/\d+/$"):
        sandbox.fault("nested", path=path, value={"entity": ENTITY, "user": {"id": 77}})
    return int(answer.json()["results"][0]["id"])


def test_the_list_shows_names_and_contacts(ana: Person, number: int) -> None:
    page = ana.get(LIST)
    for held in ("Nesta", "Ferro", "nesta@mail.example", ">77<"):
        assert held in page
    assert "Unreadable value" not in page


def test_the_page_shows_them_and_names_the_investor(ana: Person, number: int) -> None:
    page = ana.get(f"{LIST}{number}/")
    assert "<bdi>Nesta Ferro</bdi>" in page
    assert "nesta@mail.example" in page
    assert "Unreadable value" not in page


def test_search_results_name_them(ana: Person, number: int) -> None:
    assert "Nesta" in ana.get("/acme/search/?q=Nesta")


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SUPPORT, Role.MARKETING])
def test_who_does_not_see_what_is_unknown_is_told_that_it_is_there(
    acme: Tenant, number: int, role: Role, sandbox: Sandbox
) -> None:
    someone = person(f"{role}@acme.example", acme, role)
    for path in (LIST, f"{LIST}{number}/"):
        page = someone.get(path)
        assert "canary-123456789" not in page
        assert "hidden for your role" in page
    assert someone.get(f"{LIST}?cols=entity.ssn_digits").status in (400, 403)


def test_who_sees_what_is_unknown_sees_it_by_its_path(ana: Person, number: int) -> None:
    assert "entity.ssn_digits" in ana.get(f"{LIST}{number}/")
    assert "canary-123456789" in ana.get(f"{LIST}?cols=entity.ssn_digits")


@pytest.mark.parametrize(
    ("row", "flat"),
    [
        ({"id": 1, "entity": {"email": "a"}}, {"id": 1, "email": "a"}),
        ({"id": 1, "email": "b", "entity": {"email": "a"}}, {"id": 1, "email": "b", "entity.email": "a"}),
        ({"id": 1, "entity": {"id": 5}}, {"id": 1, "entity.id": 5}),
        ({"id": 1, "user": {"id": 5, "email": "a"}}, {"id": 1, "user": 5, "email": "a"}),
        ({"id": 1, "a": {"b": {"phone": "2"}}}, {"id": 1, "phone": "2"}),
        ({"id": 1, "a": {}}, {"id": 1, "a": {}}),
        ({"id": {"x": 1}, "type": "person"}, {"id": {"x": 1}, "type": "person"}),
        ({"id": 1, "a": [{"email": "x"}]}, {"id": 1, "a": [{"email": "x"}]}),
    ],
)
def test_a_path_never_takes_the_place_of_a_name(row: Any, flat: Any) -> None:
    assert INVESTOR.flat(row) == flat


def test_the_class_is_the_last_name_s() -> None:
    assert INVESTOR.data_class("entity.email") is DataClass.CONTACT
    assert INVESTOR.data_class("entity.ssn") is DataClass.UNKNOWN
    assert INVESTOR.data_class("email.entity") is DataClass.UNKNOWN
