from django.apps import AppConfig


class DisclaimersConfig(AppConfig):
    name = "apps.disclaimers"

    def ready(self) -> None:
        from . import bindings, turns  # noqa: F401 - one listens for a sign-in to another Tokeny, one adds to each page's look-up
