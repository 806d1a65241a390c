"""What testers may ask of the sandbox while it runs: keys, latency, faults, and a ledger of every call it received.

State is in memory, so the sandbox runs as one process. Everything here is under /_sandbox/, which the real API has not.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from .models import Account, ApiKey

PREFIX = "/_sandbox/"
MOST_ENTRIES = 20_000
WEB_API_KEY = "sandbox-web-api-key"


@dataclass
class State:
    latency_ms: int = 0
    page_size_cap: int = 500
    token_seconds: int = 3600
    prefix: str = "Bearer"
    """The word that must stand before a token."""
    heeds_paging: bool = True
    """Whether Tokeny's list heeds the parameters that its guide does not name."""
    sign_ins: list[float] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    faults: list["Fault"] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Fault:
    """`kind` of apps.sandbox.faults for calls whose path matches `path`, a regular expression, whose method is `method` ("": any)
    and whose query holds `query`: a `share` of them, at most `times` (None: always)."""

    kind: str
    path: str = "/api/"
    method: str = ""
    share: float = 1.0
    times: int | None = None
    value: Any = None
    query: str = ""


STATE = State()
TOKENS: dict[str, tuple[int, float]] = {}
"""ID token -> issuer, end of its life. Kept over a reset, since callers keep theirs."""


def issuer_of(authorization: str) -> int:
    """Of a token that lives, behind the word that is expected; else 0."""
    word, _, token = authorization.partition(" ")
    issuer, end = TOKENS.get(token, (0, 0.0))
    return issuer if word == STATE.prefix and time.time() <= end else 0


class LedgerMiddleware:
    """Outermost: waits the latency, then notes what came and what was answered. A key is noted by its label only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PREFIX):
            return self.get_response(request)
        entry = {
            "at": time.time(),
            "method": request.method,
            "path": request.path,
            "query": request.META["QUERY_STRING"],
            "authorized": "Authorization" in request.headers,
            "request_id": request.headers.get("X-Request-ID", ""),
        }
        with STATE.lock:
            STATE.ledger.append(entry)
            del STATE.ledger[:-MOST_ENTRIES]
        time.sleep(STATE.latency_ms / 1000)
        response = self.get_response(request)
        entry["status"] = response.status_code
        return response


def ledger(request: HttpRequest) -> HttpResponse:
    """GET: every call since the last DELETE, oldest first."""
    if request.method == "DELETE":
        STATE.ledger = []
    return JsonResponse({"calls": STATE.ledger})


def faults(request: HttpRequest) -> HttpResponse:
    """POST a fault (see Fault) to add it, DELETE to clear them, GET to see them."""
    if request.method == "DELETE":
        STATE.faults = []
    if request.method == "POST":
        STATE.faults.append(Fault(**json.loads(request.body)))
    return JsonResponse({"faults": [asdict(fault) for fault in STATE.faults]})


CHANGEABLE = ("latency_ms", "page_size_cap", "token_seconds", "prefix", "heeds_paging")


def state(request: HttpRequest) -> HttpResponse:
    """POST {"latency_ms": …, "page_size_cap": …, "token_seconds": …, "prefix": …} to change them; DELETE to forget ledger
    and faults too, as if just started."""
    if request.method == "DELETE":
        STATE.__init__()  # type: ignore[misc]
    if request.method == "POST":
        for name, wanted in json.loads(request.body).items():
            setattr(STATE, name, type(getattr(STATE, name))(wanted))
    return JsonResponse({name: getattr(STATE, name) for name in CHANGEABLE})


def keys(request: HttpRequest) -> HttpResponse:
    """GET: all keys. POST {"label": …, "revoked": true|false} to revoke one or bring it back."""
    if request.method == "POST":
        wanted = json.loads(request.body)
        ApiKey.objects.filter(label=wanted["label"]).update(revoked=wanted["revoked"])
    found = ApiKey.objects.order_by("pk").values(
        "label", "key", "issuer__name", "offering", "offering__name", "revoked"
    )
    accounts = Account.objects.order_by("pk").values("email", "password", "issuer__name")
    return JsonResponse({"keys": list(found), "accounts": list(accounts), "web_api_key": WEB_API_KEY})
