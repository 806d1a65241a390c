from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.evidence import leaving
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Delete a team: settings, members’ access, connections, notes, views, disclaimers. Its audit log stays until its "
        "retention ends. Run export_team first: this can’t be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("team")
        parser.add_argument("--really", metavar="TEAM", help="the slug once more")

    def handle(self, *, team: str, really: str | None, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=team).first()
        if tenant is None:
            raise CommandError(f"There is no team “{team}”.")
        if really != team:
            raise CommandError(f"Nothing was deleted. To delete {tenant.name}: delete_team {team} --really {team}")
        try:
            kept = leaving.delete(tenant)
        except leaving.OnHold as error:
            raise CommandError(f"{tenant.name} is on legal hold: {error}. An owner must release it first.") from None
        self.stdout.write(
            f"{tenant.name} is deleted. Kept: {kept['entries']:,} entries of its audit log, each for {kept['years']} years "
            "after it was written, since they prove what was published and who had access. They hold numbers of "
            "investors and staff, not names, contact details, or amounts."
        )
