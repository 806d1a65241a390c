"""What the pages of investments ask upstream, once for list, detail, tab and file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import QueryDict

from apps.audit.record import record
from apps.listing import saved
from apps.listing.filters import Filter
from apps.listing.models import SavedView
from apps.listing.query import Problem, Query
from apps.listing.reader import Reader
from apps.tenants import connections, names
from apps.tenants.access import TenantRequest
from apps.tenants.models import IssuanceKey
from apps.tenants.names import Names
from apps.tenants.permissions import DataClass
from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Row
from apps.upstream.issuance.client import Answer, Issuance, Page, failed

from .listing import ATTENTION_ROWS, DEFAULT_ORDERING, INVESTMENTS, NEEDS_ATTENTION, PARAMETERS

ALL_KEYS = "all"
"""`key=all`: each key's rows in a section of their own."""
ON_THE_WIRE = 0.02
"""Seconds that a request is given to leave before this thread goes on: what it does next would keep the processor from
the one that sends."""
CSV_ROWS = 1_000
CSV_PAGE = 500


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request asks for: the query, the key that answers it (None: the team has none), the zone its days are in and
    the moment that its ranges of days are seen from; `view`: the saved view that the address names."""

    query: Query
    key: IssuanceKey | None
    zone: ZoneInfo
    now: datetime
    keys: list[IssuanceKey]
    view: SavedView | None = None

    @property
    def wants_all_keys(self) -> bool:
        return self.query.key == ALL_KEYS

    @property
    def names(self) -> Names:
        return names.known(self.key) if self.key else Names({}, {}, {})


@dataclass(frozen=True, slots=True)
class Found:
    """What came: a page of rows, or the error that stands in its place."""

    names: Names
    page: Page | None = None
    error: errors.UpstreamError | None = None


@dataclass(frozen=True, slots=True)
class One:
    """One investment, the key that sees it, and the addresses before and after it in the list."""

    row: Row
    key: IssuanceKey
    names: Names
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows for a file; `note` says what is missing, "" when nothing is."""

    rows: list[Row]
    count: int
    note: str

    @property
    def filename(self) -> str:
        return f"investments-first-{len(self.rows)}-of-{self.count}.csv" if self.note else "investments.csv"


def read(request: TenantRequest) -> Asking:
    """Never calls upstream. What cannot be asked is in `query.problems`."""
    label, now = request.GET.get("key", ""), datetime.now(UTC)
    asked = offerings(request.GET)
    keys = connections.keys_of(request.tenant)
    key = connections.choose_key(keys, asked, "" if label == ALL_KEYS else label)
    zone = request.tenant.zone
    if key and len(asked) == 1 and DataClass.PLAIN in request.sight:
        zone = names.zone_of(names.known(key), asked[0], zone)
    query = Reader(INVESTMENTS, request.sight, zone, now).read(request.GET)
    view = saved.find(request, INVESTMENTS, query.view) if query.view else None
    if query.view and not view:
        query = query.refused(
            Problem("view", f"There is no view “{query.view[:50]}” here, or it is somebody else's own.")
        )
    if label and not key:
        query = query.refused(Problem("key", f"There is no key “{label[:60]}” here."))
    elif label == ALL_KEYS and query.page > 1:
        query = query.refused(
            Problem("page", "All keys together have no pages. Choose one key to see more of its rows.")
        )
    elif (
        label != ALL_KEYS
        and key
        and len(asked) > 1
        and key.offerings
        and not all(key.offering(number) for number in asked)
    ):
        query = query.refused(
            Problem("offering__in", "No single key sees all of these offerings. Ask for them one by one.")
        )
    if query.masked:
        record(
            "refused", actor=request.user, tenant=request.tenant.id, parameters=query.masked, role=request.role.value
        )
    return Asking(query, key, zone, now, keys, view)


def read_key_only(request: TenantRequest) -> Asking:
    """For a page that takes no filter: one in its address is refused, not left aside."""
    asking = for_one_key(read(request), "This page")
    others = [name for name in request.GET if name != "key"]
    if others and not asking.query.problems:
        problem = Problem(
            others[0], "This page takes no filters, no order and no pages. The list of all investments does."
        )
        return replace(asking, query=asking.query.refused(problem))
    return asking


