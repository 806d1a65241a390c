"""What the page is narrowed to: a key, an offering, a time zone; and which facts that are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse

from apps.tenants import label_cache
from apps.tenants.models import IssuanceKey, Tenant
from apps.tenants.permissions import Role

from .models import Fact, Snapshot
from .slices import Slice


@dataclass(frozen=True)
class Scope:
    """`role`: of who looks: links lead where they may go; `keys`: all of the team's, oldest first; `key`: the only one that counts, None for all; `offering`: the same. With
    several keys, each offering is counted as the first that sees it does: an investment counts once."""

    tenant: Tenant
    role: Role
    snapshot: Snapshot
    keys: list[IssuanceKey]
    zone: ZoneInfo
    key: IssuanceKey | None = None
    offering: int | None = None

    @property
    def identity(self) -> tuple[Any, ...]:
        """What sums depend on, beside the snapshot. Keys that were removed or added change what counts."""
        keys = ",".join(str(key.pk) for key in self.keys)
        return keys, self.key.slug if self.key else "", self.offering, self.zone.key

    @property
    def counted_keys(self) -> list[IssuanceKey]:
        return [self.key] if self.key else self.keys

    @cached_property
    def answers(self) -> dict[int, IssuanceKey]:
        """Offering -> the key by which it is counted."""
        found: dict[int, IssuanceKey] = {}
        held: Mapping[str, Any] = self.snapshot.held.get("keys", {})
        for key in reversed(self.counted_keys):
            seen = {each["id"] for each in key.offerings} | {*held.get(str(key.pk), {}).get("offerings", ())}
            found.update(dict.fromkeys(seen, key))
        return {number: key for number, key in found.items() if self.offering in (None, number)}

    @cached_property
    def offerings(self) -> dict[int, dict[str, Any]]:
        """ID -> terms, of those that these keys see. One that is known by its investments alone has none."""
        held: Mapping[str, Any] = self.snapshot.held.get("offerings", {})
        return {number: held.get(str(number), {}) for number in sorted(self.answers)}

    @property
    def facts(self) -> QuerySet[Fact]:
        """Those that count."""
        found = Q(pk__in=[])
        for key in self.counted_keys:
            numbers = [number for number, answering in self.answers.items() if answering == key]
            found |= Q(key=key.pk, offering__in=numbers) if numbers else Q()
        return Fact.objects.filter(found, generation=self.snapshot.generation).order_by()

    @property
    def today(self) -> date:
        """The day on which the facts were read."""
        if self.snapshot.as_of is None:
            raise ValueError("there are no facts yet")
        return self.snapshot.as_of.astimezone(self.zone).date()

    @property
    def only_key(self) -> IssuanceKey | None:
        """The key that sees all that counts, if one does."""
        answering = {key.pk: key for key in self.answers.values()}
        return next(iter(answering.values())) if len(answering) == 1 else None

    @property
    def params(self) -> dict[str, str]:
        """As in an address."""
        found = {
            "key": self.key.slug if self.key else "",
            "offering": "" if self.offering is None else str(self.offering),
        }
        found |= {"tz": self.zone.key if self.zone.key != self.tenant.timezone else ""}
        return {name: text for name, text in found.items() if text}

    def at(self, href: str) -> str:
        """Another page, narrowed like this one."""
        return href + (f"?{urlencode(self.params)}" if self.params else "")

    def link(self, which: Slice, offering: int | None = None) -> str:
        """To exactly the rows that a figure counts: the list, where the API can be asked for them; else by their IDs."""
        number = offering if offering is not None else self.offering
        key = self.answers.get(number) if number is not None else self.only_key
        filters = which.filters
        if filters is None or key is None or not self.are_known(which, key):
            params = {**which.params, **self.params, **({"offering": str(number)} if number is not None else {})}
            return f"{reverse('overview_rows', args=[self.tenant.slug])}?{urlencode(params)}"
        params = {**filters, **({"offering": str(number)} if number is not None else {})}
        params |= {"key": key.slug} if len(self.keys) > 1 else {}
        return f"{reverse('investment_list', args=[self.tenant.slug])}?{urlencode(params)}"

    def are_known(self, which: Slice, key: IssuanceKey) -> bool:
        """Whether the list takes these statuses."""
        return {*which.statuses} <= {*label_cache.known(key).statuses}
