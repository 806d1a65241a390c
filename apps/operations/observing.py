"""Errors to Sentry and traces by OpenTelemetry, if SENTRY_DSN or OTEL_EXPORTER_OTLP_ENDPOINT says where; off otherwise.

What is sent is built from a list of what may be: classes of errors and where they were raised, names of events, routes,
outcomes, durations, request IDs. No message of an error, no variable, no address, no team and no person.
"""

import hashlib
import logging
import sys
import time
import traceback
from contextvars import ContextVar
from typing import Any

import structlog
from django.conf import settings

from apps.audit import middleware
from apps.audit.scrubbing import clean
from apps.upstream import transport

PAGE: ContextVar[tuple[int, int] | None] = ContextVar("page", default=None)
"""IDs of the trace and the span of the page that is told just now."""
SENT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk")


def begin() -> None:
    """Called when the process starts. The packages are installed with `make observing`."""
    if settings.SENTRY_DSN:
        begin_errors()
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        begin_traces()


def begin_errors() -> None:
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=settings.VERSION,
        environment=settings.ENVIRONMENT,
        default_integrations=False,  # Django's would read the request
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        before_send=scrubbed,  # type: ignore[arg-type]  # an event is a dict
    )


def scrubbed(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """What may leave, of an event of Sentry's. Called where the error is logged."""
    record = hint.get("log_record")
    told = record.msg.get("event") if record and isinstance(record.msg, dict) else getattr(record, "msg", "")
    return {name: event[name] for name in SENT if name in event} | {
        "exception": {"values": raised((hint.get("exc_info") or sys.exc_info())[1])},
        "logentry": {"message": clean(str(told).partition("\n")[0][:200])},  # a library may have put words into it
        "tags": {"request_id": structlog.contextvars.get_contextvars().get("request_id", "")},
    }


def raised(error: BaseException | None) -> list[dict[str, Any]]:
    """An error after those that it came from: class and places, without its text."""
    if error is None:
        return []
    frames = [
        {"module": (module := frame.f_globals.get("__name__", "")), "function": frame.f_code.co_name, "lineno": line}
        | {"in_app": module.partition(".")[0] in ("apps", "dashboard")}
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    told = {"type": type(error).__name__, "module": type(error).__module__, "stacktrace": {"frames": frames}}
    return [*raised(error.__cause__), told]


def begin_traces() -> None:
    """A span for each page, and one below it for each of its calls to an API. Both are told after they ended."""
    from opentelemetry.context import Context
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
    from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

    class Ids(RandomIdGenerator):
        """A page's own: its calls, in other threads, know only its request ID."""

        def generate_span_id(self) -> int:
            return page[1] if (page := PAGE.get()) else super().generate_span_id()

        def generate_trace_id(self) -> int:
            return page[0] if (page := PAGE.get()) else super().generate_trace_id()

    resource = Resource({"service.name": "issuer-dashboard", "service.version": settings.VERSION})
    provider = TracerProvider(resource=resource, id_generator=Ids())
    address = f"{settings.OTEL_EXPORTER_OTLP_ENDPOINT.rstrip('/')}/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(address)))
    tracer = provider.get_tracer("issuer-dashboard")

    def after_page(request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        attributes: Any = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        token, now = PAGE.set(ids_of(request_id)), time.time_ns()
        began = now - int(seconds * 1e9)
        tracer.start_span(f"{method} {route}", Context(), SpanKind.SERVER, attributes, start_time=began).end(now)
        PAGE.reset(token)

    def after_call(call: transport.Call, outcome: str, seconds: float) -> None:
        page = SpanContext(*ids_of(call.request_id), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        within = set_span_in_context(NonRecordingSpan(page), Context()) if call.request_id else Context()
        now = time.time_ns()
        began = now - int(seconds * 1e9)
        tracer.start_span(call.api, within, SpanKind.CLIENT, {"outcome": outcome}, start_time=began).end(now)

    middleware.AFTER_PAGE.append(after_page)
    transport.AFTER_CALL.append(after_call)


def ids_of(request_id: str) -> tuple[int, int]:
    """The IDs of a page's trace and of its span."""
    digest = hashlib.sha256(request_id.encode()).digest()
    return int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
