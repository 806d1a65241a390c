"""Labels of statuses and offerings, as one key's API gives them, cached for five minutes. No investor's data.

Until the API has answered, or if it does not, the contract's labels and the offerings seen when the key was saved are
used.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.core.cache import caches

from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.issuance.client import Issuance
from apps.upstream.issuance.contract import labels

from . import connections
from .models import IssuanceKey

T = TypeVar("T")

SECONDS = 300
SECONDS_AFTER_FAILURE = 30
PATIENCE = 0.5
PATIENCE_OF_A_CALL = 5.0
STATUSES = labels("InvestmentStatus")


@dataclass(frozen=True, slots=True)
class Labels:
    """Value -> label of statuses, ID -> name of offerings, ID -> time zone of offerings."""

    statuses: Mapping[str, str]
    offerings: Mapping[str, str]
    zones: Mapping[str, str]


NONE = Labels(STATUSES, {}, {})
"""The contract's own words."""


def known(key: IssuanceKey) -> Labels:
    """Without a call: the cached labels, else those last seen. A page asks several times, and means the same."""
    held: Labels | None = vars(key).get("labels")
    if held is None:
        held = vars(key)["labels"] = _cached(key) or _labels(with_ours(key.statuses), key.offerings)
    return held


def _cached(key: IssuanceKey) -> Labels | None:
    """Asked of the cache once a page."""
    held = vars(key)
    if "cached_labels" not in held:
        held["cached_labels"] = caches["labels"].get(_cache_key(key))
    found: Labels | None = held["cached_labels"]
    return found


def start(key: IssuanceKey, api: Issuance) -> Callable[[], Labels]:
    """Requests the labels along with the page's own call if they are not cached. Called once the rows have arrived, the
    result waits at most another half second and never raises: if the labels do not come, those last seen are used for
    half a minute."""
    cached = _cached(key)
    if cached:
        return lambda: cached
    api = replace(api, tries=1, deadline=Deadline.within(PATIENCE_OF_A_CALL))  # there are words to fall back on
    statuses, offerings = api.investment_statuses(), api.list_offerings(connections.OFFERINGS_QUERY)

    def result() -> Labels:
        until = Deadline.within(PATIENCE)
        told = _or_none(lambda: statuses.result(until))
        seen = _or_none(lambda: offerings.result(until))
        names = _labels(with_ours(told or key.statuses), connections.learn(key, seen, told))
        is_whole = told is not None and seen is not None
        caches["labels"].set(_cache_key(key), names, SECONDS if is_whole else SECONDS_AFTER_FAILURE)
        return names

    return result


def _or_none(ask: Callable[[], T]) -> T | None:
    try:
        return ask()
    except errors.UpstreamError:
        return None


def forget(key: IssuanceKey) -> None:
    vars(key).pop("cached_labels", None)
    caches["labels"].delete(_cache_key(key))


def zone_of(names: Labels, number: object, otherwise: ZoneInfo) -> ZoneInfo:
    """The offering's zone; the tenant's if it is unknown."""
    try:
        return ZoneInfo(names.zones[str(number)])
    except (KeyError, ValueError, OSError):
        return otherwise


def with_ours(told: Mapping[str, str]) -> dict[str, str]:
    """Codes that the contract lists keep our labels; one that is new to it has the API's."""
    return STATUSES | {code: label for code, label in told.items() if code not in STATUSES}


def _labels(statuses: Mapping[str, str], offerings: list[dict[str, Any]]) -> Labels:
    return Labels(
        statuses,
        {str(offering["id"]): offering["name"] for offering in offerings},
        {str(offering["id"]): offering["zone"] for offering in offerings if offering["zone"]},
    )


def _cache_key(key: IssuanceKey) -> str:
    return f"{key.tenant_id}:{key.id}:names"
