"""The mailing list of a view: the investors whose investments it shows, each proved by the API, and how many calls it takes."""

import io
import itertools
import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

import openpyxl
import pytest

from apps.exports import making
from apps.exports.matching import folded, matched, most_calls
from apps.jobs import queue
from apps.jobs.models import Job
from apps.tenants.models import FirebaseSignIn, Tenant
from tests.conftest import ACME, Person, person
from tests.exports.conftest import Exported, file_of, work_off
from tests.exports.test_moving_at_random import FILTERS
from tests.jobs.test_queue import ended
from tests.stand_in import Sandbox

ROUNDS = 50
PAGE = "/acme/exports/new/mailing-list/"
Row = dict[str, Any]


def mailing(who: Person, address: str, form: str = "csv") -> Exported:
    who.post(PAGE + address, format=form)
    job = Job.objects.latest("at")
    work_off()
    job.refresh_from_db()
    assert job.state == "done", job.result
    return Exported(job, who.get(f"/acme/exports/{job.pk}/"), file_of(who, job)[1], who)


def plain_join(sandbox: Sandbox, fits: Callable[[Row], bool]) -> Counter[str]:
    return Counter(str(row["investor"]) for row in sandbox.rows(ACME) if fits(row))


def both(dice: random.Random) -> tuple[str, Callable[[Row], bool]]:
    """One filter, or two of different fields together."""
    first, second = dice.sample([*FILTERS], 2)
    names = [{part.split("=")[0].split("__")[0] for part in each.split("&")} for each in (first, second)]
    if dice.random() < 0.3 or names[0] & names[1]:
        return first, FILTERS[first]
    return f"{first}&{second}", lambda row: FILTERS[first](row) and FILTERS[second](row)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_it_is_a_plain_join(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox, seed: int) -> None:
    asked, fits = both(random.Random(seed))
    sandbox.reset()
    made = mailing(ana, f"?{asked}")
    assert Counter({row["Investor ID"]: int(row["Investments"]) for row in made.table}) == plain_join(sandbox, fits)
    assert made.job.result["beside"] == {"not_matched": {}}
    calls = [call for call in sandbox.ledger if call["path"] in ("/api/investments/", "/api/investors/")]
    assert made.manifest["calls"] <= len(calls) <= most_calls(sum(plain_join(sandbox, fits).values()), 1_333, 100)
    by_id = {row["investor"]: row for row in sandbox.rows(ACME)}
    assert all(row["Email"] == by_id[int(row["Investor ID"])]["email"] for row in made.table)


def world(
    dice: random.Random, investors: int, matching: int, unique: float
) -> tuple[dict[int, list[str]], Counter[int]]:
    """Investors by name, of whom so many have one to three investments."""
    names: dict[int, list[str]] = {}
    sole = int(investors * unique)
    for number in range(1, investors + 1):
        names[number] = [f"person {number}" if number <= sole else f"twin {(number - sole) // 2}"]
    found = Counter({number: dice.randrange(1, 4) for number in dice.sample(range(1, investors + 1), matching)})
    return names, found


def solved(people: dict[int, list[str]], named: dict[str, int], real: Counter[int]) -> tuple[dict[int, int], int, int]:
    calls = itertools.count()

    def count(ids: Any) -> int:
        next(calls)
        return sum(real[number] for number in ids)

    result = matched(named, people, count)
    return result.found, result.left, next(calls)


