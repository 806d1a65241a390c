"""What a screen reader meets on five journeys: roles, names and live regions, as text. `READERS=write` writes them anew."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from apps.disclaimers import drafting
from apps.tenants.models import FirebaseSignIn, Tenant, TokenySignIn
from tests.browser.conftest import IS_FIREFOX, Open, open_filter
from tests.browser.places import blocked
from tests.conftest import Person
from tests.disclaimers.conftest import approved, member, written
from tests.disclaimers.conftest import at_tokeny as at_tokeny
from tests.disclaimers.conftest import cora as cora
from tests.stand_in import Sandbox

pytestmark = pytest.mark.skipif(IS_FIREFOX, reason="the text is Chromium's own")
FOLDER = Path(__file__).parent / "readers"
VARIES = (
    (r"\b\d{1,2}:\d\d(:\d\d)? [AP]M\b", "TIME"),
    (r"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2}, \d{4}\b", "DAY"),
    (r"127\.0\.0\.1:\d+", "HOST"),
    (r"\b[0-9a-f]{64}\b", "SHA-256"),
    (r"/disclaimers/\d+/", "/disclaimers/N/"),
    (r"\d+ days? (left|ago)", "N days"),
)


def a_filter(page: Page) -> None:
    open_filter(page, "Status")


def a_search(page: Page) -> None:
    page.locator("#find").press_sequentially("Nakamura")
    page.locator("#find-hits h2").first.wait_for()


JOURNEYS: dict[str, tuple[str, str, Callable[[Page], object]]] = {
    "filter": ("/acme/investments/?status=received", "form.bar", a_filter),
    "investment": ("/acme/investments/1999/", "main", lambda page: None),
    "search": ("/acme/investments/", "form.find", a_search),
    "review": ("/acme/disclaimers/{waiting}/versions/1/", "aside", lambda page: None),
    "publish": ("/acme/disclaimers/{ready}/publish/", "main", lambda page: None),
}
"""Page, what is read of it, and what is done first."""


def steady(text: str) -> str:
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    return text.strip() + "\n"


@pytest.mark.parametrize("journey", JOURNEYS)
def test_what_a_reader_meets(
    open_page: Open,
    ana: Person,
    cora: Person,
    acme: Tenant,
    at_tokeny: TokenySignIn,
    signed_in: FirebaseSignIn,
    sandbox: Sandbox,
    journey: str,
) -> None:
    blocked(sandbox)
    waiting, ready = (written(acme, ana, "You may **lose** all you invest.\n", title) for title in ("Fees", "Risks"))
    drafting.send_for_approval(waiting, member(ana))
    approved(ready, ana, cora)
    path, part, act = JOURNEYS[journey]
    page = open_page(cora if journey == "review" else ana, path.format(waiting=waiting.pk, ready=ready.pk))
    act(page)
    heard = steady(page.locator(part).first.aria_snapshot())
    file = FOLDER / f"{journey}.txt"
    if os.environ.get("READERS") == "write":
        FOLDER.mkdir(exist_ok=True)
        file.write_text(heard)
    assert heard == file.read_text()
