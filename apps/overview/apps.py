from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "apps.overview"

    def ready(self) -> None:
        """The navigation tells on each page what waits for the team: it comes with the page's one look-up."""
        from apps.tenants.known import PARTS, Part

        from .models import Digest

        PARTS["digests"] = Part(Digest, "tenant_id = team.id", "tenant_id")
