from typing import Any

import structlog
from django.core.management import BaseCommand

from apps.disclaimers import watching
from apps.tenants.models import TokenySignIn

log = structlog.get_logger("watching")


class Command(BaseCommand):
    help = (
        "Compare every team's published disclaimers with what Tokeny holds, now. A worker does it every five minutes."
    )

    def handle(self, *arguments: Any, **options: Any) -> None:
        for saved in TokenySignIn.objects.select_related("tenant"):
            try:
                watch = watching.compare(saved.tenant)
            except Exception:
                log.exception("a comparison broke off", tenant=saved.tenant.slug)
                self.stdout.write(f"{saved.tenant.slug}: broke off; the log says why")
                continue
            drifted = saved.tenant.disclaimers.exclude(drift="").count()
            said = watch.trouble or f"{drifted} differ{'s' if drifted == 1 else ''} from the published text"
            self.stdout.write(f"{saved.tenant.slug}: {said}")
