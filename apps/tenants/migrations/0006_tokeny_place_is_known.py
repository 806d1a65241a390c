"""Apart from 0005: PostgreSQL alters no column in the transaction that filled it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0005_tokeny_places'),
    ]

    operations = [
        migrations.AlterField(
            model_name='tokenysignin',
            name='place',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenants.tokenyplace'),
        ),
    ]
