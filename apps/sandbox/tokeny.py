"""Tokeny as Strapi v3 answers: sign-in with its limit, and disclaimers that are published as soon as they are sent.

The account is the issuer's own of Firebase, so that a tester needs one password.
"""

import base64
import json
import random
import time
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from . import control
from .models import Account, Disclaimer

LIMIT_A_MINUTE = 10
MOST_BODY = 1_048_576
LIST_ENDS = 100


def problem(status: int, error: str, message: Any, **more: Any) -> JsonResponse:
    return JsonResponse({"statusCode": status, "error": error, "message": message, **more}, status=status)


def auth_local(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse("Method Not Allowed", status=405, content_type="text/plain")
    now = time.monotonic()
    with control.STATE.lock:
        control.STATE.sign_ins = [at for at in control.STATE.sign_ins if now - at < 60] + [now]
        is_over = len(control.STATE.sign_ins) > LIMIT_A_MINUTE
    if is_over:
        limited = {
            "message": [
                {
                    "messages": [
                        {
                            "id": "Auth.form.error.ratelimit",
                            "message": "Too many attempts, please try again in a minute.",
                        }
                    ]
                }
            ]
        }
        answer = JsonResponse(limited, status=429)
        answer["Retry-After"] = "60"
        return answer
    if "Authorization" in request.headers:
        return problem(401, "Unauthorized", "Invalid token.")
    given = json.loads(request.body or b"{}")
    account = Account.objects.filter(email=given.get("identifier"), password=given.get("password")).first()
    if account is None:
        group = [{"messages": [{"id": "Auth.form.error.invalid", "message": "Identifier or password invalid."}]}]
        return problem(400, "Bad Request", group, data=group)
    user = {
        "id": account.pk,
        "username": account.email,
        "email": account.email,
        "provider": "local",
        "confirmed": True,
        "blocked": False,
    }
    return JsonResponse({"jwt": jwt(account), "user": user})


def jwt(account: Account) -> str:
    end = int(time.time()) + control.STATE.token_seconds
    parts = ({"alg": "HS256", "typ": "JWT"}, {"id": account.pk, "exp": end, "n": random.getrandbits(32)})
    head, payload = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{payload}.signed"


def issuer_of(request: HttpRequest) -> int | None:
    """None: no token, or one that has ended."""
    word, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        payload = token.split(".")[1]
        held = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return None
    if word != "Bearer" or held.get("exp", 0) < time.time():
        return None
    account = Account.objects.filter(pk=held.get("id")).first()
    return account.issuer_id if account else None


def disclaimers(request: HttpRequest, number: int | None = None) -> HttpResponse:
    if (number is None) != (request.method in ("GET", "POST")) or request.method not in ("GET", "POST", "PUT"):
        return HttpResponse("Not Found", status=404, content_type="text/plain")
    if "Authorization" not in request.headers:
        return problem(403, "Forbidden", "Forbidden")
    issuer = issuer_of(request)
    if issuer is None:
        return problem(401, "Unauthorized", "Invalid token.")
    if request.method == "GET":
        return listed(request, issuer)
    if len(request.body) > MOST_BODY:
        return problem(413, "Request Entity Too Large", "request entity too large")
    return written(request, issuer, number)


def listed(request: HttpRequest, issuer: int) -> HttpResponse:
    """In no fixed order and at most 100, unless the parameters that the guide does not name are heeded."""
    rows = list(Disclaimer.objects.filter(issuer=issuer))
    if control.STATE.heeds_paging:
        rows.sort(key=lambda row: row.pk)
        start, limit = int(request.GET.get("_start", 0)), int(request.GET.get("_limit", LIST_ENDS))
        rows = rows[start:][: None if limit < 0 else limit]
    else:
        random.Random(1).shuffle(rows)
        rows = rows[:LIST_ENDS]
    return JsonResponse([shown(row) for row in rows], safe=False)


def written(request: HttpRequest, issuer: int, number: int | None) -> HttpResponse:
    text = json.loads(request.body or b"{}").get("disclaimer_content")
    if text is None and number is None:
        words = {"errors": {"disclaimer_content": ["disclaimer_content must be defined."]}}
        return problem(400, "Bad Request", "ValidationError", data=words)
    if text is not None and "\0" in text:
        return problem(500, "Internal Server Error", "An internal server error occurred")
    text = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") if text is not None else None
    now = datetime.now(UTC)
    if number is None:
        row = Disclaimer.objects.create(
            issuer_id=issuer, disclaimer_content=text, published_at=now, created_at=now, updated_at=now
        )
        return JsonResponse(shown(row))
    found = Disclaimer.objects.filter(issuer=issuer, pk=number).first()
    if found is None:
        return problem(404, "Not Found", "entry.notFound")
    if text is not None and text != found.disclaimer_content:
        found.disclaimer_content, found.updated_at = text, now
        found.save()
    return JsonResponse(shown(found))


def shown(row: Disclaimer) -> dict[str, Any]:
    def at(moment: datetime | None) -> str | None:
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None

    return {
        "id": row.pk, "disclaimer_content": row.disclaimer_content, "published_at": at(row.published_at),
        "created_at": at(row.created_at), "updated_at": at(row.updated_at),
    }  # fmt: skip


def by_others(request: HttpRequest) -> HttpResponse:
    """For testers. GET: all; POST {"id": …, "text": …} as someone in Tokeny's own admin would write; DELETE: none are left,
    or the one of ?id=; with ?restart= numbers begin there again, as after a restore."""
    if request.method == "DELETE":
        rows = Disclaimer.objects.all()
        (rows.filter(pk=request.GET["id"]) if "id" in request.GET else rows).delete()
        if "restart" in request.GET:
            with connection.cursor() as cursor:
                last = int(request.GET["restart"]) - 1
                cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [last, Disclaimer._meta.db_table])
    if request.method == "POST":
        wanted, now = json.loads(request.body), datetime.now(UTC)
        public = now if wanted.get("published", True) else None
        for _ in range(wanted.get("times", 1)):
            Disclaimer.objects.update_or_create(
                pk=wanted.get("id"), issuer_id=wanted.get("issuer", 1),
                defaults={"disclaimer_content": wanted["text"], "updated_at": now, "published_at": public},
                create_defaults={"disclaimer_content": wanted["text"], "published_at": public, "created_at": now, "updated_at": now},
            )  # fmt: skip
    return JsonResponse(
        {"disclaimers": [{**shown(row), "issuer": row.issuer_id} for row in Disclaimer.objects.order_by("pk")]}
    )
