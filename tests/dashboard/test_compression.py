"""Pages are compressed for those who asked for them here, piece by piece, and never one that shows a secret."""

import gzip
import re
import zlib

import brotli
import pytest
from django.contrib.staticfiles import finders

from apps.tenants.models import Tenant
from tests.conftest import Person, person
from tests.disclaimers.conftest import written
from tests.exports.conftest import exported
from tests.overview.conftest import read_anew
from tests.stand_in import Sandbox

LIST = "/acme/investments/"
HERE = {"Accept-Encoding": "gzip, deflate, br", "Sec-Fetch-Site": "same-origin"}


def answer(who: Person, path: str, **headers: str) -> tuple[str, bytes]:
    """Encoding and body as sent."""
    response = who.client.get(path, headers=headers)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return response.headers.get("Content-Encoding", ""), body


@pytest.mark.parametrize("path", [LIST, f"{LIST}columns/", f"{LIST}?statuss=x", "/nowhere/"])
def test_a_page_is_the_same_compressed(ana: Person, path: str) -> None:
    encoding, body = answer(ana, path, **HERE)
    assert encoding == "gzip"
    plain = answer(ana, path)[1]
    assert re.sub(
        rb'value="\w{64}"|\d+:\d\d:\d\d|[0-9a-f]{12}|/newer/\d+/|[\d.]+ s\b|T\d\d[^"]*', b"", gzip.decompress(body)
    ) == re.sub(rb'value="\w{64}"|\d+:\d\d:\d\d|[0-9a-f]{12}|/newer/\d+/|[\d.]+ s\b|T\d\d[^"]*', b"", plain)


def test_each_piece_of_a_streamed_page_can_be_read_at_once(ana: Person) -> None:
    unzipped = zlib.decompressobj(31)
    seen = [unzipped.decompress(piece).decode() for piece in ana.client.get(LIST, headers=HERE).streaming_content]
    assert "Loading from Issuance" in seen[0]
    assert 'class="row-link"' not in seen[0]
    assert "</html>" in "".join(seen)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "cross-site"},
        {"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-site"},
        {"Accept-Encoding": "gzip;q=0", "Sec-Fetch-Site": "none"},
        {"Accept-Encoding": "br", "Sec-Fetch-Site": "none"},
    ],
)
def test_who_may_not_or_did_not_ask_here_gets_it_as_it_is(ana: Person, headers: dict[str, str]) -> None:
    assert answer(ana, f"{LIST}columns/", **headers)[0] == ""


def test_lengths_differ_from_answer_to_answer(ana: Person) -> None:
    assert len({len(answer(ana, f"{LIST}columns/", **HERE)[1]) for _ in range(8)}) > 3


def test_files_and_heads_are_left_alone(ana: Person) -> None:
    job = exported(ana, "?status=refunded").job
    assert answer(ana, f"/acme/exports/{job.pk}/file/", **HERE)[0] == ""
    response = ana.client.head(f"{LIST}columns/", headers=HERE)
    assert response.headers.get("Content-Encoding") is None


def test_a_password_shown_once_is_not_compressed(
    ana: Person, acme: Tenant, sandbox: Sandbox, signed_in: object
) -> None:
    response = ana.client.post("/acme/users/create/", {"email": "new@x.example"}, headers=HERE)
    assert b'id="made"' in response.content
    assert response.headers["Cache-Control"] == "no-transform, no-store"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize(
    ("name", "most"), [("sign-in", 45_000), ("list", 60_000), ("overview", 60_000), ("editor", 75_000)]
)
def test_a_first_visit_is_light(ana: Person, acme: Tenant, name: str, most: int) -> None:
    """All that a browser with nothing in its cache gets: files compressed by Brotli, pages by gzip; the Latin Extended font only
    for names that need it."""
    paths = {"sign-in": "/accounts/login/", "list": LIST, "overview": "/acme/"}
    if name == "overview":
        read_anew(acme)
    path = paths.get(name) or f"/acme/disclaimers/{written(acme, ana, 'A text.').pk}/edit/"
    who = person("nobody@x.example") if name == "sign-in" else ana
    if name == "sign-in":
        who.client.logout()
    encoding, body = answer(who, path, **HERE)
    assert encoding == "gzip"
    html = gzip.decompress(body).decode()
    files = sorted({*re.findall(r'(?:href|src)="/static/([^"#]+)', html)})
    assert len(files) >= 4
    total = len(body) + sum(weight(file) for file in files)
    assert total <= most, f"{name}: {total:,} bytes: {[(file, weight(file)) for file in files]}"


def weight(file: str) -> int:
    found = finders.find(file)
    assert found, file
    with open(found, "rb") as opened:
        content = opened.read()
    return len(content) if file.endswith(".woff2") else len(brotli.compress(content))
