"""A number at Tokeny names a text only within one place. What is bound or was sent so far belongs to the team's one place."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


def fill(apps, schema_editor):
    Disclaimer, Push = apps.get_model('disclaimers', 'Disclaimer'), apps.get_model('disclaimers', 'Push')
    Place, Tenant = apps.get_model('tenants', 'TokenyPlace'), apps.get_model('tenants', 'Tenant')
    for tenant in Tenant.objects.filter(Q(disclaimers__tokeny_id__isnull=False) | Q(disclaimers__pushes__isnull=False)).distinct():
        place = Place.objects.filter(tenant=tenant).first() or Place.objects.create(tenant=tenant)
        Disclaimer.objects.filter(tenant=tenant).exclude(tokeny_id=None).update(place=place)
        Push.objects.filter(disclaimer__tenant=tenant).update(place=place)


PLACE = dict(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tokenyplace')


class Migration(migrations.Migration):

    dependencies = [
        ('disclaimers', '0002_drafts_are_bounded'),
        ('tenants', '0006_tokeny_place_is_known'),
    ]

    operations = [
        migrations.CreateModel(
            name='SetAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tokeny_id', models.BigIntegerField()),
                ('tokeny_created_at', models.CharField(blank=True, max_length=40)),
                ('disclaimer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='disclaimers.disclaimer')),
                ('live', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='disclaimers.version')),
                ('place', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tokenyplace')),
            ],
        ),
        migrations.AddConstraint('setaside', models.UniqueConstraint(fields=('disclaimer', 'place'), name='set_aside_once')),
        migrations.AddField('disclaimer', 'place', models.ForeignKey(**PLACE)),
        migrations.AddField('disclaimer', 'tokeny_created_at', models.CharField(blank=True, default='', max_length=40), preserve_default=False),
        migrations.AddField('push', 'place', models.ForeignKey(**PLACE)),
        migrations.AddField('push', 'tokeny_created_at', models.CharField(blank=True, default='', max_length=40), preserve_default=False),
        migrations.AddField('push', 'told_at', models.DateTimeField(null=True)),
        migrations.AlterField('push', 'state', models.CharField(choices=[('queued', 'Waiting to be sent'), ('sending', 'Being sent'), ('confirmed', 'Published'), ('rejected', 'Not published'), ('unknown', 'Unconfirmed')], default='queued', max_length=10)),
        migrations.AlterField('disclaimer', 'drift', models.CharField(blank=True, choices=[('', 'as published'), ('changed', 'changed in Tokeny'), ('gone', 'missing from Tokeny'), ('hidden', 'unpublished in Tokeny')], default='', max_length=10)),
        migrations.RemoveConstraint('disclaimer', 'tokeny_id_once'),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
