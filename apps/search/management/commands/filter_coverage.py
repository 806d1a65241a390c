from typing import Any
from zoneinfo import ZoneInfo

from django.core.management import BaseCommand

from apps.listing import ways
from apps.search.parts import LISTINGS
from apps.upstream.issuance import contract
from apps.upstream.issuance.contract import PAGING


class Command(BaseCommand):
    help = "List every API filter with its field, control, page URL, and upstream query."

    def handle(self, *arguments: Any, **options: Any) -> None:
        totals, usable = [], 0
        for listing in LISTINGS:
            parameters = contract.parameters(listing.path)
            found = ways(listing, parameters, ZoneInfo("America/New_York"))
            for way in found:
                self.stdout.write(
                    f"{way.field or way.parameter}: {way.control or 'NO CONTROL'}\n    {way.address}\n    → {way.sent}"
                )
            covered = sum(bool(way.control) for way in found)
            # search has the bar's first box; order, page and size have the head and the foot of the table
            others = [
                name
                for name in ("search", *PAGING)
                if name in parameters and (name in PAGING or name in listing.parameters)
            ]
            usable += covered + len(others)
            totals.append(
                f"{listing.path}: {covered}/{len(found)} filters, {covered + len(others)}/{len(parameters)} parameters"
            )
        every = sum(len(contract.parameters(listing.path)) for listing in LISTINGS)
        self.stdout.write("\n" + "\n".join([*totals, f"all lists: {usable}/{every} parameters"]))
