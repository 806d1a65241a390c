"""Mutations of real bodies: whatever comes, nothing is unhandled and no amount is shown that was not sent."""

import os
import random
import re
from typing import Any

import httpx
import pytest

from apps.investments.fields import INVESTMENT
from apps.investments.listing import COLUMNS
from apps.listing.schema.cells import CellContext
from apps.listing.show.oddities import oddities
from apps.listing.show.table import render_rows
from apps.upstream.errors import Unreadable
from apps.upstream.issuance.client import read_page
from apps.upstream.transport import Reply
from tests.conftest import ACME_KEY, Person
from tests.listing.test_values import NEW_YORK
from tests.stand_in import Sandbox

pytestmark = pytest.mark.untraced  # thousands of cases of the same lines

BODIES = int(os.environ.get("HOSTILE_BODIES", "10000"))
INSERTS = (
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\x00",
    b"\xff",
    b"null",
    b"1e999",
    b"NaN",
    b"-",
    b"\\ud800",
    b"9" * 400,
    b'"amount":"1.00",',
    b" ",
    b"\n",
)


def mutated(dice: random.Random, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(dice.choice((1, 1, 2, 4))):
        at = dice.randrange(len(changed))
        match dice.randrange(5):
            case 0:
                changed[at] = dice.randrange(256)
            case 1:
                del changed[at : at + dice.choice((1, 3, 40))]
            case 2:
                changed[at:at] = dice.choice(INSERTS)
            case 3:
                del changed[at:]
            case _:
                start = dice.randrange(len(changed))
                changed[at:at] = changed[start : start + dice.choice((5, 60))]
        if not changed:
            changed = bytearray(b"{}")
    return bytes(changed)


def shown(body: bytes) -> str:
    page = read_page(Reply(body))
    oddities(page.rows, INVESTMENT.specs)
    return render_rows(page.rows, COLUMNS, CellContext(NEW_YORK))


def test_ten_thousand_hostile_bodies_are_shown_exactly_or_refused(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Api-Key {sandbox.key(ACME_KEY)}"}
    body = httpx.get(f"{sandbox.url}/api/investments/?page_size=5", headers=headers, trust_env=False).content
    dice, outcomes = random.Random(7), {"shown": 0, "refused": 0}
    for _ in range(BODIES):
        hostile = mutated(dice, body)
        try:
            html = shown(hostile)
        except Unreadable:
            outcomes["refused"] += 1
            continue
        outcomes["shown"] += 1
        for amount in re.findall(r'<data value="([^"]*)"', html):
            assert amount.encode() in hostile, "an amount that was not sent"
        assert unambiguous(hostile)
    assert min(outcomes.values()) > BODIES // 20, outcomes


@pytest.mark.parametrize("depth", [400, 600, 800, 950])
def test_an_answer_nested_as_deep_as_python_goes_is_a_panel(ana: Person, sandbox: Sandbox, depth: int) -> None:
    sandbox.fault("body", path="/api/investments/$", value='{"a":' * depth + "1" + "}" * depth)
    page = ana.get("/acme/investments/")
    assert (page.status, page.count("Couldn’t read")) == (200, 1)
    assert "The fault is ours" not in page


def unambiguous(body: bytes) -> bool:
    """No row has a name twice: of two amounts neither may be shown."""
    import json

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(pairs)) == len(pairs), "a name stands twice, and one of its values was shown"
        return dict(pairs)

    json.loads(body, object_pairs_hook=once)
    return True
