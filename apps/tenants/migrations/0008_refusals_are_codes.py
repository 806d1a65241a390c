from django.db import migrations, models

CONNECTIONS = ("issuancekey", "firebasesignin", "tokenysignin")


def keep_words(apps, schema_editor):
    """What was refused before is known by its words alone; it is said with them until the next trial."""
    for name in CONNECTIONS:
        rows = apps.get_model("tenants", name).objects
        for pk, words in rows.exclude(last_refusal="").values_list("pk", "last_refusal"):
            rows.filter(pk=pk).update(refusal={"words": words})


def to_words(apps, schema_editor):
    for name in CONNECTIONS:
        rows = apps.get_model("tenants", name).objects
        for pk, kept in rows.values_list("pk", "refusal"):
            rows.filter(pk=pk).update(last_refusal=kept.get("words", ""))


class Migration(migrations.Migration):
    dependencies = [("tenants", "0007_total_order_and_statuses")]

    operations = [
        *(migrations.AddField(name, "refusal", models.JSONField(default=dict)) for name in CONNECTIONS),
        migrations.RunPython(keep_words, to_words),
        *(migrations.RemoveField(name, "last_refusal") for name in CONNECTIONS),
        *(migrations.RenameField(name, "refusal", "last_refusal") for name in CONNECTIONS),
    ]
