"""Each sign-in to Tokeny gets the place whose texts it sees; 0006 says that it always has one."""

import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    SignIn, Place = apps.get_model('tenants', 'TokenySignIn'), apps.get_model('tenants', 'TokenyPlace')
    for saved in SignIn.objects.all():
        saved.place = Place.objects.create(tenant=saved.tenant, base_url=saved.base_url, identifier=saved.identifier)
        saved.save(update_fields=('place',))


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0004_tokeny'),
    ]

    operations = [
        migrations.CreateModel(
            name='TokenyPlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('base_url', models.CharField(max_length=200)),
                ('identifier', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokeny_places', to='tenants.tenant')),
            ],
            options={
                'ordering': ('-pk',),
            },
        ),
        migrations.AddField(
            model_name='tokenysignin',
            name='place',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tokenyplace'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