def for_one_key(asking: Asking, what: str) -> Asking:
    """For what is made with one key: all of them at once are refused."""
    if not asking.wants_all_keys:
        return asking
    problem = Problem("key", f"{what} holds the rows of one key. Choose one of the keys first.")
    return replace(asking, query=asking.query.refused(problem))


def offerings(given: QueryDict) -> list[int]:
    """The offerings that an address names, as far as they are numbers."""
    named = ",".join((given.get("offering", ""), given.get("offering__in", ""))).split(",")
    return [int(text) for text in named if text.isascii() and text.isdecimal() and len(text) < 20]


@dataclass(frozen=True, slots=True)
class Underway:
    """Several lists, asked for beside each other; each comes or fails alone."""

    key: IssuanceKey
    api: Issuance | None
    lists: list[Answer[Page]]
    words: Callable[[], Names]

    def is_there(self, seconds: float) -> bool:
        until = Deadline.within(seconds)
        return all(rows.is_there(until.left()) for rows in self.lists)

    def results(self) -> list[Found]:
        came = [self._came(rows) for rows in self.lists]
        known = self.words()
        return [
            Found(known, page=own(self.key, self.api, each, known))
            if isinstance(each, Page)
            else Found(known, error=each)
            for each in came
        ]

    def _came(self, rows: Answer[Page]) -> Page | errors.UpstreamError:
        try:
            page = rows.result()
        except errors.UpstreamError as error:
            connections.note_failure(self.key, error)
            return error
        connections.note_success(self.key)
        return page


def begin(request: TenantRequest, key: IssuanceKey, asked: list[Mapping[str, str]]) -> Underway:
    """Asks for lists; the words for codes beside them where they are not cached."""
    try:
        api = connections.issuance(key, request.request_id)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        return Underway(key, None, [failed(error) for _ in asked], lambda: names.known(key))
    lists = [api.list_investments(params) for params in asked]
    lists[0].wait_until_sent(ON_THE_WIRE)
    return Underway(key, api, lists, names.start(key, api))


@dataclass(frozen=True, slots=True)
class Together:
    """One list for each of several keys, asked for beside each other."""

    each: list[Underway]

    def is_there(self, seconds: float) -> bool:
        until = Deadline.within(seconds)
        return all(underway.is_there(until.left()) for underway in self.each)


def begin_list(request: TenantRequest, asking: Asking) -> "Underway | Together | None":
    """The rows that the address asks for, by one key or by each; None where the team has no key."""
    if not asking.key:
        return None
    if asking.wants_all_keys:
        return begin_all(request, asking.keys, asking.query.params)
    return begin(request, asking.key, [asking.query.params])


def begin_all(request: TenantRequest, keys: list[IssuanceKey], params: Mapping[str, str]) -> Together:
    return Together([begin(request, key, [params]) for key in keys])


def narrowed(asking: Asking, declared: Filter, value: str) -> dict[str, str]:
    """The list's filters with this one value in place of what they say of the field."""
    others = {name: text for name, text in asking.query.sent.items() if PARAMETERS[name][0] is not declared}
    return {**others, declared.name: value}


def changed_since(asking: Asking, at: datetime) -> dict[str, str]:
    """The list's own filters, narrowed to what changed from the second after `at` on."""
    later = (at + timedelta(seconds=1)).isoformat()
    held = asking.query.sent.get("updated_at__gte")
    if held and datetime.fromisoformat(held) > datetime.fromisoformat(later):
        later = held
    return {**asking.query.sent, "updated_at__gte": later}


def begin_attention(request: TenantRequest, key: IssuanceKey) -> Underway:
    """The short lists of NEEDS_ATTENTION, in its order."""
    shared = {"ordering": DEFAULT_ORDERING, "page_size": str(ATTENTION_ROWS)}
    return begin(request, key, [{**section.params, **shared} for section in NEEDS_ATTENTION])


def find(request: TenantRequest, number: int, asking: Asking, first: IssuanceKey) -> One:
    """A link carries its key; without one each is tried.

    Raises the first error that is not Missing; Missing only where every key says so.
    """
    deadline = Deadline()
    others = [] if asking.query.key and not asking.wants_all_keys else [key for key in asking.keys if key != first]
    trouble: errors.UpstreamError = errors.Missing()
    listed = None
    for key in (first, *others):
        try:
            api = connections.issuance(key, request.request_id, deadline)
            listed = listed or api.list_investments(asking.query.params)
            investment, words = api.get_investment(number), names.start(key, api)
            row = investment.result()
        except errors.UpstreamError as error:
            connections.note_failure(key, error)
            trouble = error if isinstance(trouble, errors.Missing) else trouble
            continue
        known = words()
        if not own(key, api, Page(1, [row], 0, is_last=True), known).rows:
            trouble = errors.Missing()
            continue
        return One(row, key, known, *neighbours(api, asking.query, number, listed))
    raise trouble


