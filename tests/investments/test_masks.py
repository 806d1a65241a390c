"""Role x field, for list, detail, file, filters, search and ordering. What is masked is refused, not left empty."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from apps.investments.fields import INVESTMENT
from apps.investments.listing import FILTERS, PARAMETERS, SORTABLE
from apps.tenants.models import Tenant
from apps.tenants.permissions import VISIBLE_CLASSES, DataClass, Permission, Role, may
from tests.cache_contents import contents
from tests.conftest import ACME, Page, Person, person
from tests.exports.conftest import ask, exported
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

CANARIES = {
    **{name: f"canary-{name}" for name, spec in INVESTMENT.specs.items() if spec.type == "text"},
    **{name: f"90{place:04}.{place:0{spec.places}}" for place, (name, spec) in enumerate(INVESTMENT.specs.items()) if spec.type == "decimal"},
    **{name: 8_000_000 + place for place, (name, spec) in enumerate(INVESTMENT.specs.items()) if spec.type == "integer"},
    **{name: f"2031-0{1 + place % 9}-1{place % 9}T0{place % 9}:07:00Z" for place, (name, spec) in enumerate(INVESTMENT.specs.items()) if spec.type == "date-time"},
    "unheard_of": "canary-unheard_of",
}  # fmt: skip
"""A value for each field that stands nowhere else; booleans have a test of their own, and every role sees the number."""
del CANARIES["id"]
SEES = {"owner": 6 + 1, "manager": 6, "compliance": 6 + 1, "support": 5, "marketing": 3}
"""How many classes of data each role sees; the table itself is apps.tenants.permissions."""


def shown_forms(name: str) -> list[str]:
    """How a value could stand on a page or in a file."""
    value = CANARIES[name]
    spec = INVESTMENT.specs.get(name)
    if spec and spec.type == "date-time":
        there = datetime.fromisoformat(str(value)).astimezone(ZoneInfo("America/New_York"))
        return [str(value)[:16], f"{there:%Y-%m-%d %H:%M}"]
    return [str(value)] + ([f"{value:,}"] if isinstance(value, int) else [])


@pytest.fixture
def canaries(sandbox: Sandbox) -> None:
    # the middle of a row is replaced too, so that list and detail both carry the canaries
    sandbox.fault("changed", path="/api/investments/", value={**CANARIES, "results": CANARIES})
    own = {
        "id": CANARIES["offering"],
        "name": str(CANARIES["offering"]),
    }  # rows of an offering that the key does not see are left out
    sandbox.fault("changed", path="/api/offerings/", value={"results": own})


def test_the_canaries_cover_every_field_but_the_number_and_the_booleans() -> None:
    booleans = {name for name, spec in INVESTMENT.specs.items() if spec.type == "boolean"}
    assert CANARIES.keys() - {"unheard_of"} == INVESTMENT.specs.keys() - booleans - {"id"}
    assert all(INVESTMENT.data_class("id") in classes for classes in VISIBLE_CLASSES.values())


@pytest.mark.parametrize("where", ["list", "detail", "file"])
def test_a_field_reaches_who_may_see_it_and_nobody_else(
    someone: Person, role: Role, sandbox: Sandbox, where: str, canaries: None
) -> None:
    seen = ",".join(field.name for field in INVESTMENT.fields if field.data_class in VISIBLE_CLASSES[role])
    if where == "file":
        if not may(role, Permission.EXPORT_INVESTMENTS):
            assert ask(someone, f"?cols={seen}").status == 403
            return
        made = exported(someone, f"?cols={seen}")
        page = Page(made.text + json.dumps(made.proof))
    else:
        page = someone.get({"list": LIST, "detail": f"{LIST}{sandbox.rows(ACME)[0]['id']}/"}[where])
        assert page.status == 200
    for name in CANARIES:
        is_there = any(form in page for form in shown_forms(name))
        is_seen = INVESTMENT.data_class(name) in VISIBLE_CLASSES[role]
        if not is_seen:
            assert not is_there, f"{name} ({INVESTMENT.data_class(name)}) leaks to {role} in {where}"
        elif where == "detail" or (where == "file" and INVESTMENT.data_class(name) is not DataClass.UNKNOWN):
            assert is_there, f"{name} is missing for {role} in {where}"


def test_a_masked_field_is_masked_with_its_label(someone: Person, role: Role, sandbox: Sandbox) -> None:
    page = someone.get(f"{LIST}{sandbox.rows(ACME)[0]['id']}/")
    for field in INVESTMENT.fields:
        if field.data_class not in VISIBLE_CLASSES[role]:
            assert f">{field.label}<" not in page
            assert f">{field.label} <small>" not in page


SAMPLE = {"number": "5", "money": "5.00", "text": "canary", "truth": "true", "moment": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_filter_on_a_masked_field_is_refused_and_nothing_is_asked(
    someone: Person, role: Role, sandbox: Sandbox, parameter: str
) -> None:
    declared, lookup = PARAMETERS[parameter]
    value = next(iter(declared.choices), "") or SAMPLE[declared.kind.name]
    value = (
        "true"
        if lookup == "isnull"
        else value[:10]
        if lookup == "within"
        else value[:10]
        if lookup.startswith("date__")
        else value
    )
    page = someone.get(f"{LIST}?{parameter}={value}", htmx="listing")
    sees = {declared.data_class} | declared.needs(value) <= VISIBLE_CLASSES[role]
    assert (page.status == 403) == (not sees)
    assert bool(sandbox.ledger) == sees
    if not sees:
        assert "Your role can’t filter by" in page


@pytest.mark.parametrize("field", SORTABLE)
def test_a_list_is_not_sorted_by_what_is_masked(someone: Person, role: Role, sandbox: Sandbox, field: str) -> None:
    page = someone.get(f"{LIST}?ordering={field}", htmx="listing")
    assert (page.status == 403) == (SORTABLE[field] not in VISIBLE_CLASSES[role])
    assert bool(sandbox.ledger) == (SORTABLE[field] in VISIBLE_CLASSES[role])


SPELLINGS_OF_INCOME = (
    '"income"', "'income'", '"net_worth"', "INCOME", '"Income', "in\"co\"me", '"inc\\ome"', "Ana%09income", "ıncome", "İNCOME",
    "ｉｎｃｏｍｅ", "ínc\u200bome", '"Ana","income"', "'250000'", '"250000.00"', "２５００００", '"a 250000"',
)  # fmt: skip
"""As the server, or a database that compares without case, may read them."""


@pytest.mark.parametrize(
    ("role_name", "term", "is_asked"),
    [
        ("owner", "250000", True),
        ("support", "Nakamura", True),
        ("support", "K3-001999", True),
        ("support", "250000", False),
        ("support", "250,000.00", False),
        ("support", "a 250000", False),
        ("support", "net_worth", False),
        ("support", "Ana,income", False),
        ("support", "ana@mail.example", True),
        ("marketing", "Nakamura", False),
        ("support", "O'Brien", True),
        ("support", '"Ana Nakamura"', True),
        *(("support", term, False) for term in SPELLINGS_OF_INCOME),
    ],
)
def test_a_search_that_could_answer_what_is_masked_is_refused(
    acme: Tenant, sandbox: Sandbox, role_name: str, term: str, is_asked: bool
) -> None:
    page = person(f"{role_name}@acme.example", acme, role_name).get(f"{LIST}?search={term}")
    assert (page.status == 200) == is_asked
    assert bool(sandbox.ledger) == is_asked


def test_the_form_offers_no_masked_filter(someone: Person, role: Role) -> None:
    page = someone.get(LIST)
    for declared in FILTERS:
        if declared.control and declared.data_class not in VISIBLE_CLASSES[role]:
            assert f'name="{declared.name}' not in page


def test_each_role_sees_its_classes_and_an_unknown_role_none() -> None:
    assert {
        role.value: len(classes - {DataClass.SIZE}) + (DataClass.SIZE in classes)
        for role, classes in VISIBLE_CLASSES.items()
    } == SEES
    assert DataClass.FINANCIAL not in VISIBLE_CLASSES[Role.SUPPORT]
    assert DataClass.UNKNOWN not in VISIBLE_CLASSES[Role.MANAGER]
    assert INVESTMENT.data_class("something_new") is DataClass.UNKNOWN


def test_a_masked_value_is_not_in_the_cache_either(acme: Tenant, sandbox: Sandbox, canaries: None) -> None:
    person("o@acme.example", acme, "owner").get(LIST)
    held = str([contents(alias) for alias in ("sessions", "counts", "labels", "agreed")])
    assert "names" in held
    assert "canary" not in held
