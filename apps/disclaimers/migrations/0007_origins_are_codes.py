import re

from django.db import migrations, models

WORDS = (
    (r"imported from Tokeny's (\d+)", "imported"),
    (r"adopted from Tokeny()", "adopted"),
    (r"the text of v(\d+)", "rolled back"),
    (r"restores v(\d+)", "restores"),
)


def to_codes(apps, schema_editor):
    """Versions hold what made them as words; each of these words has a code now, and a number beside it."""
    versions = apps.get_model("disclaimers", "Version").objects
    for pk, words in versions.exclude(origin="").values_list("pk", "origin").iterator():
        for pattern, code in WORDS:
            if found := re.fullmatch(pattern, words):
                versions.filter(pk=pk).update(origin=code, origin_number=int(found[1]) if found[1] else None)


def to_words(apps, schema_editor):
    labels = {code: re.sub(r"\(.*\)", "{}", pattern) for pattern, code in WORDS}
    versions = apps.get_model("disclaimers", "Version").objects
    for pk, code, number in versions.exclude(origin="").values_list("pk", "origin", "origin_number").iterator():
        versions.filter(pk=pk).update(origin=labels[code].format("" if number is None else number))


class Migration(migrations.Migration):
    dependencies = [("disclaimers", "0006_untracked_texts")]

    operations = [
        migrations.AddField("version", "origin_number", models.BigIntegerField(null=True)),
        migrations.RunPython(to_codes, to_words),
        migrations.AlterField(
            "version",
            "origin",
            models.CharField(
                blank=True,
                choices=[
                    ("imported", "imported from Tokeny's {}"),
                    ("adopted", "adopted from Tokeny"),
                    ("rolled back", "the text of v{}"),
                    ("restores", "restores v{}"),
                ],
                max_length=20,
            ),
        ),
    ]
