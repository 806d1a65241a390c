"""A list from its first row to its last, page by page, for a file. By ID, rows that are added come last and move no other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from apps.listing.schema.listing import Listing
from apps.tenants import connections
from apps.tenants.connections import Source
from apps.tenants.label_cache import Labels
from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.issuance.client import Answer, Issuance, Page

from .lists import drop_foreign_rows, ready, words

SIZE = 100
"""Rows a page, which the API may cap in silence."""
BY_ID = "id"


@dataclass(frozen=True, slots=True)
class Walk:
    """`filters`, `ordering`: as sent. Any member of apps.upstream.errors may be raised by what it does."""

    listing: Listing
    key: Source
    filters: Mapping[str, str]
    api: Issuance
    words: Callable[[], Labels]
    ordering: str = BY_ID
    size: int = SIZE

    @property
    def known(self) -> Labels:
        """Waits for labels that are not cached."""
        return self.words()

    def ask(self, number: int) -> Answer[Page]:
        """A page, in its own time."""
        params = {**self.filters, "ordering": self.ordering, "page": str(number), "page_size": str(self.size)}
        return self.listing.fetch_page(replace(self.api, deadline=Deadline()), params)

    def read(self, answer: Answer[Page]) -> Page:
        """As columns read it, without rows of others."""
        try:
            page = answer.result()
        except errors.UpstreamError as error:
            connections.note_failure(self.key, error)
            raise
        return ready(drop_foreign_rows(self.key, self.api, page, self.known), self.listing.schema)


def walk(listing: Listing, key: Source, filters: Mapping[str, str], ordering: str = BY_ID) -> Walk:
    """Raises connections.KeyLost. Asks for labels that are not cached."""
    api = connections.issuance(key, "")
    return Walk(listing, key, filters, api, cache(words(key, api)), ordering)
