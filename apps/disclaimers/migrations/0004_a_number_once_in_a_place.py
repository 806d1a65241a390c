"""Apart from 0003: PostgreSQL alters no table in the transaction that filled it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('disclaimers', '0003_bindings_belong_to_a_place'),
    ]

    operations = [
        migrations.AddConstraint('disclaimer', models.UniqueConstraint(condition=Q(tokeny_id__isnull=False), fields=('place', 'tokeny_id'), name='tokeny_id_once')),
    ]
