"""axe over every place, light and dark, in a window and on a phone: clean is the floor. `make screens` photographs the same places."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import ViewportSize

from apps.tenants import members
from apps.tenants.models import Tenant
from apps.tenants.permissions import Role
from tests.browser.conftest import IN_THE_DARK, Accessible, Open
from tests.browser.places import PLACES, Place
from tests.browser.test_journey import widths
from tests.conftest import Person, person, sign_in_to_issuance
from tests.sampling import WHOLE, some
from tests.stand_in import Sandbox

WIDE = ViewportSize(width=1280, height=860)
PHONE = ViewportSize(width=390, height=844)
LETTER = ViewportSize(width=720, height=960)
"""What a printer prints on, less its margins."""
LOOKS: dict[str, tuple[Literal["light", "dark"], ViewportSize]] = {
    "light": ("light", WIDE),
    "dark": ("dark", WIDE),
    "phone": ("light", PHONE),
    "phone-dark": ("dark", PHONE),
}
LOOK_OF = {place.name: [*LOOKS][at % len(LOOKS)] for at, place in enumerate(PLACES)}
"""Where not all are run, each place in one look."""
SCREENS = os.environ.get("SCREENS", "")
"""A folder: where set, each place is photographed into it."""


@pytest.fixture
def who(acme: Tenant, borealis: Tenant) -> Callable[[str], Person | None]:
    def who(role: str) -> Person | None:
        if not role:
            return None
        if role == "none":
            return person("cleo@nowhere.example")
        somebody = person(f"{role}@acme.example", acme, Role.OWNER if role == "two" else role)
        if role == "two":
            members.add(borealis, "two@acme.example", Role.SUPPORT, None)
        return somebody

    return who


@pytest.mark.parametrize("place", some(PLACES, 12), ids=lambda place: place.name)
def test_a_place_is_accessible(
    open_page: Open,
    who: Callable[[str], Person | None],
    sandbox: Sandbox,
    accessible: Accessible,
    place: Place,
) -> None:
    """One page in all four looks, so that a place is set up once; without motion, since a color on its way has no contrast yet."""
    visitor = who(place.role)
    sign_in_to_issuance(Tenant.objects.get(slug="acme"), sandbox, "Acme Robotics")
    prepared = place.prepare(sandbox)
    path = place.path.format(**prepared) if isinstance(prepared, dict) else place.path
    page = open_page(visitor, path, reduced_motion="reduce")
    place.act(page)
    for look in LOOKS if WHOLE else [LOOK_OF[place.name]]:
        colours, viewport = LOOKS[look]
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size(viewport)
        if SCREENS:
            page.screenshot(path=Path(SCREENS) / f"{place.name}-{look}.png", full_page=True)
        accessible(page, IN_THE_DARK if colours == "dark" else ())
    if SCREENS:
        page.emulate_media(media="print", color_scheme="light")
        page.set_viewport_size(LETTER)
        page.screenshot(path=Path(SCREENS) / f"{place.name}-print.png", full_page=True)
        page.emulate_media(media="screen")
    page.set_viewport_size(PHONE)
    needed, there = widths(page)
    assert needed <= there, "on the phone it would be wider than the screen"
    assert page.locator("h1:not([aria-level])").count() == 1, "a rendered text's own stand below it"
    assert page.title().endswith(("Issuer Dashboard", "Acme Robotics"))
