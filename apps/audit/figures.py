"""What is counted while pages are made, for /metrics (apps.operations.metrics). No label holds data of a person or a team."""

from prometheus_client import Counter, Histogram

PAGES = Histogram(
    "dashboard_page_seconds",
    "Pages by route, method and status, to the last byte.",
    ("route", "method", "status"),
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
)
UPSTREAM_CALLS = Counter(
    "dashboard_upstream_calls_total",
    "Calls to an API by outcome: ok, or the error (Throttled: 429; Paused: the circuit breaker is open).",
    ("api", "outcome"),
)
SIGN_IN_FAILURES = Counter("dashboard_sign_in_failures_total", "Refused attempts to sign in.")
