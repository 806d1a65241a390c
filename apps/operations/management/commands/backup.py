from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from apps.operations import backups


class Command(BaseCommand):
    help = "Write a consistent copy of the database into a new file, while everything runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            backups.back_up(settings.DATABASES["default"], file)
        except backups.NotDone as why:
            raise CommandError(str(why)) from None
        keys = ", ".join(settings.ENCRYPTION_KEYS)
        self.stdout.write(f"Wrote {file}, {file.stat().st_size:,} bytes.")
        self.stdout.write(f"Its secrets open only with ENCRYPTION_KEYS ({keys}): keep those too, in another place.")
