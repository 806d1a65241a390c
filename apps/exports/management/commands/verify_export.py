import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.exports.manifest import ENDING, NotProved, check, sha256_of
from apps.tenants import signing


class Command(BaseCommand):
    help = (
        "Check that a file is what its signed manifest says, and say by whom it was made. Asks nothing of any network."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--manifest", type=Path, help=f"the file's name with {ENDING}, if it is not beside it")
        parser.add_argument("--public-key", default="", help="base64; without it, those of this installation")

    def handle(self, *, file: Path, manifest: Path | None, public_key: str, **options: Any) -> None:
        proof = read(manifest or file.with_name(file.name + ENDING))
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        try:
            held = check(sha256_of(file), proof, {public_key} if public_key else signing.public_keys())
        except NotProved as error:
            raise CommandError(str(error)) from None
        whole = "complete" if held["is_complete"] else f"incomplete ({' '.join(held['incomplete_because'])})"
        self.stdout.write(
            f"{file.name} is genuine: {held['rows']:,} {held['list']} of {held['team']}, {whole}, "
            f"made at {held['made_at']} for {held['made_for']} ({held['role']})."
        )


def read(path: Path) -> dict[str, Any]:
    try:
        proof = json.loads(path.read_text())
    except OSError:
        raise CommandError(f"There is no manifest {path}.") from None
    except ValueError:
        raise CommandError(f"{path} is no manifest.") from None
    if not isinstance(proof, dict):
        raise CommandError(f"{path} is no manifest.")
    return proof
