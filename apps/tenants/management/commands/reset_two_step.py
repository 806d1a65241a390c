from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.staff.models import StaffMember
from apps.tenants import two_step


class Command(BaseCommand):
    help = "Remove the passkeys, authenticator app and recovery codes of a person who lost them, for example a team’s last owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--reason", required=True, help="for the audit log: how you made sure it’s them")

    def handle(self, *, email: str, reason: str, **options: Any) -> None:
        person = StaffMember.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"No one has the email {email}.")
        had_any = two_step.reset(person, reason, None)
        self.stdout.write(f"{person.email} had {'a second step, which was removed' if had_any else 'no second step'}.")
