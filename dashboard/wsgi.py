"""What a server runs. The addresses are loaded at once, so that a declaration that is wrong stops the start, not a page."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
application = get_wsgi_application()
import_module("dashboard.urls")
