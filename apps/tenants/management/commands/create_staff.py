from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from apps.staff.models import StaffMember
from apps.tenants import members
from apps.tenants.permissions import Role
from apps.upstream.secret import Secret

from ._input import secret_from_stdin, tenant_named


class Command(BaseCommand):
    help = "Add a person to a team. Reads a new person’s password from standard input; existing people keep theirs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--tenant", required=True)
        parser.add_argument("--role", required=True, choices=Role.values)

    def handle(self, *, email: str, tenant: str, role: str, **options: Any) -> None:
        team = tenant_named(tenant)
        person = StaffMember.objects.filter(email__iexact=email).first()
        done = "password unchanged" if person else "made"
        with transaction.atomic():
            person = person or new_person(email, secret_from_stdin())
            membership, is_new = members.add(team, person.email, Role(role), None)
            try:
                if not is_new:
                    members.change_role(membership, Role(role), None)
            except members.LastOwner:
                raise CommandError(
                    f"{email} is the last owner of {tenant}. Make someone else an owner first."
                ) from None
        self.stdout.write(f"{person.email} ({done}) is now {role} of {tenant}.")


def new_person(email: str, password: Secret) -> StaffMember:
    try:
        validate_email(email)
        validate_password(password.reveal(), StaffMember(email=email))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return StaffMember.objects.create_user(email, password.reveal())
