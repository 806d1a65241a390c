from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from .permissions import untold


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        """Refuses to start if the tables leave out a role, a permission or a class of data."""
        if found := untold():
            raise ImproperlyConfigured(f"apps/tenants/permissions.py: {'; '.join(found)}.")
