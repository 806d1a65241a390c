"""What load balancers ask: `/healthz/live` whether the process answers, `/healthz/ready` whether it can serve pages.

Answered before anything else, as `/metrics` is: under any Host, by plain http, and not logged.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from .condition import examine
from .metrics import metrics


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
    """503 only if no page can be served: cache, worker and queues are told and judge nothing."""
    found = examine(is_quick=True)
    is_ready = all(finding.is_well for condition, finding in found if condition.stops_pages)
    told = {
        condition.name.replace(" ", "_"): {"ok": finding.is_well, "found": finding.words}
        for condition, finding in found
    }
    body = {"ready": is_ready, "version": settings.VERSION, **told}
    return JsonResponse(body, status=200 if is_ready else 503, headers={"Cache-Control": "no-store"})


ANSWERS = {"/healthz": live, "/healthz/live": live, "/healthz/ready": ready, "/metrics": metrics}
