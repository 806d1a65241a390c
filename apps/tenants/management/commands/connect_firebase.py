from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.tenants.checking import NotSaved
from apps.tenants.sign_ins import firebase as firebase_sign_in
from apps.upstream.secret import Secret

from ._input import secret_from_stdin, tenant_named


class Command(BaseCommand):
    help = "Save a team’s Issuance sign-in (for investors and platform users). Reads the password from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant")
        parser.add_argument("--email", required=True)
        parser.add_argument("--web-api-key", required=True, help="the public key of Issuance's Firebase project")
        parser.add_argument("--identity-url", default=firebase_sign_in.IDENTITY_URL)
        parser.add_argument("--token-url", default=firebase_sign_in.TOKEN_URL)
        parser.add_argument("--prefix", default="Bearer", help="token prefix (default: Bearer)")
        parser.add_argument(
            "--base-url", default="https://api.issuance.com", help="API URL; needed only if the team has no API key yet"
        )

    def handle(self, *, tenant: str, email: str, web_api_key: str, **options: Any) -> None:
        team = tenant_named(tenant)
        given = firebase_sign_in.Given(
            email,
            secret_from_stdin(),
            Secret(web_api_key),
            options["prefix"],
            options["identity_url"],
            options["token_url"],
        )
        try:
            saved, trial = firebase_sign_in.save(team, given, options["base_url"], None, anyway=True)
        except NotSaved as error:
            raise CommandError(f"Not saved. {error}") from None
        self.stdout.write(f"Saved sign-in {saved.email} for {tenant} ({trial.state}). {trial.words}")
