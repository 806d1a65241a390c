"""A field of a row, declared once: its label, its group on the detail page, and its data class.

Its type and choices are read from the contract.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from apps.tenants.permissions import DataClass
from apps.upstream.decode import Json, Row
from apps.upstream.issuance.contract import Spec


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    group: str
    data_class: DataClass
    help: str = ""
    """One line, where it adds something to the label."""


@dataclass(frozen=True)
class Schema:
    """All fields of a row, and what the contract says of each. An undeclared field is masked as UNKNOWN. `likely`:
    fields the contract does not define, classified in case they come."""

    fields: tuple[Field, ...]
    specs: Mapping[str, Spec]
    likely: tuple[Field, ...] = ()

    def __post_init__(self) -> None:
        undeclared = self.specs.keys() ^ {field.name for field in self.fields}
        if undeclared:
            raise ValueError(f"declared and contract differ: {sorted(undeclared)}")

    @property
    def every(self) -> tuple[Field, ...]:
        return self.fields + self.likely

    @cached_property
    def _by_name(self) -> dict[str, Field]:
        return {field.name: field for field in self.every}

    def field(self, name: str) -> Field | None:
        """A declared field, or a nested one (`entity.email`), which is classified and shown by its last name."""
        if known := self._by_name.get(name):
            return known
        where, _, last = name.rpartition(".")
        inner = self._by_name.get(last) if where else None
        return replace(inner, name=name, label=f"{inner.label} ({where})") if inner else None

    def data_class(self, name: str) -> DataClass:
        field = self.field(name)
        return field.data_class if field else DataClass.UNKNOWN

    def groups(self, row: Iterable[str] = ()) -> dict[str, list[Field]]:
        """Fields by group: every declared one, and those nested in this row's objects."""
        inside = [field for name in row if name not in self._by_name and (field := self.field(name))]
        grouped: dict[str, list[Field]] = {}
        for field in (*self.every, *inside):
            grouped.setdefault(field.group, []).append(field)
        return grouped

    def unmapped(self, names: Iterable[str]) -> list[str]:
        """Members of a row that are not declared, in order."""
        return [name for name in names if self.field(name) is None]

    def flat(self, row: Row) -> Row:
        """Flattens objects that the contract does not describe, by path: `entity.first_name`. If the row has no member
        of that last name, the value is also available under it, so that columns, names and masks find it at any
        depth."""
        if dict not in set(map(type, row.values())):  # most rows: seen without looking at each name
            return row
        found: Row = {}
        for name, value in row.items():
            if name in self.specs:
                found[name] = value
            else:
                found.update(paths(name, value, DEEPEST))
        for path in [path for path in found if "." in path]:
            where, _, last = path.rpartition(".")
            short = where if last == "id" else last
            if short in self._by_name and short not in found:
                found[short] = found.pop(path)
        return found


DEEPEST = 4


def paths(name: str, value: Json, left: int) -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict) and value and left:
        for inner, each in value.items():
            yield from paths(f"{name}.{inner}", each, left - 1)
    else:
        yield name, value
