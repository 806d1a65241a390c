from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError

from apps.audit.actions import Action
from apps.audit.record import by, record
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = "Create a team, or change an existing team’s name and time zone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="first part of every URL of the team; can’t be changed later")
        parser.add_argument("--name", required=True)
        parser.add_argument("--timezone", help="for example America/New_York (default for a new team: UTC)")

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
