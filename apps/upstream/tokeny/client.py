"""Tokeny's disclaimers: list, create, update. There is no delete, draft or history: every write is public at once.

Source: docs/contracts/tokeny.json and behaviours.md, "Tokeny". All may raise any member of apps.upstream.errors.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from apps.upstream import errors, transport
from apps.upstream.deadlines import Deadline
from apps.upstream.decode import Json, decode_json, decode_object
from apps.upstream.refusals import otherwise, retry_after

from .auth import API, BLOCKED, INVALID, UNBLOCK

MOST_BODY = 1_048_576
"""Bytes of a whole JSON body that Strapi takes."""
PAGE = 100
"""Where a list stops in silence."""
MOST_PAGES = 50
GREATEST = 2**63 - 1
"""What a database of ours holds as a number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One disclaimer as Tokeny has it; `text` is None if its content is null, as in drafts made elsewhere.
    `created_at`: "" if it does not say; an ID with another one is another text. `is_published`: true unless it says
    otherwise."""

    id: int
    text: str | None
    updated_at: str
    created_at: str = ""
    is_published: bool = True

    @property
    def sha256(self) -> str:
        return sha256(self.text or "")


@dataclass(frozen=True, slots=True)
class Listed:
    """All entries by number. `is_complete` False: the list stopped at 100, and further pages were not available."""

    entries: dict[int, Entry]
    is_complete: bool

    @property
    def highest(self) -> int:
        return max(self.entries, default=0)


def sha256(text: str) -> str:
    """Of the text's UTF-8 bytes, with a lone surrogate, which UTF-8 lacks, as Strapi stores it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def body_of(text: str) -> bytes:
    """The JSON that is sent; its size is what Tokeny limits."""
    return json.dumps({"disclaimer_content": text}, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "replace"
    )


@dataclass(frozen=True, slots=True)
class Tokeny:
    """The API as one account sees it."""

    base_url: str
    credential: transport.Credential
    rules: transport.Rules
    deadline: Deadline = field(default_factory=Deadline)
    limits_key: str = ""

    def list_disclaimers(self) -> Listed:
        """The paging parameters are undocumented, so each further page must bring numbers not seen yet."""
        found: dict[int, Entry] = {}
        for page in range(MOST_PAGES):
            query = {"_limit": str(PAGE), "_start": str(page * PAGE), "_sort": "id:ASC"}
            rows = entries(decode_json(transport.send(self._call("GET", "/disclaimers", query=query)).body))
            fresh = {entry.id: entry for entry in rows if entry.id not in found}
            if page and len(fresh) < len(rows):
                return Listed(found | fresh, is_complete=False)
            found |= fresh
            if len(rows) < PAGE:
                return Listed(found, is_complete=True)
        return Listed(found, is_complete=False)

    def create_disclaimer(self, text: str) -> Entry:
        """Never sent again once a byte was sent."""
        return entry_or_unreadable(decode_object(self._write("POST", "/disclaimers", text)))

    def update_disclaimer(self, number: int, text: str) -> Entry:
        return entry_or_unreadable(decode_object(self._write("PUT", f"/disclaimers/{number}", text)))

    def _write(self, method: str, path: str, text: str) -> bytes:
        return transport.send(replace(self._call(method, path), body=body_of(text))).body

    def _call(self, method: str, path: str, query: Mapping[str, str] | None = None) -> transport.Call:
        return transport.Call(
            self.base_url, path, self.credential, self.deadline, self.rules, query or {}, limits_key=self.limits_key, method=method,
            api=API, refusal=refused,
        )  # fmt: skip


def entries(answer: Json) -> list[Entry]:
    if not isinstance(answer, list):
        raise transport.named(errors.Unreadable("it isn’t a list"), API)
    return [found for row in answer if (found := entry(row))]


def entry(row: Json) -> Entry | None:
    number = row.get("id") if isinstance(row, dict) else None
    if not isinstance(row, dict) or type(number) is not int or not 0 < number <= GREATEST:
        return None
    text, is_published = row.get("disclaimer_content"), row.get("published_at", "") is not None
    if isinstance(text, str):
        text = text.replace("\0", "\ufffd")  # as CommonMark reads it; no database of ours or theirs holds a NUL
    updated, created = (str(row.get(name) or "")[:40] for name in ("updated_at", "created_at"))
    return Entry(number, text if isinstance(text, str) else None, updated, created, is_published)


def entry_or_unreadable(row: Json) -> Entry:
    found = entry(row)
    if found is None:
        raise transport.named(errors.Unreadable("it has no ID"), API)
    return found


class AccountRefused(errors.KeyRefused):
    means = "The Tokeny account is missing a permission, or its token was rejected."
    next = "Ask an owner to test or replace it under Settings > Connections."

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.is_about_token = status == 401
        self._what = f"{{api}} rejected the account (HTTP {status})."


class AccountBlocked(AccountRefused):
    means = "Someone blocked the account there."
    next = UNBLOCK

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.is_about_token, self._what = False, BLOCKED


class TextRefused(errors.Invalid):
    kept: ClassVar[tuple[str, ...]] = ("status", "said")
    next = "Change the text, then submit it for approval again."

    def __init__(self, status: int, said: str) -> None:
        super().__init__(status, {"text": [said]})
        self.said = said
        self._what, self.means = f"{{api}} rejected the text (HTTP {status}).", f"Message: {said}" if said else ""


class TooLarge(errors.Refused):
    means = "The text is over Tokeny’s size limit."
    next = "Shorten it."


def refused(status: int, head: Mapping[str, str], body: bytes) -> errors.UpstreamError:
    """A 401 is about the token only if it says so: Strapi also answers 401 while its database is down."""
    if status == 401 and "blocked" in said(body).lower():
        return AccountBlocked(status)
    if status == 401:
        return AccountRefused(status) if said(body) == INVALID else errors.Failed(status)
    if status == 403:
        return AccountRefused(status)
    if status == 404:
        return errors.Missing(status)
    if status == 413:
        return TooLarge(status)
    if status == 429:
        return errors.Throttled(status, retry_after(head.get("Retry-After", "")))
    if status == 400:
        return TextRefused(status, said(body))
    return otherwise(status)


def said(body: bytes) -> str:
    try:
        words = decode_object(body).get("message")
    except errors.Unreadable:
        return ""
    return words[:200] if isinstance(words, str) else ""
