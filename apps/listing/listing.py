"""A listing as one value: what can be asked, shown and sorted. Form, address, columns, saved views and tests all read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from apps.tenants.access import TenantRequest
from apps.tenants.permissions import DataClass

from .filters import Filter
from .table import Column


@dataclass(frozen=True, slots=True)
class Listing:
    """`name` begins its URL names (`investment_list`) and names it in the database; `columns` are shown where nobody chose
    others, their first always; `catalog` holds every column there is."""

    name: str
    filters: tuple[Filter, ...]
    parameters: Mapping[str, tuple[Filter, str]]
    columns: tuple[Column, ...]
    catalog: Mapping[str, Column]
    classes: Mapping[str, DataClass]
    sortable: Mapping[str, DataClass]
    default_ordering: str

    def url(self, request: TenantRequest, action: str, *more: Any) -> str:
        return reverse(f"{self.name}_{action}", args=[request.tenant.slug, *more])

    def filter(self, name: str) -> Filter | None:
        return next((declared for declared in self.filters if declared.name == name and declared.group), None)
