"""Approval by others, bound to the text's hash: one changed byte is another text, and nobody approves their own."""

from django.db import IntegrityError, transaction

from apps.staff.models import StaffMember

from .drafting import tell
from .models import Disclaimer, Review, Version


class NotReviewed(Exception):
    """The sentence says why."""


@transaction.atomic
def review(version: Version, sha256: str, person: StaffMember, reason: str = "", *, approves: bool) -> Review:
    """`sha256`: of the text that the person saw. Raises NotReviewed."""
    disclaimer = Disclaimer.objects.select_for_update().get(pk=version.disclaimer_id)
    if sha256 != version.sha256 or not version.is_whole:
        raise NotReviewed("This is not the text that you saw. Look at it again.")
    if person.pk in version.authors:
        raise NotReviewed("You wrote in this text, so somebody else must approve it.")
    if version != disclaimer.latest:
        raise NotReviewed(f"There is a newer version, {disclaimer.latest}. Review that one.")
    if not approves and not reason.strip():
        raise NotReviewed("Say why, so that the author knows what to change.")
    try:
        with transaction.atomic():
            made = Review.objects.create(
                version=version, person=person, approves=approves, reason=reason.strip()[:500], sha256=sha256
            )
    except IntegrityError:
        raise NotReviewed("You have reviewed this version already.") from None
    tell(
        "version approved" if approves else "version rejected",
        disclaimer,
        person,
        version=version.number,
        sha256=sha256,
    )
    return made


def approvals(version: Version) -> int:
    """Of this very text, by people who did not write in it."""
    reviews = version.reviews.filter(approves=True, sha256=version.sha256)
    return sum(review.person_id not in version.authors for review in reviews)


def is_rejected(version: Version) -> bool:
    return version.reviews.filter(approves=False).exists()


def is_approved(version: Version, needed: int) -> bool:
    return version.is_whole and not is_rejected(version) and approvals(version) >= needed
