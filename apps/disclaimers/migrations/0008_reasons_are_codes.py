from django.db import migrations, models


def keep_words(apps, schema_editor):
    """What was said of a push before is known by its words alone."""
    pushes = apps.get_model("disclaimers", "Push").objects
    for pk, words in pushes.exclude(words="").values_list("pk", "words").iterator():
        pushes.filter(pk=pk).update(reason={"reason": "told", "about": {"words": words}})


def to_words(apps, schema_editor):
    pushes = apps.get_model("disclaimers", "Push").objects
    for pk, reason in pushes.values_list("pk", "reason").iterator():
        pushes.filter(pk=pk).update(words=reason.get("about", {}).get("words", ""))


class Migration(migrations.Migration):
    dependencies = [("disclaimers", "0007_origins_are_codes")]

    operations = [
        migrations.AddField("push", "reason", models.JSONField(default=dict)),
        migrations.RunPython(keep_words, to_words),
        migrations.RemoveField("push", "words"),
    ]
