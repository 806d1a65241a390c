"""Names of who acted and of what was acted on, as far as the team still has them. Entries hold IDs alone."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.audit.models import Entry
from apps.disclaimers.models import Disclaimer
from apps.jobs.models import Job
from apps.staff.models import StaffMember
from apps.tenants.models import Invitation, IssuanceKey, Tenant

from . import sentences

DETAIL_PAGES = {name: f"{name}_detail" for name in ("investment", "investor", "offering", "user", "disclaimer")}
WORDS = {
    "user": "platform user", "issuance-key": "API key", "firebase": "the Issuance sign-in", "tokeny": "the Tokeny sign-in",
    "sso": "single sign-on", "staff": "someone", "view": "a saved view", "invitation": "someone", "sum": "a total",
    "mailing": "a mailing list", "export": "an export", "record": "the record of disclaimers", "overview": "the overview",
}  # fmt: skip
"""Of a kind, where it has no name; others are called as they are stored."""
BY_NUMBER = frozenset(DETAIL_PAGES) - {"disclaimer"}
SYSTEM = "System"


class Thing(NamedTuple):
    """`href`: "" if it has no page."""

    name: str
    href: str = ""


Things = dict[str, Thing]


def people(numbers: Iterable[int | None]) -> dict[int, StaffMember]:
    return StaffMember.objects.in_bulk([number for number in {*numbers} if number is not None])


def things(tenant: Tenant, subjects: Iterable[str]) -> Things:
    """Each subject’s name and page. Whatever is another team’s has neither."""
    by_kind: dict[str, set[str]] = defaultdict(set)
    for subject in subjects:
        kind, _, number = subject.partition(":")
        by_kind[kind].add(number)
    found: Things = {}
    for kind, numbers in by_kind.items():
        names = NAMED[kind](tenant, whole(numbers)) if kind in NAMED else {}
        for number in numbers:
            called = f"{WORDS.get(kind, kind.replace('-', ' '))}"
            name = names.get(number) or (f"{called} {number}" if kind in BY_NUMBER else called)
            found[f"{kind}:{number}"] = Thing(name, page_of(tenant, kind, number, name in names.values()))
    return found


def whole(numbers: Collection[str]) -> list[str]:
    """IDs that a look-up takes: the log may hold any text."""
    return [number for number in numbers if (number.isdecimal() and len(number) < 19) or is_uuid(number)]


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def page_of(tenant: Tenant, kind: str, number: str, is_there: bool) -> str:
    if kind in DETAIL_PAGES and number.isdecimal() and (kind in BY_NUMBER or is_there):
        return reverse(DETAIL_PAGES[kind], args=[tenant.slug, int(number)])
    if kind in ("export", "mailing") and is_there:
        return reverse("export_detail", args=[tenant.slug, number])
    return ""


def by_staff(tenant: Tenant, numbers: Collection[str]) -> dict[str, str]:
    """Of members, and of whom the team’s log knows: an address may ask for anyone’s number."""
    asked = [f"staff:{number}" for number in numbers]
    known = Entry.objects.filter(tenant=tenant.id, subject__gt="", subject__in=asked).order_by()
    told = [subject.partition(":")[2] for subject in known.values_list("subject", flat=True).distinct()]
    is_theirs = Q(memberships__tenant=tenant, pk__in=[number for number in numbers if number.isdecimal()])
    held = StaffMember.objects.filter(is_theirs | Q(pk__in=[number for number in told if number.isdecimal()]))
    return {str(person.pk): person.called for person in held}


def named(model: Any, name: str, what: str = "{}") -> Callable[[Tenant, Collection[str]], dict[str, str]]:
    """Of rows of the team."""
    is_number = model._meta.pk.get_internal_type() != "UUIDField"

    def names(tenant: Tenant, numbers: Collection[str]) -> dict[str, str]:
        fit = [number for number in numbers if number.isdecimal() == is_number]
        held = model.objects.filter(tenant=tenant, pk__in=fit).values_list("pk", name)
        return {str(pk): what.format(value) for pk, value in held}

    return names


def exports(tenant: Tenant, numbers: Collection[str]) -> dict[str, str]:
    held = Job.objects.filter(tenant=tenant, pk__in=[number for number in numbers if is_uuid(number)])
    return {str(job.pk): f"the export of {job.asked.get('plural', 'rows')}" for job in held}


NAMED: dict[str, Callable[[Tenant, Collection[str]], dict[str, str]]] = {
    "staff": by_staff,
    "disclaimer": named(Disclaimer, "title", "“{}”"),
    "issuance-key": named(IssuanceKey, "label", "“{}”"),
    "invitation": named(Invitation, "email"),
    **dict.fromkeys(("export", "mailing"), exports),
}


def sentence(entry: Entry, found: Things) -> SafeString:
    """ "Viewed investor 12", with a link where there is a page."""
    words = sentences.told(entry.action).words
    thing = found.get(entry.subject)
    label = entry.details.get("label") if isinstance(entry.details, dict) else None
    if thing is None:
        return format_html(words, "something") if "{}" in words else format_html("{}", words)
    name = f"“{label}”" if label and not thing.href and thing.name == WORDS.get("issuance-key") else thing.name
    shown = format_html('<a href="{}">{}</a>' if thing.href else "<b>{1}</b>", thing.href, name)
    return format_html(words, shown) if "{}" in words else format_html("{}", words)
