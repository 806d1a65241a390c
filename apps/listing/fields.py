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
    """All fields of a row, and what the contract says of each. A field that is not declared is masked as UNKNOWN."""

    fields: tuple[Field, ...]
    specs: Mapping[str, Spec]

    def __post_init__(self) -> None:
        undeclared = self.specs.keys() ^ {field.name for field in self.fields}
        if undeclared:
            raise ValueError(f"declared and contract differ: {sorted(undeclared)}")

    def data_class(self, name: str) -> DataClass:
        return next((field.data_class for field in self.fields if field.name == name), DataClass.UNKNOWN)

    def groups(self) -> dict[str, list[Field]]:
        grouped: dict[str, list[Field]] = {}
        for field in self.fields:
            grouped.setdefault(field.group, []).append(field)
        return grouped

    def unmapped(self, names: Iterable[str]) -> list[str]:
        """Members of a row that the contract does not know, in order."""
        return [name for name in names if name not in self.specs]
