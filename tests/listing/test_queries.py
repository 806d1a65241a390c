"""Random filter sets: what is printed reads back the same, what goes upstream is what was resolved, and nothing else."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.investments.listing import INVESTMENTS, PARAMETERS
from apps.listing.query.query import PAGE_SIZES, Query
from apps.listing.query.reader import Reader
from apps.listing.ranges import RANGES
from apps.listing.schema.filters import Filter, resolve
from apps.tenants.permissions import DataClass
from apps.upstream.transport import query_string
from tests.conftest import Person
from tests.investments.test_list import LIST
from tests.sampling import WHOLE
from tests.stand_in import Sandbox

pytestmark = pytest.mark.untraced  # thousands of cases of the same lines

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 3, 15, tzinfo=UTC)
READER = Reader(INVESTMENTS, frozenset(DataClass), ZONE, NOW)

days = st.dates(date(1900, 1, 2), date(2999, 12, 30)).map(str)
moments = st.builds(
    lambda day, at: datetime.combine(day, at, ZONE).isoformat(),
    st.dates(date(1901, 1, 1), date(2998, 1, 1)),
    st.times(),
)
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=20).filter(
    str.strip
)
numbers = st.integers(-(2**63) + 1, 2**63 - 1).map(str)
money = st.decimals(min_value=-(10**9), max_value=10**9, places=2).map(lambda amount: format(amount, "f"))
BY_KIND: dict[str, Any] = {
    "number": numbers,
    "money": money,
    "text": texts,
    "truth": st.sampled_from(["true", "false"]),
}


def values(declared: Filter, lookup: str) -> st.SearchStrategy[str]:
    if lookup == "isnull":
        return BY_KIND["truth"]
    if lookup == "within":
        return st.sampled_from(list(RANGES)) | days
    if lookup.startswith("date__"):
        return days
    if declared.kind.name == "moment":
        return moments | days if lookup in ("gte", "lte") else moments
    one = st.sampled_from(list(declared.choices)) if declared.kind.name == "choice" else BY_KIND[declared.kind.name]
    is_list = lookup == "in" and declared.kind.name != "truth"
    return st.lists(one, min_size=1, max_size=4).map(",".join) if is_list else one


@st.composite
def addresses(draw: st.DrawFn) -> dict[str, str]:
    """Of 75 filters, three ranges, search, order, page and size: up to six at once, without borders beside a range."""
    names = draw(st.lists(st.sampled_from(list(PARAMETERS)), unique=True, max_size=6))
    ranged = {PARAMETERS[name][0].name for name in names if PARAMETERS[name][1] == "within"}
    both = {
        PARAMETERS[name][0].name
        for name in names
        if PARAMETERS[name][0].kind.name == "truth" and PARAMETERS[name][1] == "in"
    }
    names = [name for name in names if name not in both]  # two spellings of one parameter may contradict each other
    kept = [
        name for name in names if not (PARAMETERS[name][0].name in ranged and PARAMETERS[name][1] in ("gte", "lte"))
    ]
    asked = {name: draw(values(*PARAMETERS[name])) for name in kept}
    asked |= draw(
        st.fixed_dictionaries({}, optional={"ordering": st.sampled_from(["amount", "-amount", "-id", "updated_at"])})
    )
    return asked | draw(st.fixed_dictionaries({}, optional={"page": st.integers(1, 99).map(str), "page_size": st.sampled_from([str(size) for size in PAGE_SIZES])}))  # fmt: skip


def read(asked: dict[str, str]) -> Query:
    return READER.read(QueryDict(query_string(asked).removeprefix("?")))


REFUSED = ("too long", "enter a value", "contains a comma")
"""What may be wrong with a random address: a quotation mark that opens and never closes makes one value of a list."""


@settings(max_examples=1000 if WHOLE else 300, deadline=None, suppress_health_check=list(HealthCheck))
@given(addresses())
def test_what_is_printed_reads_back_the_same_and_canonical_is_canonical(asked: dict[str, str]) -> None:
    query = read(asked)
    assert all(any(words in each.sentence for words in REFUSED) for each in query.problems)
    again = READER.read(QueryDict(query.address.removeprefix("?")))
    if not query.problems:
        assert again == query
        assert again.address == query.address
        assert query.sent == resolve(query.filters, PARAMETERS, NOW, ZONE)


SETS = int(os.environ.get("FILTER_SETS", "200"))
"""How many random sets go to the sandbox; `make soak` sends 1,000."""


@pytest.mark.django_db
def test_the_ledger_saw_exactly_what_was_resolved(ana: Person, sandbox: Sandbox) -> None:
    @settings(max_examples=SETS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(addresses())
    def check(asked: dict[str, str]) -> None:
        query = read(asked)
        if query.problems or any(name.startswith("offering") for name in asked):  # an offering's own zone would rule
            return
        sandbox.reset()
        before = datetime.now(UTC)
        ana.get(LIST + query.address)
        resolved = [
            query_string(replace(query, sent=resolve(query.filters, PARAMETERS, now, ZONE)).params).removeprefix("?")
            for now in (before, datetime.now(UTC))
        ]
        assert sandbox.asked()[0] in resolved

    check()
