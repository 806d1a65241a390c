from typing import Any

from django.core.management import BaseCommand

from apps.operations.condition import examine


class Command(BaseCommand):
    help = "Say what is wrong with this installation and what to do about it. Ends with 1 if anything is."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        found = examine(is_quick=False)
        for condition, finding in found:
            mark = "ok     " if finding.is_well else "WRONG  "
            self.stdout.write(f"{mark}{condition.name}: {finding.words}. {finding.remedy}".strip())
        if not all(finding.is_well for _, finding in found):
            raise SystemExit(1)
