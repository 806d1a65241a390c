from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from .permissions import untold


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        """A role, a permission or a class of data that the tables forget is no reason to guess."""
        if found := untold():
            raise ImproperlyConfigured(f"apps/tenants/permissions.py: {'; '.join(found)}.")
