from django import forms


class BeginForm(forms.Form):
    title = forms.CharField(label="Title", max_length=120, help_text="Internal only. Investors don’t see it.")


class AboutForm(forms.Form):
    """Internal details: Tokeny has neither titles nor offerings nor notes."""

    title = forms.CharField(label="Title", max_length=120)
    offering = forms.ChoiceField(label="Offering", required=False)
    notes = forms.CharField(
        label="Internal notes", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *arguments: object, offerings: dict[str, str], **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.fields["offering"].choices = [("", "No offering"), *offerings.items()]  # type: ignore[attr-defined]
