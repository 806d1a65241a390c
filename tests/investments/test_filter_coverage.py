"""All 75 filters: each has a control, each reaches the API as said, each narrows the rows as a plain Python filter does."""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from apps.investments.listing import INVESTMENTS, PARAMETERS
from apps.listing.coverage import Way, ways
from apps.sandbox import settings as sandbox_settings
from apps.upstream.issuance import contract
from apps.upstream.issuance.contract import Spec
from apps.upstream.transport import query_string
from tests.conftest import ACME, Person
from tests.investments.test_list import LIST, ids
from tests.stand_in import Sandbox

SPECS = contract.parameters("/api/investments/")
WAYS = ways(INVESTMENTS, SPECS, ZoneInfo("America/New_York"))
SERVER = ZoneInfo(sandbox_settings.TIME_ZONE)
"""The API's own zone; no one but the sandbox says which."""
TAIL = "&ordering=-id&page=1&page_size=25"


def test_the_command_prints_all_of_all() -> None:
    """75 filters of investments when this was written, and 125 parameters of all lists."""
    out = StringIO()
    call_command("filter_coverage", stdout=out)
    found = re.search(r"/api/investments/: (\d+)/(\d+) filters, (\d+)/(\d+) parameters\n", out.getvalue())
    assert found
    filters, of_filters, parameters, of_parameters = map(int, found.groups())
    assert (filters, parameters) == (of_filters, of_parameters)
    assert parameters == len(SPECS) >= 79
    whole = re.search(r"all lists: (\d+)/(\d+) parameters\n$", out.getvalue())
    assert whole
    assert int(whole[1]) == int(whole[2]) >= 125
    assert "NO CONTROL" not in out.getvalue()


def test_a_parameter_that_the_contract_gains_must_be_declared() -> None:
    with pytest.raises(ValueError, match="no filter asks “colour”"):
        INVESTMENTS.check({**SPECS, "colour": Spec("colour", "text", "", {})})


@pytest.mark.parametrize("way", WAYS, ids=[way.parameter for way in WAYS])
def test_a_filter_reaches_the_api_as_said(ana: Person, sandbox: Sandbox, way: Way) -> None:
    assert way.control
    page = ana.get(LIST + way.address)
    assert page.status == 200
    assert sandbox.asked()[-1] == way.sent.removeprefix("?") + TAIL
    assert 'id="asked"' in page


ROW_OF = {
    "investor__entity__kyc_status": "kyc_status", "investor__user__email": "email", "investor__entity__email": "entity_email",
    "investor__user__entity__entityperson__last_name": "last_name", "investor__user__entity__entityperson__first_name": "first_name",
    "investor__entity": "entity", "investor__user": "user", "investor__type": "investor_type", "offering__name": "offering_name",
    "offering__slug": "offering_slug", "investmentapproval__is_approved": "is_approved", "watchlistentity__has_hits": "has_hits",
}  # fmt: skip
"""The sandbox's column where it is not named like the filter."""

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
    "date__gte": operator.ge, "date__lte": operator.le,
    "contains": lambda held, asked: asked in held, "startswith": lambda held, asked: held.startswith(asked),
}  # fmt: skip


def held(row: dict[str, Any], name: str, kind: str, lookup: str) -> Any:
    """What the sandbox holds, as something that Python compares."""
    value = row[ROW_OF.get(name, name)]
    if value is None:
        return None
    if kind == "moment":
        at = datetime.fromisoformat(value).replace(tzinfo=UTC)
        return at.astimezone(SERVER).date().isoformat() if lookup.startswith("date__") else at
    return {"money": lambda: Decimal(str(value)), "truth": lambda: bool(value)}.get(kind, lambda: value)()


def spelled(value: Any) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else value.isoformat()
        if isinstance(value, datetime)
        else str(value)
    )


@pytest.mark.parametrize("parameter", [way.parameter for way in WAYS])
def test_a_filter_narrows_the_rows_as_a_plain_python_filter_does(ana: Person, sandbox: Sandbox, parameter: str) -> None:
    declared, lookup = PARAMETERS[parameter]
    rows = sandbox.rows(ACME)
    values = [(row, held(row, declared.name, declared.kind.name, lookup)) for row in rows]
    present = sorted({value for _, value in values if value not in (None, "")}, key=str)
    if lookup == "isnull":
        asked, wanted = "true", [row["id"] for row, value in values if value is None]
    elif lookup == "in":
        chosen = (
            present[:1]
            if declared.kind.name == "truth"
            else [value for value in present[len(present) // 3 :] if "," not in str(value)][:3]
        )
        asked, wanted = ",".join(map(spelled, chosen)), [row["id"] for row, value in values if value in chosen]
    else:
        middle = present[len(present) // 2]
        asked = spelled(middle) if lookup not in ("contains", "startswith") else middle[:4]
        other = middle if lookup not in ("contains", "startswith") else asked
        wanted = [row["id"] for row, value in values if value is not None and COMPARE[lookup](value, other)]
    page = ana.get(f"{LIST}{query_string({parameter: asked})}&page_size=100")
    assert ids(page) == wanted[:100]
    assert 0 < len(wanted) < len(rows) or lookup in ("date__gte", "date__lte"), "it narrows, and finds something"
    assert f"<strong>{len(wanted):,}</strong>" in page


@pytest.mark.parametrize("field", ["created_at", "updated_at", "processed_at"])
def test_a_range_of_days_narrows_by_whole_days_of_the_zone(ana: Person, sandbox: Sandbox, field: str) -> None:
    zone = ZoneInfo("America/New_York")
    moments = {row["id"]: held(row, field, "moment", "") for row in sandbox.rows(ACME)}
    newest = max(at for at in moments.values() if at)
    day = newest.astimezone(zone).date() - timedelta(days=3)
    wanted = [number for number, at in moments.items() if at and at.astimezone(zone).date() == day]
    assert wanted
    page = ana.get(f"{LIST}?{field}__within={day}&page_size=100")
    assert ids(page) == wanted[:100]
    assert f"on {day:%b} {day.day}, {day.year} (ET)" in page