def own(key: IssuanceKey, api: Issuance | None, page: Page, known: Names) -> Page:
    """The page without rows of offerings that the key does not see: another issuer's rows are dropped and reported.

    An offering that is not known here may be new, so the API is asked which of them it shows to this key; where it does
    not say, their rows stay out.
    """
    strange = {number for row in page.rows if (number := strange_offering(row, known)) is not None}
    if not strange or api is None:
        return page
    foreign = strange - connections.seen_by(key, api, sorted(strange))
    kept = [row for row in page.rows if row.get("offering") not in foreign]
    if foreign:
        connections.note_foreign(key, sorted(foreign), len(page.rows) - len(kept))
    return replace(page, rows=kept, foreign=len(page.rows) - len(kept))


def strange_offering(row: Row, known: Names) -> int | None:
    number = row.get("offering")
    return number if isinstance(number, int) and str(number) not in known.offerings else None


def neighbours(api: Issuance, query: Query, number: int, listed: Answer[Page]) -> tuple[str, str]:
    """Addresses of the previous and the next investment in the filtered list, "" at its ends or where it is not in it.

    `listed` is the list's page, asked for beside the investment. At its border the page beyond is asked for too, so the
    way through a list has no gaps. Where the list cannot be had, there is no way through it.
    """
    try:
        page = listed.result()
        ids = numbers(page)
        if number not in ids:
            return "", ""
        place = ids.index(number)
        before = f"{ids[place - 1]}/{query.address}" if place else border(api, query, -1)
        after = (
            f"{ids[place + 1]}/{query.address}"
            if place + 1 < len(ids)
            else ""
            if page.is_last
            else border(api, query, +1)
        )
    except errors.UpstreamError:
        return "", ""
    return before, after


def border(api: Issuance, query: Query, step: int) -> str:
    if query.page + step < 1:
        return ""
    beyond = query.on_page(query.page + step)
    ids = numbers(api.list_investments(beyond.params).result())
    return f"{ids[0 if step > 0 else -1]}/{beyond.address}" if ids else ""


def numbers(page: Page) -> list[int]:
    return [number for row in page.rows if isinstance(number := row.get("id"), int)]


def take(request: TenantRequest, key: IssuanceKey, query: Query) -> Taken:
    """Up to 1,000 rows of the filtered list, each once. Raises what the first failing call raises."""
    try:
        return _take(request, key, query)
    except errors.UpstreamError as error:
        connections.note_failure(key, error)
        raise


def _take(request: TenantRequest, key: IssuanceKey, query: Query) -> Taken:
    api = connections.issuance(key, request.request_id)
    words = names.start(key, api)
    rows: dict[int, Row] = {}
    count = sent = foreign = 0
    for place in range(1, CSV_ROWS + 1):
        try:
            page = api.list_investments({**query.params, "page": str(place), "page_size": str(CSV_PAGE)}).result()
        except errors.Missing:
            if place == 1:
                raise
            break  # past the end already: the count said more rows than there are
        count, sent, before = page.count, sent + page.sent, len(rows)
        page = own(key, api, page, words())
        foreign += page.foreign
        rows.update((number, row) for row in page.rows if isinstance(number := row.get("id"), int))
        if len(rows) == before or sent >= min(count, CSV_ROWS):
            break  # a page that brings nothing new is the end, whatever the count says
    kept = list(rows.values())[:CSV_ROWS]
    return Taken(kept, count, missing(len(kept), count, foreign))


def missing(kept: int, count: int, foreign: int) -> str:
    """What a file says of rows that it does not hold; "" where it holds them all."""
    if kept == count:
        return ""
    left_out = f" {foreign:,} were left out: the key does not see their offering." if foreign else ""
    narrow = " Narrow the filter for the rest." if kept + foreign < count else ""
    return f"Incomplete: {kept:,} of {count:,} rows.{left_out}{narrow}"
