from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.tenants import checking, connections, label_cache

from ._input import secret_from_stdin, tenant_named


class Command(BaseCommand):
    help = "Add an Issuance API key to a team, or replace the one with this name. Reads the key from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant")
        parser.add_argument("--label", required=True, help="for example “Reg A”")
        parser.add_argument("--base-url", required=True, help="for example https://api.issuance.com")

    def handle(self, *, tenant: str, label: str, base_url: str, **options: Any) -> None:
        team = tenant_named(tenant)
        try:
            key, trial = connections.save_key(team, label, secret_from_stdin(), base_url, None, anyway=True)
        except checking.NotSaved as error:
            raise CommandError(f"Not saved. {error}") from None
        label_cache.forget(key)
        self.stdout.write(f"Saved API key “{key.label}” for {tenant} ({trial.state}). {trial.words}")
