"""`make serve`: reads production settings, migrates, collects static files, then becomes gunicorn."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from dashboard.environment import DOTENV, keep_private, read_dotenv


def main() -> None:
    read_dotenv(DOTENV)
    os.environ.setdefault("ENVIRONMENT", "production")
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    if os.environ["ENVIRONMENT"] != "production":
        raise SystemExit("make serve is for production. For a look around: make demo")
    try:
        import django

        django.setup()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    keep_private(settings.DATABASES["default"])
    call_command("collectstatic", interactive=False, verbosity=0)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", "dashboard/gunicorn.py", "dashboard.wsgi"])


if __name__ == "__main__":
    main()
