"""A list from its first ID to its last, page by page, for a file: rows that are added come last and move no other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Walk:
    """`filters`: as sent. Any member of apps.upstream.errors may be raised by what it does."""

    listing: Listing
    key: Source
    filters: Mapping[str, str]
    api: Issuance
    known: Labels

    def ask(self, number: int, size: int = SIZE) -> Answer[Page]:
        """A page, in its own time."""
        params = {**self.filters, "ordering": "id", "page": str(number), "page_size": str(size)}
        return self.listing.fetch_page(replace(self.api, deadline=Deadline()), params)

    def read(self, answer: Answer[Page]) -> Page:
        """As columns read it, without rows of others."""
        try:
            page = answer.result()
        except errors.UpstreamError as error:
            connections.note_failure(self.key, error)
            raise
        return ready(drop_foreign_rows(self.key, self.api, page, self.known), self.listing.schema)


def walk(listing: Listing, key: Source, filters: Mapping[str, str], request_id: str = "") -> Walk:
    """Raises connections.KeyLost. Waits for labels that are not cached."""
    api = connections.issuance(key, request_id)
    return Walk(listing, key, filters, api, words(key, api)())
