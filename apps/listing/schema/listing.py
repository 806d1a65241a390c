"""A listing as one value: what can be filtered, shown and sorted. Forms, addresses, columns, saved views and tests
read it."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from django.urls import reverse

from apps.tenants.access import TenantRequest
from apps.tenants.models import Connection, IssuanceKey
from apps.tenants.permissions import DataClass, Permission
from apps.upstream.decode import Row
from apps.upstream.issuance import contract
from apps.upstream.issuance.client import Answer, Issuance, Page
from apps.upstream.issuance.contract import PAGING, Spec

from . import cells
from .cells import Cell
from .column import Column
from .fields import Field, Schema
from .filters import Filter, by_parameter

Values = Callable[[Issuance, str], Answer[list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Tab:
    """A page beside the list, for those who may see it; `action` ends its URL name."""

    label: str
    action: str
    can: Permission


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """`name` starts its URL names (`investment_list`) and identifies it in the database; `columns` are the default, the
    first of which is always shown. `fetch_page` and `fetch_row` are the client's; `values` returns what a field holds,
    None if the API cannot say. `facts`: what a detail page shows first; `sums`: amounts whose sum over rows says something. `cells`, `units`: for fields not shown by their
    type alone. `about`: one line under the heading; `cannot`: what people look for and the API does not filter, and what to
    do instead. Raises ValueError for any name that does not exist, so that a slip keeps the dashboard from starting."""

    name: str
    plural: str
    title: str
    about: str
    path: str
    view_permission: Permission
    schema: Schema
    filters: tuple[Filter, ...]
    columns: tuple[Column, ...]
    default_ordering: str
    fetch_page: Callable[[Issuance, Mapping[str, str]], Answer[Page]]
    fetch_row: Callable[[Issuance, int], Answer[Row]]
    values: Values | None = None
    learns: str = ""
    """The filter whose choices the API itself tells, beyond the contract's."""
    credential: type[Connection] = IssuanceKey
    export_permission: Permission | None = None
    create_permission: Permission | None = None
    tabs: tuple[Tab, ...] = ()
    facts: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    applied_here: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What exports can be narrowed by although the API cannot: a day without choices, else a list of codes with labels."""
    dated: frozenset[str] = frozenset()
    """Filters on a row's own fields: a row that enters or leaves by one of them has a new `updated_at`."""
    undated: frozenset[str] = frozenset()
    """Fields that may change without it."""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    cannot: str = ""
    parameters: Mapping[str, tuple[Filter, str]] = field(init=False)
    classes: Mapping[str, DataClass] = field(init=False)
    sortable: Mapping[str, DataClass] = field(init=False)
    """Every field that can be asked or is shown. Which of them the API sorts by it does not say: the rows show it."""
    catalog: Mapping[str, Column] = field(init=False)
    """Every column there is."""

    def __post_init__(self) -> None:
        specs = contract.parameters(self.path)
        classes = {each.name: each.data_class for each in self.schema.every}
        asked = {each.name: each.data_class for each in self.filters if each.group}
        shown = {column.name: column for column in self.columns}
        others = {each.name: self._column(each) for each in self.schema.every if each.name not in shown}
        object.__setattr__(self, "parameters", by_parameter(self.filters, specs))
        object.__setattr__(self, "classes", classes)
        object.__setattr__(self, "sortable", {**asked, **classes})
        object.__setattr__(self, "catalog", {**shown, **others})
        self.check(specs)

    def check(self, specs: Mapping[str, Spec]) -> None:
        """Raises ValueError for any name that does not exist, or if a parameter of `specs` has no filter."""
        names = [each.name for each in self.filters]
        named: dict[str, tuple[Iterable[str], Container[str]]] = {
            "columns": ([column.name for column in self.columns], self.classes),
            "facts": (self.facts, self.classes),
            "sums": (self.sums, self.classes),
            "applied_here": (self.applied_here, self.classes),
            "dated": (self.dated, names),
            "undated": (self.undated, self.classes),
            "cells": (self.cells, self.classes),
            "units": (self.units, self.classes),
            "default_ordering": ([key.removeprefix("-") for key in self.default_ordering.split(",")], self.sortable),
            "learns": ([self.learns] if self.learns else [], names),
            "filters": (names, {declared.name for declared, _ in self.parameters.values()}),
        }
        wrong = [
            f"{part} names “{name}”" for part, (asked, known) in named.items() for name in asked if name not in known
        ]
        wrong += [f"no filter asks “{name}”" for name in specs if name not in self.parameters and name not in PAGING]
        wrong += [f"filters names “{name}” twice" for name in {*names} if names.count(name) > 1]
        if wrong:
            raise ValueError(f"apps/{self.plural}/listing.py: the listing “{self.name}”: {'; '.join(wrong)}")

    def _column(self, each: Field) -> Column:
        """A field as a column, shown as on the detail page."""
        spec, unit = self.schema.specs.get(each.name), self.units.get(each.name, "")
        head = f"{each.label} ({unit})" if unit else each.label
        is_number = spec is not None and spec.type in ("decimal", "integer")
        cell = self.cell(each.name)
        return Column(each.name, head, cell, is_end=is_number and cell is not cells.identifier)

    def cell(self, name: str) -> Cell:
        """The cell of a field: as declared, else by the contract's type."""
        return self.cells.get(name) or cells.of(self.schema.specs.get(name))

    def url(self, request: TenantRequest, action: str, *more: Any) -> str:
        return address(f"{self.name}_{action}", request.tenant.slug, *more)

    def filter(self, name: str) -> Filter | None:
        return next((declared for declared in self.filters if declared.name == name and declared.group), None)


@lru_cache(maxsize=1024)
def address(name: str, *parts: Any) -> str:
    """Django's `reverse`, of which a list asks seventeen."""
    return reverse(name, args=parts)


@lru_cache(maxsize=64)
def knowing(listing: Listing, more: tuple[tuple[str, str], ...]) -> Listing:
    """The listing with choices that a key's API added to the contract's: they are offered, shown and sent like the
    others."""
    filters = [
        replace(each, choices={**each.choices, **dict(more)}) if each.name == listing.learns else each
        for each in listing.filters
    ]
    return replace(listing, filters=tuple(filters))
