"""How fast this machine is just now: limits on computation hold on a busy one too, where the same work takes longer."""

import time

AT_REST = 0.06
"""Seconds of the processor for the loop below, on the machine on which the limits were set."""


def at_rest(seconds: float) -> float:
    """What so many seconds of work would have taken on a machine at rest."""
    began = time.process_time()
    for _ in range(1_000_000):
        pass
    return seconds / max(1.0, (time.process_time() - began) / AT_REST)
