"""Counts beside choices: a call for a single row each, a few at a time, cached for a minute. Numbers only, never a
row."""

import hashlib
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import caches

from apps.upstream import errors
from apps.upstream.issuance.client import Answer, Page

AT_ONCE = 4
SECONDS = 60

Params = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """`number`: None if the API did not answer; `at`: when it was counted."""

    number: int | None
    at: datetime


def counts(ask: Callable[[Params], Answer[Page]], asked: Sequence[Params], cache_prefix: str) -> list[Count]:
    """One for each query, in order. `cache_prefix` begins with team, role and key."""
    keys = [f"{cache_prefix}:count:{fingerprint(params)}" for params in asked]
    known: dict[str, Count] = caches["counts"].get_many(keys)
    missing = [(key, params) for key, params in zip(keys, asked, strict=True) if key not in known]
    fresh = dict(in_turn(ask, missing))
    caches["counts"].set_many({key: count for key, count in fresh.items() if count.number is not None}, SECONDS)
    return [known.get(key) or fresh[key] for key in keys]


def in_turn(ask: Callable[[Params], Answer[Page]], missing: Sequence[tuple[str, Params]]) -> "list[tuple[str, Count]]":
    """Keeps AT_ONCE calls under way, starting a new one as soon as the oldest has been answered."""
    found: list[tuple[str, Count]] = []
    pending: deque[tuple[str, Answer[Page]]] = deque()
    for key, params in missing:
        if len(pending) == AT_ONCE:
            found.append(taken(*pending.popleft()))
        pending.append((key, ask({**params, "page": "1", "page_size": "1"})))
    return [*found, *(taken(*each) for each in pending)]


def taken(key: str, answer: Answer[Page]) -> tuple[str, Count]:
    try:
        number = answer.result().count
    except errors.UpstreamError:
        number = None
    return key, Count(number, datetime.now(UTC))


def fingerprint(params: Params) -> str:
    """Filters may hold what staff typed, so cache keys hold a hash of them."""
    return hashlib.sha256(json.dumps(sorted(params.items())).encode()).hexdigest()
