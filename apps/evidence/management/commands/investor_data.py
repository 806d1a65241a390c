import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.evidence import people
from apps.tenants.models import Tenant

from ._telling import told


class Command(BaseCommand):
    help = (
        "List what is held here of an investor, and with --remove take away what needn’t stay. Issuance holds the rest: "
        "ask there too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("team")
        parser.add_argument("investor", type=int, help="the investor’s ID")
        parser.add_argument("--investments", default="", help="IDs of their investments, separated by commas")
        parser.add_argument(
            "--words",
            action="store_true",
            help="read their name or email from standard input, to find saved views with it",
        )
        parser.add_argument("--remove", action="store_true")

    def handle(self, *, team: str, investor: int, investments: str, words: bool, remove: bool, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=team).first()
        if tenant is None:
            raise CommandError(f"There is no team “{team}”.")
        try:
            numbers = [int(each) for each in investments.split(",") if each.strip()]
        except ValueError:
            raise CommandError("Give the investments’ IDs, such as --investments 12,345.") from None
        held = people.of_investor(tenant, investor, numbers, sys.stdin.read().strip() if words else "")
        self.stdout.write(told(held, is_removed=remove))
        if remove:
            people.remove(held, f"investor:{investor}", [tenant])
