"""What load balancers ask: `/healthz/live` whether the process answers, `/healthz/ready` whether it can serve pages.

Answered before anything else, as `/metrics` is: under any Host, by plain http, and not logged.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse, JsonResponse

from .condition import examine
from .metrics import metrics

SECONDS = 2


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in ANSWERS:
            return self.get_response(request)
        answer = ANSWERS[request.path](request)
        answer["Content-Length"] = str(len(answer.content))
        return answer


def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain", headers={"Cache-Control": "no-store"})


def ready(request: HttpRequest) -> HttpResponse:
    """503 only if no page can be served: cache, worker and queues are told and judge nothing. Found out once in two
    seconds, since anyone may ask."""
    body = caches["counts"].get("ready")
    if body is None:
        body = found()
        caches["counts"].set("ready", body, SECONDS)
    return JsonResponse(body, status=200 if body["ready"] else 503, headers={"Cache-Control": "no-store"})


def found() -> dict[str, Any]:
    conditions = examine(is_quick=True)
    is_ready = all(finding.is_well for condition, finding in conditions if condition.stops_pages)
    told = {
        each.name.replace(" ", "_"): {"ok": finding.is_well, "found": finding.words} for each, finding in conditions
    }
    return {"ready": is_ready, "version": settings.VERSION, **told}


ANSWERS = {"/healthz": live, "/healthz/live": live, "/healthz/ready": ready, "/metrics": metrics}
