from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from apps.operations import stored_secrets


class Command(BaseCommand):
    help = "Encrypt every stored secret again with the first of ENCRYPTION_KEYS, so that the others may be removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        first, *others = settings.ENCRYPTION_KEYS
        older = stored_secrets.to_reseal()
        for key_id in others:
            self.stdout.write(f"{older[key_id]} secrets are encrypted with “{key_id}”.")
        if dry_run:
            self.stdout.write(f"{older.total()} would be encrypted again with “{first}”. Nothing was changed.")
            return
        ended = [*stored_secrets.reseal()]
        self.stdout.write(f"{sum(ended)} were encrypted again with “{first}”.")
        free = [key_id for key_id in others if not stored_secrets.to_reseal()[key_id]]
        if free:
            self.stdout.write(f"No longer used; may be removed from ENCRYPTION_KEYS: {', '.join(free)}.")
        if failed := len(ended) - sum(ended):
            missing = ", ".join(sorted(stored_secrets.lost())) or "none"
            raise CommandError(f"{failed} could not be opened, and stay as they were. Missing keys: {missing}.")
