"""`make test` runs a sample of what has many cases; `make whole` and `make soak` run all of them."""

import os
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = bool(os.environ.get("WHOLE") or os.environ.get("SOAK"))


def some(cases: Sequence[T], most: int) -> list[T]:
    """The same ones each time, in their order."""
    if WHOLE or len(cases) <= most:
        return [*cases]
    return [cases[at] for at in sorted(random.Random(12).sample(range(len(cases)), most))]
