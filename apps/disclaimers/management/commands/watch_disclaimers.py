from typing import Any

from django.core.management import BaseCommand

from apps.disclaimers import watching
from apps.tenants.models import TokenySignIn


class Command(BaseCommand):
    help = "Compare every team's published disclaimers with what Tokeny holds. Run it every few minutes."

    def handle(self, *arguments: Any, **options: Any) -> None:
        for saved in TokenySignIn.objects.select_related("tenant"):
            watch = watching.compare(saved.tenant)
            drifted = saved.tenant.disclaimers.exclude(drift="").count()
            said = watch.trouble or f"{drifted} differ{'s' if drifted == 1 else ''} from what was published"
            self.stdout.write(f"{saved.tenant.slug}: {said}")
