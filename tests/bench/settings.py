"""Production settings as they are, and one page more: the plain reference that the list is measured against."""

from dashboard.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
ALLOWED_HOSTS = ["127.0.0.1"]
TEMPLATES[0]["DIRS"].append(BASE_DIR / "tests/bench/templates")  # type: ignore[union-attr]  # noqa: F405
