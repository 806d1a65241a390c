import logging

import pytest
import structlog

from apps.audit.scrubbing import clean, scrub


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Authorization: Api-Key sandbox_0123456789abcdef", "Authorization: Api-Key [removed]"),
        ("bearer abc.def-ghi_jkl", "bearer [removed]"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln", "jwt [removed]"),
        ("got eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln back", "got [removed token] back"),
        ("password=hunter2hunter2&x=1", "password=[removed]&x=1"),
        ("mail to ana.b+c@acme.example failed", "mail to [removed address] failed"),
        ("ana%40acme.example", "[removed address]"),
        ("GET /acme/investments/?search=Nakamura HTTP", "GET /acme/investments/?[removed query] HTTP"),
        ("nothing to hide: 3 rows", "nothing to hide: 3 rows"),
    ],
)
def test_what_looks_like_a_secret_or_an_address_is_taken_out(said: str, kept: str) -> None:
    assert clean(said) == kept


def test_every_text_of_an_event_is_cleaned_whatever_its_key() -> None:
    event = scrub(None, "info", {"event": "x", "detail": "a@b.example", "n": 3, "list": ["c@d.example"], "none": None})
    assert event == {"event": "x", "detail": "[removed address]", "n": 3, "list": "['[removed address]']", "none": None}


def test_an_error_with_a_secret_in_it_is_logged_without(capsys: pytest.CaptureFixture[str]) -> None:
    root_handler = logging.getLogger().handlers[0]
    try:
        raise ValueError("Api-Key sandbox_0123456789abcdef for ana@acme.example")
    except ValueError:
        record = logging.getLogger("x").makeRecord(
            "x", 40, "f", 1, "failed for %s", ("a@b.example",), __import__("sys").exc_info()
        )
    line = next(h for h in logging.getLogger().handlers if type(h) is logging.StreamHandler).format(record)
    assert root_handler
    assert "Traceback" in line
    for secret in ("sandbox_0123456789abcdef", "ana@acme.example", "a@b.example"):
        assert secret not in line
    assert structlog.is_configured()
