"""Since when a version is live: the newest of its confirmed pushes, of any number."""

from django.db import migrations, models

from apps.audit.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disclaimers", "0011_words")]
    operations = [
        AddIndexConcurrently(
            "push",
            models.Index(
                fields=["version", "-ended_at"], condition=models.Q(state="confirmed"), name="push_live_since"
            ),
        ),
    ]
