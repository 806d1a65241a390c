"""Request ids and the request log.

Each request gets an id, which appears on the page, in the log and in upstream calls, and one log line. The line holds
the route, never the path with its values or the query: both may carry what staff typed.
"""

import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from .figures import PAGES

log = structlog.get_logger("request")
AFTER_PAGE: list[Callable[[str, str, str, int, float], None]] = []
"""Told of each page that has ended: request ID, method, route, status, seconds."""
METHODS = ("GET", "HEAD", "POST")
"""Others are a stranger's invention, and a label of its own for each would never end."""


class RequestLogMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex[:12]
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        if response.streaming:  # Django closes these when the last byte is out, which is when a stream has ended
            response._resource_closers.append(lambda: log_request(request, response, began))  # type: ignore[attr-defined]
        else:
            log_request(request, response, began)
        return response


def log_request(request: HttpRequest, response: HttpResponse, began: float) -> None:
    """Logs one line when the last byte is produced. Static files are served without one."""
    route = request.resolver_match.route if request.resolver_match else "-"
    took = round((time.perf_counter() - began) * 1000, 1)
    method = request.method if request.method in METHODS else "other"
    PAGES.labels(route, method, response.status_code).observe(took / 1000)
    for tell in AFTER_PAGE:
        tell(response["X-Request-ID"], method, route, response.status_code, took / 1000)
    if route != "-" or response.status_code >= 400:
        log.info("request", method=request.method, route=route, status=response.status_code, ms=took)
