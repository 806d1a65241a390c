import re
from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.audit.actions import Action
from apps.audit.record import record
from apps.tenants.models import ProvenDomain

from ._input import tenant_named


class Command(BaseCommand):
    help = "Record that an email domain is a team’s, after you have seen proof: its people may then come in by the team’s provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant")
        parser.add_argument("domain")
        parser.add_argument("--remove", action="store_true")

    def handle(self, *, tenant: str, domain: str, remove: bool, **options: Any) -> None:
        team, name = tenant_named(tenant), domain.strip().lower().rstrip(".")
        if not re.fullmatch(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", name):
            raise CommandError(f"“{domain}” isn’t a domain. Example: acme.com, or xn--… for one with other letters.")
        held = ProvenDomain.objects.select_related("tenant").filter(domain=name).first()
        if held and held.tenant != team:
            raise CommandError(f"{name} is recorded as {held.tenant.slug}’s. Remove it there first.")
        if remove:
            if held:
                held.delete()
                record(Action.DOMAIN_REMOVED, actor=None, tenant=team.id, domain=name, via="shell")
            self.stdout.write(f"{name} is not {tenant}’s.")
            return
        if not held:
            ProvenDomain.objects.create(tenant=team, domain=name)
            record(Action.DOMAIN_PROVEN, actor=None, tenant=team.id, domain=name, via="shell")
        self.stdout.write(f"{name} is {tenant}’s.")
