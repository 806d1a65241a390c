"""A value that is never shown by accident: printing, formatting or logging it reveals nothing."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value itself. Called where a request is signed or a value is sealed, nowhere else."""
        return self._value

    def __str__(self) -> str:
        return "[secret]"
