"""Drafts carry their size and hash, and who wrote since the last version stands apart from them, so that old ones may go.
What Tokeny holds instead of a version carries its hash too: a list says whether it was accepted without loading it."""

import hashlib

from django.db import migrations, models
from django.db.models import Max


def fill(apps, schema_editor):
    Disclaimer, Draft = apps.get_model('disclaimers', 'Disclaimer'), apps.get_model('disclaimers', 'Draft')
    for draft in Draft.objects.iterator(chunk_size=20):
        content = draft.text.encode('utf-8', 'surrogatepass')
        Draft.objects.filter(pk=draft.pk).update(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
    for each in Disclaimer.objects.exclude(drift='').iterator(chunk_size=20):
        content = each.drift_text.encode('utf-8', 'surrogatepass')
        Disclaimer.objects.filter(pk=each.pk).update(drift_sha256=hashlib.sha256(content).hexdigest())
    for each in Disclaimer.objects.annotate(sent=Max('versions__revision')).only('pk').iterator(chunk_size=500):
        since = Draft.objects.filter(disclaimer=each, revision__gt=each.sent or 0).exclude(author=None)
        writers = sorted(set(since.values_list('author_id', flat=True)))
        Disclaimer.objects.filter(pk=each.pk).update(writers=writers)


class Migration(migrations.Migration):

    dependencies = [
        ('disclaimers', '0001_disclaimers'),
    ]

    operations = [
        migrations.AddField('disclaimer', 'writers', models.JSONField(default=list)),
        migrations.AddField('draft', 'sha256', models.CharField(max_length=64, default=''), preserve_default=False),
        migrations.AddField('draft', 'size', models.PositiveIntegerField(default=0), preserve_default=False),
        migrations.AddField('disclaimer', 'drift_sha256', models.CharField(blank=True, max_length=64, default=''), preserve_default=False),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
