from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apps.evidence import people
from apps.staff.models import StaffMember
from apps.tenants.members import LastOwner

from ._telling import told


class Command(BaseCommand):
    help = "List what is held here of a staff member, and with --remove take away what needn’t stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--remove", action="store_true")

    def handle(self, *, email: str, remove: bool, **options: Any) -> None:
        person = StaffMember.objects.filter(email__iexact=email.strip()).first()
        if person is None:
            raise CommandError("No one has this email here.")
        teams = [each.tenant for each in person.memberships.select_related("tenant")]
        held = people.of_staff(person)
        if remove:
            try:
                people.remove(held, f"staff:{person.pk}", teams)
            except LastOwner:
                raise CommandError("They are a team’s only owner. Make someone else an owner first.") from None
        self.stdout.write(told(held, is_removed=remove))
