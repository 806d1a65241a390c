"""The token of a form: another one on each page, all of which Django takes."""

import re

from django.test import Client

from apps.staff.csrf import SIGNS, random_text
from tests.conftest import Person
from tests.investments.test_list import LIST
from tests.stand_in import Sandbox

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def test_every_page_has_a_token_of_its_own_and_all_are_taken(ana: Person) -> None:
    ana.client.handler.enforce_csrf_checks = True
    tokens = [TOKEN.search(ana.get("/accounts/password/change/"))[1] for _ in range(20)]  # type: ignore[index]
    assert len({*tokens}) == len({token[:32] for token in tokens}) == 20
    for token in tokens[:5]:  # the first comes with the cookie
        assert ana.post("/accounts/password/change/", csrfmiddlewaretoken=token).status == 200
    assert ana.post("/accounts/password/change/", csrfmiddlewaretoken=tokens[0][::-1]).status == 403


def test_signing_out_sends_a_token(ana: Person, sandbox: Sandbox) -> None:
    """Its form stands in a part that is drawn once; its token does not."""
    ana.client.handler.enforce_csrf_checks = True
    page = ana.get(LIST)
    field = re.search(r'<input type="hidden" name="csrfmiddlewaretoken" value="(\w+)" form="sign-out">', page)
    assert field
    assert '<form id="sign-out" method="post" action="/accounts/logout/"' in page
    ana.post("/accounts/logout/", csrfmiddlewaretoken=field[1])
    assert "Sign in" in ana.get(LIST)


def test_a_part_of_a_page_without_a_form_makes_none(ana: Person, sandbox: Sandbox) -> None:
    fresh = Client()
    fresh.force_login(ana.member)  # type: ignore[arg-type]
    answer = fresh.get("/acme/search/suggest/?q=", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "csrf" not in answer.cookies


def test_signs_are_spread_evenly() -> None:
    text = random_text(62_000)
    assert len(text) == 62_000
    assert {*text} == {*SIGNS}
    assert all(800 < text.count(sign) < 1_200 for sign in SIGNS)
