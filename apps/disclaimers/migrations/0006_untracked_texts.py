from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("disclaimers", "0005_fewer_approvals_are_confirmed")]

    operations = [migrations.RenameModel("Stranger", "UntrackedText")]
