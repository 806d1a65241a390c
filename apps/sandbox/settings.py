"""The sandbox's own settings. It never reads the dashboard's."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
DATABASE_FILE = Path(os.environ.get("SANDBOX_DATABASE", BASE_DIR / ".run/sandbox.sqlite3"))

SECRET_KEY = "the sandbox signs nothing"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INSTALLED_APPS = [
    "apps.sandbox",
    "rest_framework",
    "django_filters",
    "django.contrib.contenttypes",
    "django.contrib.auth",
]
MIDDLEWARE = [
    "apps.sandbox.control.LedgerMiddleware",
    "apps.sandbox.faults.FaultMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "apps.sandbox.urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE_FILE,
        "OPTIONS": {  # a lock taken half-way through a transaction would be refused at once beside a late write
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }
}
MIGRATION_MODULES = {"sandbox": None, "auth": None, "contenttypes": None}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "America/Chicago"  # the real server's zone is unknown; ours is a guess
LOGGING = {
    "version": 1,
    "disable_existing_loggers": True,
    "root": {"handlers": [], "level": "CRITICAL"},
}  # the ledger tells

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "apps.sandbox.ordering.Ordering",
        "rest_framework.filters.SearchFilter",
    ],
    "UNAUTHENTICATED_USER": None,
}
