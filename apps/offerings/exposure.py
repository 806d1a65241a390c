"""Asks the summary endpoint as a stranger would: without any credential, bare and narrowed. At most four calls.

The guide marks its credential as optional, and it was seen to answer anybody (docs/contracts/behaviours.md, "Summary").
"""

from collections.abc import Mapping
from decimal import Decimal

from apps.upstream import errors
from apps.upstream.decode import Json, Row
from apps.upstream.issuance.client import Issuance

from .models import Exposure

BY_AMOUNT, BY_DATE = {"shares_amount__gte": "99999999999"}, {"processed_at__date__gte": "2999-01-01"}
"""Filters that no investment passes. An endpoint that heeds the first tells single amounts by counts alone; one that heeds
the second and tells amounts does so by dates."""
EXPLAINED = {
    Exposure.NOTHING: "Strangers can read nothing about this raise.",
    Exposure.COUNT: "Strangers can read how many have invested, without any sign-in. Amounts are withheld from them.",
    Exposure.TOTALS: "Strangers can read the total raised and how many have invested, without any sign-in.",
    Exposure.SINGLES: "Strangers can read amounts of single investments, without any sign-in: whoever narrows the dates and amounts far enough sees them one by one.",
    Exposure.UNKNOWN: "What strangers can read is not known.",
}
NEXT = {
    Exposure.NOTHING: "",
    Exposure.UNKNOWN: "Ask again later.",
}
ASK_ISSUANCE = "Only Issuance can close this: ask its support to require a credential for the summary of your offering."


def ask(api: Issuance, slug: str) -> tuple[Exposure, str]:
    """The most that a stranger learns, and why it is not known. The calls carry no credential."""
    try:
        bare = totals(api.summary(slug, {}).result())
    except (errors.KeyRefused, errors.Missing):
        return Exposure.NOTHING, ""
    except errors.UpstreamError as error:
        return Exposure.UNKNOWN, str(error)
    amount, count = bare
    if amount is None and count is None:
        return Exposure.NOTHING, ""
    is_telling = is_narrowed(api, slug, BY_AMOUNT, bare) or (
        amount is not None and is_narrowed(api, slug, BY_DATE, bare)
    )
    if is_telling:
        return Exposure.SINGLES, ""
    return (Exposure.COUNT if amount is None else Exposure.TOTALS), ""


def is_narrowed(api: Issuance, slug: str, filters: Mapping[str, str], bare: tuple[Decimal | None, int | None]) -> bool:
    try:
        return totals(api.summary(slug, filters).result()) != bare
    except errors.UpstreamError:
        return False


def totals(answer: Row) -> tuple[Decimal | None, int | None]:
    """amount, count of `{"total_amount_committed": {"amount", "count"}}`; later servers say `investor_count`, and withhold
    the amount of some issuers."""
    told = answer.get("total_amount_committed", answer)
    if not isinstance(told, dict):
        return number(told), None
    count = number(told.get("count", told.get("investor_count")))
    return number(told.get("amount")), None if count is None else int(count)


def number(value: Json) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)
