"""/metrics for Prometheus: what all web processes counted, and what the database says at that moment.

Answered only to `Authorization: Bearer METRICS_TOKEN`; without that setting there is no such page.
"""

import hmac
import os
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from apps.audit import outage
from apps.disclaimers.models import Push, PushState

from .models import WorkerBeat


class FromDatabase(Collector):
    """Absent while the database is away: an old figure would be a wrong one."""

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        number = GaugeMetricFamily("dashboard_publications", "Publications by state.", labels=["state"])
        age = GaugeMetricFamily("dashboard_publication_oldest_seconds", "Age of the oldest.", labels=["state"])
        beat = GaugeMetricFamily("dashboard_worker_beat_seconds", "Since any worker last said that it is alive.")
        try:
            open_ = (PushState.QUEUED, PushState.SENDING, PushState.UNKNOWN)
            found = Push.objects.filter(state__in=open_).values("state").annotate(number=Count("pk"), oldest=Min("at"))
            by_state = {each["state"]: (each["number"], each["oldest"]) for each in found}
            latest = WorkerBeat.objects.order_by("-at").first()
        except outage.AWAY as error:
            outage.note_away(error)
            return
        for state in open_:
            how_many, oldest = by_state.get(state.value, (0, now))
            number.add_metric([state.value], how_many)
            age.add_metric([state.value], (now - oldest).total_seconds())
        if latest:
            beat.add_metric([], (now - latest.at).total_seconds())
        yield from (number, age, beat)


def metrics(request: HttpRequest) -> HttpResponse:
    """Raises Http404 without the token, so that a stranger cannot tell whether there is such a page."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(
        given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()
    ):
        raise Http404
    counted = generate_latest(of_all_processes())
    own = CollectorRegistry()
    own.register(FromDatabase())
    return HttpResponse(counted + generate_latest(own), content_type=CONTENT_TYPE_LATEST)


def of_all_processes() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
