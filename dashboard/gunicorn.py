"""How the dashboard is served: one process unless WEB_CONCURRENCY says more, threads, and no access log of its own.

Gunicorn's access log would hold query strings; apps.audit.middleware logs each request without them.
"""

import gc
import os
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "48"))  # mostly waiting for the API; one tenant takes at most 24 places
keepalive = 30
loglevel = "warning"
accesslog = None
control_socket_disable = True
limit_request_line = 8190  # a refused filter is answered in our words, not in gunicorn's


def post_worker_init(worker: Any) -> None:
    """What was loaded at start stays; looking through it again and again cost a page half a millisecond."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
