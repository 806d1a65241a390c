"""The WSGI application. URLs are loaded at once, so that a wrong declaration stops the start rather than a page."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
application = get_wsgi_application()
import_module("dashboard.urls")
