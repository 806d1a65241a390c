"""What all processes agree on, in the cache that they share: limits on calls to the APIs, and Firebase's tokens.

Tokens are encrypted as keys are. Without the cache each process decides, and signs in, for itself.
"""

import hashlib
import json
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.cache import BaseCache, caches

from apps.upstream import errors
from apps.upstream.deadlines import Deadline
from apps.upstream.firebase import Token
from apps.upstream.secret import Secret
from apps.upstream.waits import waiting

from .models import FirebaseSignIn
from .sealing import CannotOpen, Place, open_seal, seal

LEASE = 30
"""Seconds after which another process renews a token, if the one that began to is gone."""
POLL = 0.1
KEPT = 3600
"""Seconds, CACHES["agreed"]'s most: an ID token lives as long, and the refresh token beside it longer."""


def agreed() -> BaseCache:
    return caches["agreed"]


class CacheBoard:
    """See apps.upstream.board."""

    def read(self, names: Iterable[str]) -> Mapping[str, Any]:
        return agreed().get_many(names)

    def write(self, name: str, value: Any, seconds: float) -> None:
        agreed().set(name, value, math.ceil(seconds))

    def claim(self, name: str, seconds: float) -> bool:
        return agreed().add(name, 1, math.ceil(seconds))

    def drop(self, name: str) -> None:
        agreed().delete(name)


@contextmanager
def alone(name: str, deadline: Deadline) -> Iterator[None]:
    """Entered by one process at a time. Raises Unanswered if another stays in it past the deadline."""
    while not agreed().add(name, 1, LEASE):
        if deadline.left() <= 0:
            raise errors.Unanswered(is_late=True)
        with waiting():
            time.sleep(POLL)
    try:
        yield
    finally:
        agreed().delete(name)


@dataclass(frozen=True, slots=True)
class SharedToken:
    """An account's at Firebase. Another row, or another password in it, has another name."""

    name: str
    place: Place

    def load(self) -> Token | None:
        try:
            held = json.loads(open_seal(agreed().get(self.name, ""), self.place).reveal())
        except CannotOpen:
            return None
        return Token(Secret(held[0]), Secret(held[1]), *held[2:])

    def store(self, token: Token) -> None:
        held = [token.value.reveal(), token.refresh.reveal(), token.made_at, token.good_until]
        agreed().set(self.name, seal(Secret(json.dumps(held)), self.place), KEPT)

    def renewing(self, deadline: Deadline) -> AbstractContextManager[None]:
        return alone(f"{self.name}:renewing", deadline)

    def forget(self) -> None:
        agreed().delete(self.name)


def shared_token(saved: FirebaseSignIn) -> SharedToken:
    account = hashlib.sha256(saved.sealed.encode()).hexdigest()[:16]
    return SharedToken(f"token:{saved.id}:{account}", Place(saved.tenant.id, "FirebaseSignIn", saved.id, "token"))
