"""Answers that go wrong on request, one row each (the answer-level ones of the faults that the dashboard must stand).

A fault turns the answer that would have been sent into the one that is. `value` is the request's argument.
"""

import gzip
import json
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase

from .control import PREFIX, STATE, Fault

HTML = b"<!doctype html><html><head><title>Site</title></head><body><h1>Something else</h1></body></html>"
Turn = Callable[[HttpResponse, Any], HttpResponseBase]


def json_answer(body: bytes | str, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def status(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: status code; the body is DRF's."""
    return json_answer(json.dumps({"detail": f"Status {value} was asked for."}), int(value))


def throttled(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: the Retry-After header, or null for none."""
    refusal = json_answer(b'{"detail":"Request was throttled."}', 429)
    if value is not None:
        refusal["Retry-After"] = str(value)
    return refusal


def slow(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: seconds before the first byte."""
    time.sleep(float(value))
    return answer


def drip(answer: HttpResponse, value: Any) -> StreamingHttpResponse:
    """`value`: seconds between bytes."""

    def bytes_one_by_one() -> Iterator[bytes]:
        for position in range(len(answer.content)):
            time.sleep(float(value))
            yield answer.content[position : position + 1]

    return StreamingHttpResponse(bytes_one_by_one(), content_type="application/json")


def pause(answer: HttpResponse, value: Any) -> StreamingHttpResponse:
    """`value`: seconds between the first half of the body and the second."""

    def two_parts() -> Iterator[bytes]:
        middle = len(answer.content) // 2
        yield answer.content[:middle]
        time.sleep(float(value))
        yield answer.content[middle:]

    return StreamingHttpResponse(two_parts(), content_type="application/json")


def cut(answer: HttpResponse, value: Any) -> StreamingHttpResponse:
    """Promises the whole body and closes after half of it."""

    def half() -> Iterator[bytes]:
        yield answer.content[: len(answer.content) // 2]
        raise ConnectionResetError

    response = StreamingHttpResponse(half(), content_type="application/json")
    response["Content-Length"] = str(len(answer.content))
    return response


def gzip_bomb(answer: HttpResponse, value: Any) -> HttpResponse:
    response = json_answer(gzip.compress(b'{"count":1,"results":["' + b"0" * 200_000_000 + b'"]}', 1))
    response["Content-Encoding"] = "gzip"
    return response


def changed(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: members to put over the answer's own; `results` members go over each row."""
    document = json.loads(answer.content)
    over = dict(value)
    for row in document.get("results", []):
        row.update(over.get("results", {}))
    document.update({name: member for name, member in over.items() if name != "results"})
    return json_answer(json.dumps(document), answer.status_code)


def without(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: names of row members that are left out."""
    document = json.loads(answer.content)
    for row in document.get("results", [document]):
        for name in value:
            row.pop(name, None)
    return json_answer(json.dumps(document), answer.status_code)


def nested(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: objects that stand in each row in place of its flat members; only the number and the type stay flat."""
    document = json.loads(answer.content)
    for row in document.get("results", [document]):
        for name in [name for name in row if name not in ("id", "type")]:
            del row[name]
        row.update(value)
    return json_answer(json.dumps(document), answer.status_code)


def unordered(answer: HttpResponse, value: Any) -> HttpResponse:
    """The rows as if `ordering` were ignored: the first one goes last."""
    document = json.loads(answer.content)
    rows = document.get("results", [])
    document["results"] = rows[1:] + rows[:1]
    return json_answer(json.dumps(document), answer.status_code)


def replaced(answer: HttpResponse, value: Any) -> HttpResponse:
    """`value`: [text, other text]; of the body as it stands."""
    return json_answer(answer.content.replace(value[0].encode(), value[1].encode()), answer.status_code)


FAULTS: dict[str, Turn] = {
    "slow": slow,
    "drip": drip,
    "pause": pause,
    "cut": cut,
    "html-200": lambda answer, value: HttpResponse(HTML),
    "html-500": lambda answer, value: HttpResponse(HTML, status=500),
    "status": status,
    "refused": lambda answer, value: json_answer(value[1], int(value[0])),
    "throttled": throttled,
    "redirect": lambda answer, value: HttpResponseRedirect(value),
    "huge": lambda answer, value: json_answer(b'{"count":1,"results":["' + b"0" * 11_000_000 + b'"]}'),
    "gzip-bomb": gzip_bomb,
    "deep": lambda answer, value: json_answer(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "body": lambda answer, value: json_answer(value),
    "bad-utf8": lambda answer, value: json_answer(answer.content.replace(b"e", b"\xff\xfe", 3)),
    "changed": changed,
    "without": without,
    "nested": nested,
    "replaced": replaced,
    "unordered": unordered,
}


def lost_request(request: HttpRequest, value: Any) -> HttpResponse | None:
    """The connection breaks before anything is done."""
    hang_up(request)
    return HttpResponse(status=599)


def late(request: HttpRequest, value: Any) -> None:
    """`value`: seconds after which it is done, when the caller has long been cut off."""
    hang_up(request)
    time.sleep(float(value))


def refused_before(request: HttpRequest, value: Any) -> HttpResponse:
    """`value`: status code; nothing is done."""
    return status(HttpResponse(), value)


BEFORE: dict[str, Callable[[HttpRequest, Any], HttpResponse | None]] = {
    "lost-request": lost_request,
    "late": late,
    "refused-before": refused_before,
}
"""What happens before the request is worked on; an answer here means that it never is."""


def hang_up(request: HttpRequest) -> None:
    with suppress(OSError):
        request.META["gunicorn.socket"].shutdown(socket.SHUT_RDWR)


class FaultMiddleware:
    """The first fault that fits the path, the method, the dice and its number of times is the one that happens."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(PREFIX):
            return self.get_response(request)
        if len(request.get_full_path()) > 4000:
            return HttpResponse(HTML, status=414)  # the server in front of the real one gives up at about 4 kB
        fault = due(request)
        if fault and fault.kind in BEFORE and (ended := BEFORE[fault.kind](request, fault.value)):
            return ended
        answer = self.get_response(request)
        if fault and fault.kind == "lost-reply":
            hang_up(request)
        return FAULTS[fault.kind](answer, fault.value) if fault and fault.kind in FAULTS else answer


def due(request: HttpRequest) -> Fault | None:
    query = request.META.get("QUERY_STRING", "")
    with STATE.lock:
        for fault in STATE.faults:
            fits = re.search(fault.path, request.path) and fault.method in ("", request.method) and fault.query in query
            if fits and fault.times != 0 and random.random() < fault.share:
                fault.times = fault.times - 1 if fault.times else fault.times
                return fault
    return None
