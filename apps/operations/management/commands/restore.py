from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection

from apps.operations import backups
from apps.staff.models import StaffMember


class Command(BaseCommand):
    help = "Put a backup in the place of the database. Stop web processes and workers first."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="even if the database holds data, which are lost")

    def handle(self, *, file: Path, replace: bool, **options: Any) -> None:
        if not replace and is_in_use():
            raise CommandError("The database holds data. --replace puts the backup in their place.")
        connection.close()
        try:
            backups.restore(settings.DATABASES["default"], file)
        except backups.NotDone as why:
            raise CommandError(f"{why} Nothing was changed.") from None
        self.stdout.write(f"Restored {file}. Now run: manage.py migrate, then manage.py doctor")


def is_in_use() -> bool:
    try:
        return StaffMember.objects.exists()
    except DatabaseError:  # an empty database has no such table
        return False
