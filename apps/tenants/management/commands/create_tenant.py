from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = "Make a team, or change the name and time zone of one that is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="its first part of every address; never changed afterwards")
        parser.add_argument("--name", required=True)
        parser.add_argument("--timezone", help="for example America/New_York; UTC for a new team that names none")

    def handle(self, *, slug: str, name: str, timezone: str | None, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        done = "Changed" if tenant else "Made"
        tenant = tenant or Tenant(slug=slug)
        tenant.name, tenant.timezone = name, timezone or tenant.timezone
        try:
            tenant.full_clean()
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        tenant.save()
        record(Action.TEAM_SAVED, tenant=tenant.id, **by(None))
        self.stdout.write(f"{done} team {slug}: {name}, {tenant.timezone}.")