def test_603_investors_of_whom_300_match_take_fewer_than_100_calls() -> None:
    for seed in range(20):
        people, real = world(random.Random(seed), 603, 300, 0.9)
        named: Counter[str] = Counter()
        for number, times in real.items():
            named[people[number][0]] += times
        found, left, calls = solved(people, named, real)
        assert (found, left) == (dict(sorted(real.items())), 0)
        pages = -(-sum(real.values()) // 100) - (-603 // 100)
        assert calls + pages < 100, calls


def test_names_that_lie_never_make_a_wrong_list() -> None:
    """Whatever bears whatever name: who is found has as many investments as is said, and what is left is said."""
    for seed in range(200):
        dice = random.Random(seed)
        people, real = world(dice, 60, dice.randrange(0, 50), dice.random())
        if dice.random() < 0.5:
            real[999] = dice.randrange(1, 3)  # someone whom the sign-in does not see
        named: Counter[str] = Counter()
        for number, times in real.items():
            shown = (
                people.get(number, ["a stranger"])[0]
                if dice.random() < 0.7
                else dice.choice(["", "Other Name", "PERSON 1"])
            )
            named[shown] += times
        found, left, _ = solved(people, dict(named), real)
        assert left == sum(named.values()) - sum(found.values()) == real.get(999, 0)
        assert found == {number: times for number, times in sorted(real.items()) if number != 999}


def test_wrong_guesses_that_make_up_for_each_other_are_found() -> None:
    """A row bears the name of an investor whose it is not, and another investor has one more than bear their name."""
    people, truth = {1: ["ann lee"], 2: ["bob ray"], 7: ["lee trust"]}, {1: 0, 2: 2, 7: 1}
    named = {"Ann Lee": 1, "Bob Ray": 1, "Robert Ray": 1}
    result = matched(named, people, lambda ids: sum(truth[number] for number in ids))
    assert (result.found, result.left) == ({2: 2, 7: 1}, 0)


@pytest.mark.parametrize("seed", range(40))
def test_any_two_wrong_guesses_among_hundreds_are_found(seed: int) -> None:
    people = {number: [f"person {number}"] for number in range(1, 301)}
    truth = Counter(dict.fromkeys(people, 2))
    less, more = random.Random(seed).sample(sorted(people), 2)
    truth[less], truth[more] = 1, 3
    named = {f"Person {number}": 2 for number in people}
    calls = itertools.count()

    def count(ids: Any) -> int:
        next(calls)
        return sum(truth[number] for number in ids)

    assert matched(named, people, count).found == dict(sorted(truth.items()))
    assert next(calls) <= most_calls(600, 300, 100)


@pytest.mark.parametrize(("one", "other"), [("ÉLAN  Vital", "élan vital"), ("Ｗｅｉ", "wei"), (" a\u00a0b ", "A B")])
def test_names_are_compared_as_people_read_them(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_without_a_sign_in_it_says_what_is_needed(ana: Person) -> None:
    page = ana.get(PAGE)
    assert "which an owner can add under" in page
    ana.post(PAGE, format="csv")
    assert not Job.objects.exists()


def test_the_dialog_says_what_it_costs_and_what_it_does_not_tell(ana: Person, signed_in: FirebaseSignIn) -> None:
    page = ana.get(f"{PAGE}?status=refunded")
    assert "neither whether an investor agreed" in page
    assert "At most" in page
    assert "calls to" in page
    assert f'href="{PAGE}?status=refunded"' in ana.get("/acme/exports/new/investments/?status=refunded")


def test_who_is_not_among_the_team_s_investors_stands_in_a_list_of_their_own(
    ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox
) -> None:
    sandbox.fault("body", path="/api/investors/$", value='{"count":0,"next":null,"previous":null,"results":[]}')
    made = mailing(ana, "?status=refunded", "xlsx")
    assert made.manifest["rows"] == 0
    assert made.manifest["investments_not_matched"] == sum(made.job.result["beside"]["not_matched"].values()) > 10
    book = openpyxl.load_workbook(io.BytesIO(made.content))
    assert book.sheetnames == ["Mailing list", "Not matched", "Manifest"]
    assert book["Not matched"].max_row == len(made.job.result["beside"]["not_matched"])
    assert "couldn’t be matched to an investor" in made.page


def test_another_worker_does_not_ask_again(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    ana.post(f"{PAGE}?status=invested", format="csv")
    first = queue.claim(["export"])
    assert first
    ticks = itertools.count()

    def act() -> bool:
        first.next_beat = 0.0
        if next(ticks) == 60:
            ended(first.job)
            others.append(queue.claim(["export"]))
        return False

    others: list[Any] = []
    first.is_ending = act
    with pytest.raises(queue.Lost):
        making.make(first)
    asked = {call["query"] for call in sandbox.ledger if "investor__in" in call["query"]}
    sandbox.reset()
    making.make(others[0])
    job = Job.objects.get()
    assert job.state == "done"
    again = {call["query"] for call in sandbox.ledger if "investor__in" in call["query"]}
    assert asked
    assert len(asked & again) <= 1, "the one that was under way"
    assert (
        Counter(row.split(",")[3] for row in file_of(ana, job)[1].decode().splitlines()[1:]).keys()
        == plain_join(sandbox, lambda row: row["status"] == "invested").keys()
    )


def test_marketing_has_it_and_others_do_not(acme: Tenant, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    mary = person("mary@acme.example", acme, "marketing")
    assert mailing(mary, "?amount__gte=5000").manifest["role"] == "Marketing"
    for role in ("support", "compliance"):
        assert person(f"{role}@acme.example", acme, role).get(PAGE).status == 403


def test_investments_that_do_not_rest_are_said(ana: Person, signed_in: FirebaseSignIn, sandbox: Sandbox) -> None:
    ana.post(f"{PAGE}?status=received", format="csv")
    lease = queue.claim(["export"])
    assert lease
    numbers = [row["id"] for row in sandbox.rows(ACME) if row["status"] == "received"]
    turns = itertools.cycle(
        [*((number, "invested") for number in numbers), *((number, "received") for number in numbers)]
    )

    def turn(number: int, status: str) -> None:
        with closing(sqlite3.connect(sandbox.file, timeout=20)) as file, file:
            file.execute("update sandbox_investment set status = ? where id = ?", (status, number))

    lease.is_ending = lambda: bool(turn(*next(turns)))  # type: ignore[func-returns-value]
    try:
        making.make(lease)
    finally:
        for number in numbers:
            turn(number, "received")
    manifest = Job.objects.get().result["proof"]["manifest"]
    assert not manifest["is_complete"]
    assert "Rows changed while the file was made" in manifest["incomplete_because"][0]
