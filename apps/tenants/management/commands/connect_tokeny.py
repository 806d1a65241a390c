from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.tenants.checking import NotSaved
from apps.tenants.sign_ins import tokeny

from ._input import secret_from_stdin, tenant_named


class Command(BaseCommand):
    help = "Save a team’s Tokeny sign-in (for disclaimers). Reads the password from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant")
        parser.add_argument(
            "--base-url", required=True, help="for example https://primary-market-api-develop.tokeny.com"
        )
        parser.add_argument("--identifier", required=True, help="the account’s email")

        parser.add_argument(
            "--texts",
            choices=("same", "other"),
            default="",
            help="where host or account change: the same texts, or others",
        )

    def handle(self, *, tenant: str, base_url: str, identifier: str, texts: str, **options: Any) -> None:
        team = tenant_named(tenant)
        try:
            saved, trial = tokeny.save(
                team, tokeny.Given(base_url, identifier, secret_from_stdin(), texts), None, anyway=True
            )
        except NotSaved as error:
            raise CommandError(f"Not saved. {error}") from None
        self.stdout.write(f"Saved sign-in {saved.identifier} for {tenant} ({trial.state}). {trial.words}")
