from django.apps import AppConfig


class DisclaimersConfig(AppConfig):
    name = "apps.disclaimers"

    def ready(self) -> None:
        from . import bindings  # noqa: F401 - it listens for a sign-in that leads to another Tokeny
