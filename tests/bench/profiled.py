"""The dashboard as WSGI sees it, each page under a profiler; the sum is written when the process ends."""

import atexit
import cProfile
import os
from collections.abc import Callable, Iterable
from typing import Any

from dashboard.wsgi import application as dashboard

profiler = cProfile.Profile()
atexit.register(lambda: profiler.dump_stats(os.environ["PROFILE"]))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """One at a time: it is for a single visitor. A streamed page is taken whole."""
    with profiler:
        response = dashboard(environ, start_response)
        parts = list(response)
        response.close()
        return parts
