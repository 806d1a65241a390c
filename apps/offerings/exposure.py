"""Checks what the public can read: asks the summary endpoint without a credential, bare and narrowed.

At most three calls, after one with the team's key for the real number of investments. The API's guide marks the
credential as optional, and the endpoint was seen to answer anyone (docs/contracts/behaviours.md, "Summary").
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from apps.listing import as_decimal
from apps.upstream import errors
from apps.upstream.decode import Row
from apps.upstream.issuance.client import Issuance

from .models import Exposure

Totals: TypeAlias = "tuple[Decimal | None, int | None]"
BY_AMOUNT, BY_DATE = {"shares_amount__gte": "99999999999"}, {"processed_at__date__gte": "2999-01-01"}
"""Filters that no investment passes. An endpoint that heeds the first tells single amounts by counts alone; one that heeds
the second and tells amounts does so by dates."""
EXPLAINED = {
    Exposure.NOTHING: "Issuance’s summary shows nothing to the public without a sign-in.",
    Exposure.COUNT: "Anyone can see how many people have invested without signing in. Amounts are hidden.",
    Exposure.TOTALS: "Anyone can see the total raised and the number of investors without signing in.",
    Exposure.SINGLES: "Anyone can work out individual investment amounts without signing in, by narrowing the "
    "date and amount filters.",
    Exposure.UNKNOWN: "Public access couldn’t be checked.",
}
ASK_ISSUANCE = "Only Issuance can fix this. Ask Issuance support to require a credential for your offering’s summary."


HIDDEN = (errors.KeyRefused, errors.Missing)
"""Refusals that close the door to a stranger; every other failure leaves open what a stranger would read."""


def ask(api: Issuance, number: int, slug: str) -> tuple[Exposure, str]:
    """The most that the public can learn, or UNKNOWN and why. The public calls carry no credential and are not
    repeated."""
    try:
        own = api.list_investments({"offering": str(number), "page": "1", "page_size": "1"}).result().count
    except errors.UpstreamError as error:
        return Exposure.UNKNOWN, str(error)
    try:
        bare = totals(api.summary(slug, {}).result())
        if bare is None:
            return (
                Exposure.UNKNOWN,
                "The summary answers without a sign-in, but in an unexpected format. Review it yourself.",
            )
        amount, count = bare
        if not amount and not count:
            return told_nothing(bare, own)
        narrowing = (BY_AMOUNT,) if amount is None else (BY_AMOUNT, BY_DATE)
        if any(is_narrowed(api, slug, filters, bare) for filters in narrowing):
            return Exposure.SINGLES, ""
    except HIDDEN:
        return Exposure.NOTHING, ""
    except errors.UpstreamError as error:
        return Exposure.UNKNOWN, str(error)
    return (Exposure.COUNT if amount is None else Exposure.TOTALS), ""


def told_nothing(bare: Totals, own: int) -> tuple[Exposure, str]:
    """A zero may be all that the public is told, or all that there is."""
    if bare == (None, None):
        return Exposure.NOTHING, ""
    if own:
        return Exposure.NOTHING, f"The public summary shows 0, although your API key sees {own:,}."
    return Exposure.UNKNOWN, "There are no investments to show yet. Check again once someone has invested."


def is_narrowed(api: Issuance, slug: str, filters: Mapping[str, str], bare: Totals) -> bool:
    """A refused filter narrows nothing; an unanswered one raises, since it may."""
    try:
        return totals(api.summary(slug, filters).result()) != bare
    except (*HIDDEN, errors.Invalid):
        return False


def totals(answer: Row) -> "Totals | None":
    """Amount and count of `{"total_amount_committed": {"amount", "count"}}`; later servers say `investor_count`, and
    withhold the amount of some issuers. None for an answer of another form."""
    told = answer.get("total_amount_committed")
    if not isinstance(told, dict):
        return None
    count = as_decimal(told.get("count", told.get("investor_count")))
    return as_decimal(told.get("amount")), None if count is None else int(count)
