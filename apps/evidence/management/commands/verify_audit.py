import re
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError
from django.db import connection

from apps.audit import guards
from apps.audit.models import NOBODY
from apps.evidence import rows
from apps.evidence import verify as verify_py
from apps.evidence.heads import Elsewhere
from apps.evidence.heads import read as elsewhere
from apps.evidence.verifying import Head, Report, chains, trusted_keys, verify
from apps.tenants.models import Tenant

TOLD = 20


class Command(BaseCommand):
    help = (
        "Compare the audit log with what was sealed, and say what differs, from the first entry on. Ends with 1 if anything "
        "does. Give it the file of AUDIT_HEADS_FILE, or heads from emails: without them a log whose end was cut looks whole."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--team", help="the team’s slug; without it, all teams and what concerns none")
        parser.add_argument("--heads", type=Path, metavar="FILE", help="heads that were kept outside the database")
        parser.add_argument("--record", type=Path, metavar="ZIP", help="a record or an export instead of the database")
        parser.add_argument("--head", metavar="NUMBER:HASH", help="one head, from an email; with --team")

    def handle(
        self, *, team: str | None, heads: Path | None, head: str | None, record: Path | None, **options: Any
    ) -> None:
        if record:
            self.check_record(record)
            return
        kept, keys, unread = read(heads) if heads else Elsewhere({}, set(), 0)
        if head:
            kept = kept | mailed(team, head)
        names = {tenant.id: tenant.slug for tenant in Tenant.objects.all()}
        asked = [one for one in sorted({*chains(), *kept}) if team is None or names.get(one) == team]
        if team and team not in names.values():
            raise CommandError(f"There is no team “{team}”.")
        trusted = trusted_keys() | keys
        reports = [verify(chain, trusted, kept.get(chain)) for chain in asked]
        for report in reports:
            self.tell(report, names.get(report.chain) or other(report.chain))
        if missing := guards.missing(connection):
            self.stdout.write(f"WRONG  Triggers are missing: {', '.join(missing)}.")
        if vanished := rows.vanished():
            self.stdout.write(
                f"WRONG  Entry {vanished[0]} was removed before it was sealed ({len(vanished):,} in all)."
            )
        if unread:
            self.stdout.write(f"       {unread:,} lines of {heads} aren’t heads, and were left out.")
        if not kept:
            self.stdout.write(
                "       Without heads that were kept elsewhere (--heads), it can’t be known whether newer entries were "
                "removed, or the log was sealed again."
            )
        if missing or vanished or any(report.findings for report in reports):
            raise SystemExit(1)

    def check_record(self, path: Path) -> None:
        """As its own verify.py does, against the keys that are ours."""
        results = [verify_py.checked(path, key) for key in sorted(trusted_keys()) or [""]]
        wrong, said = min(results, key=lambda each: len(each[0]))
        for words in [*said, *(f"WRONG  {each}" for each in wrong)]:
            self.stdout.write(words)
        if wrong:
            raise SystemExit(1)
        self.stdout.write("OK")

    def tell(self, report: Report, name: str) -> None:
        mark = "WRONG " if report.findings else "ok    "
        sealed = f", the newest sealed at {report.sealed_at}" if report.sealed_at else ""
        self.stdout.write(
            f"{mark} {name}: {report.verified:,} entries verified in {report.segments:,} segments{sealed}"
            f"{f', {report.purged:,} purged' if report.purged else ''}; "
            f"{report.waiting:,} not sealed yet{f', the newest of {report.newest} UTC' if report.waiting else ''}; "
            f"{report.heads:,} heads compared."
        )
        for finding in report.findings[:TOLD]:
            self.stdout.write(f"       {finding.words}")
        if len(report.findings) > TOLD:
            self.stdout.write(f"       And {len(report.findings) - TOLD:,} more.")


def read(path: Path) -> Elsewhere:
    """Raises CommandError."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            found = elsewhere(lines)
    except OSError as error:
        raise CommandError(f"{path} can’t be read: {error.strerror}.") from None
    if not found.heads:
        raise CommandError(f"{path} holds no head of an audit log.")
    return found


def mailed(team: str | None, head: str) -> dict[UUID, dict[int, Head]]:
    """Raises CommandError."""
    found = re.fullmatch(r"([1-9][0-9]{0,15}):([0-9a-f]{64})", head)
    tenant = Tenant.objects.filter(slug=team or "").first()
    if not found or not tenant:
        raise CommandError("Give --team and --head, such as --team acme --head 312:9f2c…, as an email has them.")
    return {tenant.id: {int(found[1]): Head(found[2])}}


def other(chain: UUID) -> str:
    return "no team" if chain == NOBODY else f"a team that is gone ({chain})"
