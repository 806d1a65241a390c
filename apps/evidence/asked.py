"""What the audit log's page is asked for: read from the address, which says it again in chips."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from apps.listing import ranges, values

from .sentences import Kind

THINGS = {
    "investor": "Investor", "investment": "Investment", "offering": "Offering", "user": "Platform user",
    "disclaimer": "Disclaimer", "staff": "Member", "issuance-key": "API key", "export": "Export",
}  # fmt: skip
"""Kinds of things that the page asks for by number; others are reached by links."""
NAMES = ("person", "kind", "about", "thing", "number", "from", "to", "before")
ABOUT = re.compile(r"[a-z-]{1,30}:[A-Za-z0-9-]{1,80}")
BEFORE = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
SYSTEM = "system"
Place = tuple[datetime, int]
"""Of an entry in the order of the page: its time and its number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`person`: a staff member's number, SYSTEM, or ""; `about`: `kind:id`; days are in the team's zone; `before`: the last
    entry of the page before this one."""

    person: str = ""
    kind: Kind | None = None
    about: str = ""
    first: date | None = None
    last: date | None = None
    before: Place | None = None

    def moments(self, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
        """From and through."""
        return (
            ranges.first_instant(self.first, zone) if self.first else None,
            ranges.last_instant(self.last, zone) if self.last else None,
        )

    @property
    def names(self) -> list[str]:
        """Of the filters, for the log: never their values."""
        given = {"person": self.person, "kind": self.kind, "about": self.about, "date": self.first or self.last}
        return [name for name, value in given.items() if value]

    @property
    def address(self) -> str:
        """The query string, without the page."""
        given = {
            "person": self.person,
            "kind": self.kind.slug if self.kind else "",
            "about": self.about,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def older(self, place: Place) -> str:
        at, number = place
        before = f"{int(at.timestamp()) * 1_000_000 + at.microsecond}-{number}"
        return f"{self.address}{'&' if self.address != '?' else ''}before={before}"

    def without(self, *names: str) -> str:
        """The same without these: what a chip’s cross leads to."""
        return replace(self, before=None, **{name: getattr(NOTHING, name) for name in names}).address


NOTHING = Asked()


def read(given: Mapping[str, str]) -> tuple[Asked, list[str]]:
    """What is asked, and in sentences what can't be."""
    problems = [f"The audit log has no filter “{name[:40]}”." for name in given if name not in NAMES]
    texts = {name: given.get(name, "").strip() for name in NAMES}
    said: dict[str, Any] = {}
    for name, text in texts.items():
        if text and name in READ:
            try:
                said |= READ[name](text)
            except values.BadValue as error:
                problems.append(f"{LABELS[name]}: {error}.")
    if texts["number"] and not said.get("about"):
        thing, number = texts["thing"], texts["number"].removeprefix("#")
        if thing in THINGS and ABOUT.fullmatch(f"{thing}:{number}"):
            said["about"] = f"{thing}:{number}"
        else:
            problems.append("Whose data: choose a kind, and enter the ID that its page shows.")
    asked = Asked(**said)
    if asked.first and asked.last and asked.first > asked.last:
        problems.append("Date: the first day is after the last.")
    return asked, problems


def a_person(text: str) -> dict[str, Any]:
    if text != SYSTEM and not re.fullmatch(r"[0-9]{1,18}", text):
        raise values.BadValue("choose someone from the list")
    return {"person": text}


def a_kind(text: str) -> dict[str, Any]:
    found = next((kind for kind in Kind if kind.slug == text), None)
    if found is None:
        raise values.BadValue("choose one from the list")
    return {"kind": found}


def a_thing(text: str) -> dict[str, Any]:
    if not ABOUT.fullmatch(text):
        raise values.BadValue("enter a kind and an ID, such as investor:12")
    return {"about": text}


def a_place(text: str) -> dict[str, Any]:
    found = BEFORE.fullmatch(text)
    try:
        at = datetime.fromtimestamp(int(found[1]) // 1_000_000, UTC) if found else None
    except (ValueError, OverflowError, OSError):
        at = None
    if found is None or at is None:
        raise values.BadValue("follow the page’s own links")
    return {"before": (at.replace(microsecond=int(found[1]) % 1_000_000), int(found[2]))}


LABELS = {"person": "Person", "kind": "Kind", "about": "Whose data", "from": "From", "to": "Through", "before": "Page"}
READ = {
    "person": a_person,
    "kind": a_kind,
    "about": a_thing,
    "from": lambda text: {"first": date.fromisoformat(values.day(text))},
    "to": lambda text: {"last": date.fromisoformat(values.day(text))},
    "before": a_place,
}


def day_words(asked: Asked) -> str:
    """Of the chip."""
    if asked.first and asked.last:
        return (
            ranges.say_day(asked.first)
            if asked.first == asked.last
            else f"{ranges.say_day(asked.first)} – {ranges.say_day(asked.last)}"
        )
    return (
        f"from {ranges.say_day(asked.first)}"
        if asked.first
        else f"through {ranges.say_day(asked.last)}"
        if asked.last
        else ""
    )
