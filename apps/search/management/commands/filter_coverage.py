from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand

from apps.investments.listing import INVESTMENTS
from apps.listing.coverage import ways
from apps.upstream.issuance import contract


class Command(BaseCommand):
    help = "Prints how each filter of the contract is asked: field, control, address, what goes upstream."

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = ways(INVESTMENTS, contract.parameters("/api/investments/"), ZoneInfo("America/New_York"))
        for way in found:
            self.stdout.write(
                f"{way.field or way.parameter}: {way.control or 'NO CONTROL'}\n    {way.address}\n    → {way.sent}"
            )
        covered = sum(bool(way.control) for way in found)
        self.stdout.write(f"\n/api/investments/: {covered}/{len(found)}")
