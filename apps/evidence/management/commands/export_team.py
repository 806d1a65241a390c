import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.audit.actions import Action
from apps.audit.record import record
from apps.evidence import leaving
from apps.tenants.connections import KeyLost
from apps.tenants.models import Tenant


class Command(BaseCommand):
    help = "Write everything of a team that isn’t a secret into a ZIP, with its whole audit log and what verifies it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("team")
        parser.add_argument("file", type=Path)

    def handle(self, *, team: str, file: Path, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=team).first()
        if tenant is None:
            raise CommandError(f"There is no team “{team}”.")
        record(Action.TEAM_EXPORTED, actor=None, tenant=tenant.id, via="shell")
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
                manifest = leaving.export(tenant, opened)
        except FileExistsError:
            raise CommandError(f"{file} is there already. Choose another name.") from None
        except OSError as error:
            raise CommandError(f"{file} can’t be written: {error.strerror}.") from None
        except KeyLost as error:
            file.unlink(missing_ok=True)
            raise CommandError(f"The signing key doesn’t open. {error.next}") from None
        self.stdout.write(f"{file}: {len(manifest['files']):,} files. To check it: python3 verify.py {file.name}")
