"""Walking all pages of a sort gives each row once, though the API breaks ties again at every request."""

import os
import random
import re
from functools import partial

import pytest

from apps.investments.listing import INVESTMENTS
from apps.investors.listing import INVESTORS
from apps.listing.schema.listing import Listing
from apps.listing.show.table import Order, order_of
from apps.offerings.listing import OFFERINGS
from apps.tenants.models import FirebaseSignIn
from apps.upstream.decode import Row
from apps.users.listing import USERS
from tests.conftest import Person
from tests.stand_in import Sandbox

EVERY = [
    (listing, sign + name)
    for listing in (INVESTMENTS, INVESTORS, OFFERINGS, USERS)
    for name in listing.sortable
    for sign in ("", "-")
]
MUST = [(INVESTMENTS, "status"), (INVESTMENTS, "-quantity"), (INVESTMENTS, "payment_method"), (INVESTORS, "type")]
SAMPLE = EVERY if os.environ.get("SOAK") else [*MUST, *random.Random(11).sample(EVERY, 2)]


@pytest.mark.parametrize(("listing", "ordering"), SAMPLE, ids=lambda each: getattr(each, "name", each))
def test_each_row_stands_once(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, listing: Listing, ordering: str
) -> None:
    ids: list[str] = []
    page, number = "", 0
    while number == 0 or 'rel="next"' in page:
        number += 1
        page = ana.get(f"/acme/{listing.plural}/?ordering={ordering}&page={number}&page_size=100")
        assert page.status == 200
        ids += re.findall(rf'class="row-link" href="/acme/{listing.plural}/(\d+)/', page)
    total = re.search(r"<strong>([\d,]+)</strong>", page)
    assert total
    assert len(ids) == len(set(ids)) == int(total[1].replace(",", ""))


def test_the_stand_in_breaks_ties_at_random(sandbox: Sandbox) -> None:
    """Without an ID behind it, an order by status shows other rows each time: what the pages above must stand."""
    headers = {"Authorization": f"Api-Key {sandbox.key('Acme Robotics, all offerings')}"}
    ask = partial(sandbox.client.get, "/api/investments/?ordering=status&page_size=100", headers=headers)
    seen = {tuple(row["id"] for row in ask().json()["results"]) for _ in range(3)}
    assert len(seen) == 3


def test_an_id_is_the_last_key_of_lists_and_neighbors(ana: Person, sandbox: Sandbox) -> None:
    for path in ("", f"{sandbox.rows(1)[0]['id']}/"):
        sandbox.reset()
        ana.get(f"/acme/investments/{path}?ordering=status")
        asked = [query for query in sandbox.asked() if "page=" in query]
        assert asked
        assert all("ordering=status,-id" in query for query in asked)
    page = ana.get("/acme/investments/?ordering=status,-id", follow=False)
    assert page.headers["Location"].endswith("?ordering=status")


@pytest.mark.parametrize("name", ["payment_method", "offering__name", "created_at", "updated_at", "offering__slug"])
def test_every_field_of_the_contract_can_be_asked_as_an_order(ana: Person, sandbox: Sandbox, name: str) -> None:
    assert ana.get(f"/acme/investments/?ordering=-{name}").status == 200
    assert f"ordering=-{name},-id" in sandbox.asked()[-1]


def rows(*pairs: tuple[str, int]) -> list[Row]:
    return [{"status": status, "id": number} for status, number in pairs]


@pytest.mark.parametrize(
    ("found", "ordering", "order"),
    [
        (rows(("a", 9), ("a", 8), ("b", 10)), "status,-id", Order.KEPT),
        (rows(("a", 8), ("a", 9), ("b", 10)), "status,-id", Order.TIES),
        (rows(("b", 9), ("a", 8), ("b", 7)), "status,-id", Order.IGNORED),
        (rows(("a", 9), ("b", 8)), "-id", Order.KEPT),
        (rows(("a", 8), ("b", 9)), "-id", Order.IGNORED),
        (rows(("a", 8), ("b", 9)), "id", Order.KEPT),
        (rows(("a", 9), ("a", 8), ("a", 7)), "status,-amount,-id", Order.UNKNOWN),
    ],
)
def test_whether_an_order_was_kept_is_what_the_rows_show(found: list[Row], ordering: str, order: Order) -> None:
    assert order_of(found, ordering, INVESTMENTS.schema.specs) is order


def test_a_server_that_keeps_no_order_is_said(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("unordered", path="/api/investments/$")
    assert "Issuance didn’t sort by “-id”" in ana.get("/acme/investments/")
