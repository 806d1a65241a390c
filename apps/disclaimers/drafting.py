"""Drafts, which are saved continually without losing anyone's words, and the versions made from them.

A save names the revision it started from. If someone else has saved since, nothing is overwritten: the second person
gets both texts and what each of them changed.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff.models import StaffMember
from apps.tenants.models import Tenant
from apps.upstream.tokeny.client import MOST_BODY, body_of, sha256

from . import notices
from .models import PASSED, Disclaimer, Draft, Origin, Version, turn_passed

KEPT_REVISIONS, KEPT_BYTES = 200, 5_000_000
"""Of each disclaimer's drafts the newest, up to so many and so much; the newest itself whatever its size."""


class Conflict(Exception):
    """Someone else has saved since. `base`: what both started from, "" if it is no longer kept; `theirs`: what is saved
    now."""

    def __init__(self, base: str, theirs: Draft) -> None:
        super().__init__()
        self.base, self.theirs = base, theirs


class NotSent(Exception):
    """The text cannot be submitted for approval; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Size:
    words: int
    characters: int
    bytes_left: int
    """Of the whole encoded JSON that Tokeny takes."""


def size(text: str) -> Size:
    return Size(len(text.split()), len(text), MOST_BODY - len(body_of(text)))


def text_at(disclaimer: Disclaimer, revision: int) -> str:
    draft = disclaimer.drafts.filter(revision=revision).first()
    return draft.text if draft else ""


@transaction.atomic
def begin(tenant: Tenant, title: str, person: StaffMember) -> Disclaimer:
    made = Disclaimer.objects.create(tenant=tenant, title=title)
    record(Action.DISCLAIMER_CREATED, about=made, actor=person)
    return made


@transaction.atomic
def save(disclaimer: Disclaimer, text: str, base: int, person: StaffMember) -> Draft:
    """Raises Conflict if the draft is no longer at revision `base`. Saving an unchanged text makes no revision."""
    text = text.replace(
        "\0", "\ufffd"
    )  # as CommonMark reads it: PostgreSQL holds no NUL, and Tokeny answers one with an error
    held = disclaimer.draft
    if held and held.text == text and (base == held.revision or held.author_id == person.pk):
        return held
    taken = Disclaimer.objects.filter(pk=disclaimer.pk, revision=base).update(revision=base + 1, **PASSED)
    disclaimer.refresh_from_db(fields=["revision", "writers"])
    if not taken:
        began_from = disclaimer.drafts.filter(revision=base).first()
        theirs = disclaimer.drafts.order_by("-revision")[0]  # a revision above the base has its draft
        raise Conflict(began_from.text if began_from else "", theirs)
    return keep(disclaimer, text, person)


def keep(disclaimer: Disclaimer, text: str, person: StaffMember | None) -> Draft:
    """Stores the draft at the disclaimer's revision. Who wrote is noted apart from it, so that old drafts may be
    deleted."""
    if person and person.pk not in disclaimer.writers:
        disclaimer.writers = [*disclaimer.writers, person.pk]
        disclaimer.save(update_fields=("writers",))
    made = Draft.objects.create(
        disclaimer=disclaimer, revision=disclaimer.revision, text=text, sha256=sha256(text),
        size=len(text.encode("utf-8", "replace")), author=person,
    )  # fmt: skip
    prune(disclaimer)
    return made


def prune(disclaimer: Disclaimer) -> None:
    newest = disclaimer.drafts.order_by("-revision").values_list("revision", "size")[: KEPT_REVISIONS + 1]
    total = 0
    for place, (revision, size) in enumerate(newest):
        total += size
        if place and (place == KEPT_REVISIONS or total > KEPT_BYTES):
            disclaimer.drafts.filter(revision__lte=revision).delete()
            return


@transaction.atomic
def send_for_approval(disclaimer: Disclaimer, person: StaffMember) -> Version:
    """Makes the draft a version, which never changes. Raises NotSent."""
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    draft, latest = locked.draft, locked.latest
    text = draft.text if draft else ""
    check(text)
    if latest and latest.text == text:
        raise NotSent(f"The draft is identical to {latest}, which was already submitted.")
    authors = sorted({person.pk, *locked.writers, *authors_since_live(locked)})
    version = make_version(locked, text, person, authors)
    locked.writers = []
    locked.save(update_fields=("writers",))
    record(Action.VERSION_CREATED, about=locked, actor=person, version=version.number, sha256=version.sha256)
    return version


def check(text: str) -> None:
    """Refuses a text that Tokeny would publish although no one can mean it, or that Tokeny would refuse. Raises
    NotSent."""
    if not text.strip():
        raise NotSent(
            "The text is blank. Blank disclaimers can’t be submitted, because Tokeny would publish them as they are."
        )
    if "\0" in text:
        raise NotSent("The text contains a NUL character, which Tokeny can’t store. See the warnings for its line.")
    left = size(text).bytes_left
    if left < 0:
        raise NotSent(f"The text is {-left:,} bytes over Tokeny’s limit.")


def authors_since_live(disclaimer: Disclaimer) -> set[int]:
    """Everyone who wrote in a version since the published one: a new version builds on theirs."""
    after = disclaimer.live.number if disclaimer.live else 0
    return {author for version in disclaimer.versions.filter(number__gt=after) for author in version.authors}


def make_version(
    disclaimer: Disclaimer,
    text: str,
    person: StaffMember | None,
    authors: list[int],
    origin: Origin | str = "",
    origin_number: int | None = None,
) -> Version:
    number = (disclaimer.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    made = Version.objects.create(
        disclaimer=disclaimer,
        number=number,
        text=text,
        sha256=sha256(text),
        author=person,
        authors=authors,
        origin=origin,
        origin_number=origin_number,
        revision=disclaimer.revision,
    )
    turn_passed(disclaimer.pk)
    if disclaimer.tenant.approvals_needed and origin not in (Origin.IMPORTED, Origin.ADOPTED):
        notices.waits(made)
    return made


@transaction.atomic
def roll_back(disclaimer: Disclaimer, version: Version, person: StaffMember) -> Version:
    """Makes a new version with an old text, to be approved again; the draft gets that text too. Raises NotSent."""
    locked = Disclaimer.objects.select_for_update().get(pk=disclaimer.pk)
    check(version.text)
    if locked.latest and locked.latest.text == version.text:
        raise NotSent(f"The latest version, {locked.latest}, already has this text.")
    made = make_version(
        locked, version.text, person, sorted({person.pk, *version.authors}), Origin.ROLLED_BACK, version.number
    )
    replace_draft(locked, version.text, person)
    record(
        Action.VERSION_ROLLED_BACK,
        about=locked,
        actor=person,
        version=made.number,
        of=version.number,
        sha256=made.sha256,
    )
    return made


def replace_draft(disclaimer: Disclaimer, text: str, person: StaffMember | None) -> None:
    """Continues the draft from this text, unless it holds words that were never submitted: those stay."""
    held = disclaimer.draft
    if held and held.text.strip() and not disclaimer.versions.filter(sha256=sha256(held.text)).exists():
        return
    disclaimer.revision += 1
    disclaimer.save(update_fields=("revision",))
    turn_passed(disclaimer.pk)
    keep(disclaimer, text, person)
