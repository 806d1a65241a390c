"""Django's admin over one table of investments, with the columns, filters and search that our list shows by default."""

import os
from typing import Any

import django
from django.conf import settings

from tests.bench.peer_rows import COLUMNS

settings.configure(
    SECRET_KEY="for-the-bench-only",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="tests.bench.admin_site",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["PEERS"], "CONN_MAX_AGE": 60}},
    STATIC_URL="/static/",
    USE_TZ=True,
)
django.setup()

from django.contrib import admin  # noqa: E402 - needs the settings
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


def made() -> Any:
    """The table's model: every column a text, as Datasette has it too."""
    meta = type("Meta", (), {"app_label": "auth", "db_table": "investments", "managed": False})
    fields = {name: models.TextField(null=True) for name in COLUMNS if name != "id"}
    return type("Investment", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


class InvestmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = COLUMNS
    list_filter = ("status", "offering")
    search_fields = ("name",)
    list_per_page = 25
    ordering = ("-id",)


admin.site.register(made(), InvestmentAdmin)
urlpatterns = [path("admin/", admin.site.urls)]
application = get_wsgi_application()
