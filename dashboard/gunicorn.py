"""Gunicorn's configuration: one process unless WEB_CONCURRENCY says more, threads, and no access log.

Requests reach a thread only once they are complete (dashboard/serving.py). Gunicorn's access log would hold query
strings; apps.audit.middleware logs each request without them.
"""

import ctypes
import gc
import os
import shutil
import tempfile
from typing import Any

from dashboard.gate import open_for_waiting
from dashboard.logs import logging

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "dashboard.serving.Worker"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "48"))  # mostly waiting for the API; one tenant takes at most 24 places
worker_connections = 512  # 1,024 files are often the most; threads, databases and upstream calls hold 200 of them
keepalive = 30
logconfig_dict = logging(os.environ.get("LOG_LEVEL", "INFO"))
accesslog = None
logger_class = "dashboard.serving.Logger"
control_socket_disable = True
sendfile = False  # dashboard.serving's sockets do not block
limit_request_line = 8190  # a refused filter is answered in our words, not in gunicorn's


figures = os.environ.get("PROMETHEUS_MULTIPROC_DIR") or tempfile.mkdtemp(prefix="dashboard-metrics-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = figures  # where the processes count together


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    if "dashboard-metrics-" in figures:
        shutil.rmtree(figures, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """What was loaded at start stays; garbage collection over it cost a page half a millisecond."""
    open_for_waiting()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    keep_memory()


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Of glibc's malloc.h."""
MEGABYTE = 1024 * 1024


def keep_memory() -> None:
    """Keeps freed memory for the next page: glibc would return it to the kernel and request it again, which cost a list
    of 100 rows 200 page faults and half a millisecond. Few arenas, since only one thread at a time runs Python."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
    if mallopt:
        mallopt(M_TRIM_THRESHOLD, 32 * MEGABYTE)
        mallopt(M_MMAP_THRESHOLD, 4 * MEGABYTE)
        mallopt(M_ARENA_MAX, 2)
