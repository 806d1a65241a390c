"""Public exposure of a raise: every shape that the summary was seen to have, in words, with few calls and no key."""

from typing import Any

import pytest

from apps.offerings.models import Exposure, ExposureCheck
from tests.conftest import Person, person
from tests.stand_in import Sandbox

SUMMARY = "/api/investments/summary/"
PATH = "/acme/offerings/3/exposure/"


def told(**total: Any) -> dict[str, Any]:
    return {"total_amount_committed": total}


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("", None, Exposure.SINGLES),
        ("status", 401, Exposure.NOTHING),
        ("status", 403, Exposure.NOTHING),
        ("status", 404, Exposure.NOTHING),
        ("changed", told(amount=12.5, count=3), Exposure.TOTALS),
        ("changed", told(amount=12.5, investor_count=3), Exposure.TOTALS),
        ("changed", told(count=3), Exposure.COUNT),
        ("changed", told(), Exposure.NOTHING),
        ("html-500", None, Exposure.UNKNOWN),
        ("body", "[]", Exposure.UNKNOWN),
        ("body", '{"total_raised":123456.5,"investors":3}', Exposure.UNKNOWN),
        ("body", '{"total_amount_committed":[{"amount":1.0}]}', Exposure.UNKNOWN),
        ("changed", told(amount="123456.00", investor_count=5), Exposure.TOTALS),
    ],
)
def test_what_a_stranger_learns_is_said_in_words(
    ana: Person, sandbox: Sandbox, kind: str, value: Any, found: Exposure
) -> None:
    if kind:
        sandbox.fault(kind, path=SUMMARY, value=value)
    page = ana.post(PATH)
    from apps.offerings.exposure import EXPLAINED

    assert EXPLAINED[found] in page
    assert ExposureCheck.objects.get().found == found
    calls = [call for call in sandbox.ledger if call["path"] == SUMMARY]
    assert len([call for call in calls if not call["authorized"]]) == len(calls)
    assert len(calls) <= 3


def test_no_figure_is_kept(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path=SUMMARY, value=told(amount=987654.32, count=4321))
    assert "987654" not in ana.post(PATH)
    check = ExposureCheck.objects.get()
    assert "4321" not in f"{check.found} {check.said}"


def test_only_owners_ask(acme: Any, sandbox: Sandbox) -> None:
    assert person("m@acme.example", acme, "manager").post(PATH).status == 403
    assert sandbox.ledger == []


def test_the_page_says_when_it_was_asked(ana: Person) -> None:
    assert "Not checked yet" in ana.get("/acme/offerings/3/")
    ana.post(PATH)
    page = ana.get("/acme/offerings/3/")
    assert "Checked " in page
    assert "Only Issuance can fix this" in page


def test_a_narrow_question_that_goes_unanswered_leaves_it_unknown(ana: Person, sandbox: Sandbox) -> None:
    sandbox.fault("changed", path=SUMMARY, value={}, times=1)
    sandbox.fault("throttled", path=SUMMARY, value=60)
    assert "Public access couldn’t be checked." in ana.post(PATH)
    sandbox._ask("DELETE", "faults")
    assert 'class="panel"' not in ana.get("/acme/offerings/3/")
