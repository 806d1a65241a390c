from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from apps.upstream import board
from apps.upstream.waits import BEFORE_ANSWERS

from .permissions import untold


class TenantsConfig(AppConfig):
    name = "apps.tenants"

    def ready(self) -> None:
        """Refuses to start if the tables leave out a role, a permission or a class of data."""
        if found := untold():
            raise ImproperlyConfigured(f"apps/tenants/permissions.py: {'; '.join(found)}.")
        if "pool" in connection.settings_dict.get("OPTIONS", {}):
            BEFORE_ANSWERS.append(give_back_connection)
        if settings.IS_CACHE_SHARED:
            from .agreed import CacheBoard  # reads models, which are not loaded before

            board.use(CacheBoard())


def give_back_connection() -> None:
    """A page that waits for an API leaves its connection to the others: there are fewer of them than threads."""
    if connection.connection is not None and not connection.in_atomic_block:
        connection.close()
