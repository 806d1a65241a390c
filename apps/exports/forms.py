"""The choices of an export."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from apps.listing import Column

from .asked import LABELS, Words
from .here import Condition, days

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

    def __init__(
        self,
        *given: Any,
        shown: Sequence[Column],
        offered: Sequence[Column],
        conditions: Mapping[str, Condition],
        **options: Any,
    ) -> None:
        super().__init__(*given, **options)
        self.conditions = conditions
        for each in conditions.values():
            self.fields |= fields_of(each)
        self.names = {PAGE: [each.name for each in shown], ALL: [each.name for each in all_of(shown, offered)]}
        self.fields["columns"].choices = [  # type: ignore[attr-defined]
            (PAGE, f"As on the page ({len(self.names[PAGE])})"),
            (ALL, f"All that your role sees ({len(self.names[ALL])})"),
        ]

    @property
    def chosen(self) -> list[str]:
        """Names of columns, in their order."""
        return self.names[self.cleaned_data["columns"]]

    @property
    def choices(self) -> list[BoundField]:
        return [self[name] for name in ("format", "columns", "values")]

    @property
    def limiting(self) -> list[tuple[str, list[BoundField]]]:
        """What is applied here: its label, and its fields."""
        return [(each.label, [self[name] for name in fields_of(each)]) for each in self.conditions.values()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for each in self.conditions.values():
            first, last = given.get(f"{each.name}_from"), given.get(f"{each.name}_to")
            if first and last and first > last:
                self.add_error(f"{each.name}_to", "This day is before the first one.")
        return given

    @property
    def limits(self) -> dict[str, str]:
        """Field -> what is applied here."""
        given = self.cleaned_data
        found = {
            each.name: ",".join(given[each.name])
            if each.choices
            else days(given[f"{each.name}_from"], given[f"{each.name}_to"])
            for each in self.conditions.values()
        }
        return {name: text for name, text in found.items() if text}


def fields_of(condition: Condition) -> dict[str, forms.Field]:
    if condition.choices:
        ticks = forms.MultipleChoiceField(
            label=condition.label,
            choices=list(condition.choices.items()),
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )
        return {condition.name: ticks}
    return {
        f"{condition.name}_{end}": forms.DateField(
            label=f"{condition.label}, {words}", widget=forms.DateInput({"type": "date"}), required=False
        )
        for end, words in (("from", "from"), ("to", "through"))
    }


def all_of(shown: Sequence[Column], offered: Sequence[Column]) -> list[Column]:
    """The page's columns first, in its order."""
    names = {each.name for each in shown}
    return [*shown, *(each for each in offered if each.name not in names)]
