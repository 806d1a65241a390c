import uuid
from dataclasses import replace
from typing import Any

import pytest

from apps.tenants.sealing import CannotOpen, Place, open_seal, seal
from apps.upstream.secret import Secret

PLACE = Place(uuid.uuid4(), "IssuanceKey", uuid.uuid4(), "sealed")


def test_a_seal_opens_where_it_was_made_and_holds_no_trace_of_the_secret() -> None:
    sealed = seal(Secret("sandbox_abc"), PLACE)
    assert sealed.startswith("v1:tests:")
    assert "sandbox" not in sealed
    assert open_seal(sealed, PLACE).reveal() == "sandbox_abc"


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert seal(Secret("a"), PLACE) != seal(Secret("a"), PLACE)


@pytest.mark.parametrize(
    "elsewhere", [{"tenant": uuid.uuid4()}, {"model": "Other"}, {"row": uuid.uuid4()}, {"field": "other"}]
)
def test_a_seal_copied_elsewhere_does_not_open(elsewhere: dict[str, object]) -> None:
    sealed = seal(Secret("a"), PLACE)
    with pytest.raises(CannotOpen):
        open_seal(sealed, replace(PLACE, **elsewhere))  # type: ignore[arg-type]


def test_an_older_key_still_opens_and_the_first_one_seals(settings: Any) -> None:
    sealed = seal(Secret("a"), PLACE)
    settings.ENCRYPTION_KEYS = {"newer": b"n" * 32, **settings.ENCRYPTION_KEYS}
    assert open_seal(sealed, PLACE).reveal() == "a"
    assert seal(Secret("b"), PLACE).startswith("v1:newer:")


def test_a_lost_key_fails_closed_and_names_its_id(settings: Any) -> None:
    sealed = seal(Secret("a"), PLACE)
    settings.ENCRYPTION_KEYS = {"newer": b"n" * 32}
    with pytest.raises(CannotOpen, match="no key “tests”"):
        open_seal(sealed, PLACE)


def test_a_changed_byte_does_not_open() -> None:
    sealed = seal(Secret("a"), PLACE)
    with pytest.raises(CannotOpen):
        open_seal(sealed[:-6] + ("AAAAA=" if not sealed.endswith("AAAAA=") else "BBBBB="), PLACE)


def test_a_secret_shows_nothing_by_chance() -> None:
    secret = Secret("sandbox_abc")
    assert "sandbox_abc" not in f"{secret} {secret!r} {[secret]} {secret.__class__}"
