"""A field of a row, declared once: its label, the group it stands in on a detail page, and the class that masks it.

Its type, help and choices are the contract's and are read from there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.tenants.permissions import DataClass
from apps.upstream.issuance.contract import Spec


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    group: str
    data_class: DataClass


@dataclass(frozen=True, slots=True)
class Schema:
    """All fields of a row, and what the contract says of each. A field that is not declared is masked as UNKNOWN.

    `likely`: fields of a row whose members the contract leaves open, classified in case they come.
    """

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

    def field(self, name: str) -> Field | None:
        return next((field for field in self.every if field.name == name), None)

    def data_class(self, name: str) -> DataClass:
        field = self.field(name)
        return field.data_class if field else DataClass.UNKNOWN

    def groups(self) -> dict[str, list[Field]]:
        grouped: dict[str, list[Field]] = {}
        for field in self.every:
            grouped.setdefault(field.group, []).append(field)
        return grouped

    def unmapped(self, names: Iterable[str]) -> list[str]:
        """Members of a row that are not declared, in order."""
        known = {field.name for field in self.every}
        return [name for name in names if name not in known]
