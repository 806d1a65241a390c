from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "apps.staff"

    def ready(self) -> None:
        from . import signals  # noqa: F401
