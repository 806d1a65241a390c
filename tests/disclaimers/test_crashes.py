"""A worker that ends at any step, beside an answer that is lost in any way: nothing lost, no silent duplicate, every unknown seen.

1,120 cases in `make soak`, a seeded 40 in `make test`. What is checked is what Tokeny's stand-in holds and was asked, not our rows.
"""

import os
import random
import time
from collections.abc import Iterator
from itertools import product

import pytest

from apps.disclaimers import drafting, publishing, sending, watching
from apps.disclaimers.models import Push, PushState
from apps.tenants.models import Tenant, TokenySignIn
from apps.upstream.limits import forget_all
from tests.conftest import Person
from tests.disclaimers.conftest import Clock, approved, at_each_step, member, published, rewritten, written
from tests.stand_in import Sandbox

POINTS = (
    "claimed", "opened", "listed", "checked", "marked", "answered", "confirmed", "read back", "ended", "lost", "unknown",
    "look claimed", "look listed", "look settled",
)  # fmt: skip
LOSSES: dict[str, tuple[str, object] | None] = {
    "lost request": ("lost-request", None), "lost reply": ("lost-reply", None), "500 after commit": ("html-500", None),
    "late commit": ("late", 0.25),
}  # fmt: skip
SEEDS = 10 if os.environ.get("SOAK") else 1
EVERY = list(product(POINTS, ("create", "update"), LOSSES, range(SEEDS)))
CASES = EVERY if os.environ.get("SOAK") else random.Random(6).sample(EVERY, 16)


class Killed(BaseException):
    """The process is gone: nothing after it runs."""


@pytest.fixture
def kill() -> Iterator[list[str]]:
    """Names put in here end the worker when it reaches them, once."""
    points: list[str] = []

    def listener(point: str) -> None:
        if point in points:
            points.remove(point)
            raise Killed

    with at_each_step(listener):
        yield points


def run(clock: Clock) -> None:
    """A worker from its start until nothing is due, or until it is killed."""
    try:
        for _ in range(30):
            if not sending.work(clock):
                return
    except Killed:
        pass


def test_the_cases_cover_what_was_asked() -> None:
    assert len(POINTS) >= 12
    assert len(EVERY) == len(POINTS) * 2 * len(LOSSES) * SEEDS


@pytest.mark.parametrize(("point", "operation", "loss", "seed"), CASES)
def test_a_killed_worker_and_a_lost_answer(
    acme: Tenant, ana: Person, cora: Person, at_tokeny: TokenySignIn, sandbox: Sandbox, kill: list[str],
    point: str, operation: str, loss: str, seed: int,
) -> None:  # fmt: skip
    dice = random.Random(f"{point}{operation}{loss}{seed}")
    sandbox.by_others("somebody else's", times=dice.choice((0, 1, 150)) or 1)
    text = f"You may lose everything. {seed} {point} {operation} {loss} {dice.random()}"
    made = written(acme, ana, text)
    approved(made, ana, cora)
    if operation == "update":
        published(made, ana)
        text += " And more."
        rewritten(made, ana, cora, text)
    push = publishing.push(made, member(ana))
    sandbox.reset()
    if fault := LOSSES[loss]:
        method = "PUT" if operation == "update" else "POST"
        sandbox.fault(fault[0], path="/disclaimers", method=method, value=fault[1], times=1)
    kill.append(point)
    clock = Clock()
    run(clock)
    for wait in (3, 130, 15, 70, 310, 700):  # other workers, as time goes by
        if loss == "late commit" and wait in (3, 700):  # whoever sent it, the last look comes after what was late
            time.sleep(0.5)
        clock.forward(wait)
        forget_all()
        run(clock)
    check(acme, push, text, sandbox)


def check(acme: Tenant, push: Push, text: str, sandbox: Sandbox) -> None:
    push.refresh_from_db()
    sent = [
        call for call in sandbox.ledger if call["method"] in ("POST", "PUT") and call["path"].startswith("/disclaimers")
    ]
    holding = [number for number, held in sandbox.disclaimers.items() if held == text]
    assert len(sent) <= 1, "a write was repeated"
    assert len(holding) <= 1, "a silent duplicate"
    assert push.state in (PushState.CONFIRMED, PushState.UNKNOWN), "an intent was lost"
    if push.state == PushState.CONFIRMED:
        assert holding == [push.tokeny_id], "called published, and is not there"
    else:
        assert holding == [], "it is there, and was not found"
        assert len(sent) == 1 or push.sent_at
    if holding and push.state == PushState.CONFIRMED:
        watching.compare(acme)
        push.disclaimer.refresh_from_db()
        assert push.disclaimer.drift == ""


@pytest.mark.parametrize("seed", range(500 if os.environ.get("SOAK") else 24))
def test_two_editors_and_an_outside_writer_in_any_order(
    acme: Tenant, ana: Person, cora: Person, max_: Person, at_tokeny: TokenySignIn, sandbox: Sandbox, seed: int
) -> None:
    from apps.disclaimers.drafting import Conflict

    dice = random.Random(seed)
    made = written(acme, ana, "the first text")
    approved(made, ana, cora)
    published(made, ana)
    kept = [made.draft.text if made.draft else ""]
    loaded = {ana: made.revision, max_: made.revision}
    outside = ""
    for step in range(dice.randrange(4, 12)):
        who = dice.choice((ana, max_))
        match dice.choice(("load", "save", "save", "outside")):
            case "load":
                made.refresh_from_db()
                loaded[who] = made.revision
            case "save":
                before, text = made.drafts.order_by("-revision")[0], f"{member(who).email} at {step}"
                if loaded[who] == before.revision:
                    loaded[who] = drafting.save(made, text, loaded[who], member(who)).revision
                    assert loaded[who] == before.revision + 1
                    kept.append(text)
                else:
                    with pytest.raises(Conflict) as refused:
                        drafting.save(made, text, loaded[who], member(who))
                    assert refused.value.theirs.pk == before.pk, "theirs stands"
                    assert made.drafts.order_by("-revision")[0].text == before.text, "nothing was overwritten"
            case "outside":
                outside = f"outside at {step}"
                sandbox.by_others(outside, id=made.tokeny_id)
                watching.compare(acme)
                made.refresh_from_db()
                assert (made.drift, made.drift_text) == ("changed", outside), "found every time"
    assert [draft.text for draft in made.drafts.order_by("revision")] == kept, "every saved text is still there"
    if outside:
        made.refresh_from_db()
        with pytest.raises(publishing.NotPushed):
            publishing.push(made, member(ana))
        assert sandbox.disclaimers[made.tokeny_id or 0] == outside
