from typing import Any

from django.core.management import BaseCommand
from django.db import connection

from apps.audit import guards
from apps.audit.actions import Action
from apps.audit.record import record


class Command(BaseCommand):
    help = "Put the triggers back that keep the audit log as it was written. Find out first who took them away."

    def handle(self, **options: Any) -> None:
        missing = guards.missing(connection)
        guards.put_up(connection)
        if missing:
            record(Action.GUARDS_PUT_BACK, actor=None, via="shell", triggers=missing)
        self.stdout.write(f"{len(missing)} of {len(guards.names(connection))} triggers were missing. All are in place.")
