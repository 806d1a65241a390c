"""The dashboard's own settings, in an environment made for tests; a `.env` of this folder is not read."""

import os
import tempfile
from pathlib import Path

os.environ.update(
    ENVIRONMENT="test",
    SECRET_KEY="tests-only-" + "0123456789" * 4,
    ENCRYPTION_KEYS="tests:" + "dGVzdHMtb25seS0zMi1ieXRlcy1sb25nLWtleS0wMDA=",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL", "sqlite:////tmp/never-used.sqlite3"),
    # each process of the tests empties its caches before each test, so each has a database of its own
    CACHE_URL=os.environ.get("TEST_CACHE_URL", "locmemcache://").replace(
        "/0", f"/{os.environ.get('PYTEST_XDIST_WORKER', 'gw0').removeprefix('gw')}"
    ),
    EMAIL_URL="memorymail://",
    EXPORTS_DIR=os.environ.get(
        "TEST_EXPORTS_DIR", str(Path(tempfile.gettempdir()) / f"exports-of-tests-{os.getpid()}")
    ),
    UPSTREAM_HOSTS="localhost,127.0.0.1,::1,api.issuance.com",
    LOG_LEVEL="INFO",
)

from dashboard.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed: passwords here guard nothing
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
if "TEST_DATABASE_FILE" in os.environ:  # SQLite as several processes share it
    DATABASES["default"]["TEST"] = {"NAME": os.environ["TEST_DATABASE_FILE"]}  # noqa: F405
