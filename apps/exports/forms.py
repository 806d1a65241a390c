"""The choices of an export."""

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.listing import Column

from .asked import LABELS, Words

PAGE, ALL = "page", "all"


class ExportForm(forms.Form):
    """`shown`: the page's columns; `offered`: all that the role may see."""

    format = forms.ChoiceField(
        choices=[(each.value, label) for each, label in LABELS.items()],
        widget=forms.RadioSelect,
        initial="xlsx",
        help_text="Excel has real dates and numbers, and keeps leading zeros. JSON Lines has values as Issuance sent them.",
    )
    columns = forms.ChoiceField(widget=forms.RadioSelect, initial=PAGE)
    values = forms.ChoiceField(
        label="Statuses and other choices as",
        choices=[(Words.LABELS.value, "Labels"), (Words.CODES.value, "Codes")],
        widget=forms.RadioSelect,
        initial=Words.LABELS.value,
    )

    def __init__(self, *given: Any, shown: Sequence[Column], offered: Sequence[Column], **options: Any) -> None:
        super().__init__(*given, **options)
        self.names = {PAGE: [each.name for each in shown], ALL: [each.name for each in all_of(shown, offered)]}
        self.fields["columns"].choices = [  # type: ignore[attr-defined]
            (PAGE, f"As on the page ({len(self.names[PAGE])})"),
            (ALL, f"All that your role sees ({len(self.names[ALL])})"),
        ]

    @property
    def chosen(self) -> list[str]:
        """Names of columns, in their order."""
        return self.names[self.cleaned_data["columns"]]


def all_of(shown: Sequence[Column], offered: Sequence[Column]) -> list[Column]:
    """The page's columns first, in its order."""
    names = {each.name for each in shown}
    return [*shown, *(each for each in offered if each.name not in names)]
