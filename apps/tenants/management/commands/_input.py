"""Input shared by this app's commands."""

import sys

from django.core.management import CommandError

from apps.tenants.models import Tenant
from apps.upstream.secret import Secret


def secret_from_stdin() -> Secret:
    """Strips the last line break. A secret is never an argument, which every process of the machine could see."""
    text = sys.stdin.read().rstrip("\r\n")
    if not text:
        raise CommandError("Nothing came on standard input. Example: … < file-with-the-secret")
    return Secret(text)


def tenant_named(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise CommandError(f"Team “{slug}” doesn’t exist. Create it with: manage.py create_tenant {slug} --name …")
    return tenant
