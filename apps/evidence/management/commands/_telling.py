"""Words that the commands share."""

from collections.abc import Iterable

from apps.evidence.people import Held


def told(held: Iterable[Held], *, is_removed: bool) -> str:
    return "\n".join(
        f"{each.number:>7,} {each.what}: {each.stays or ('removed' if is_removed else 'can be removed (--remove)')}"
        for each in held
        if each.number
    )
