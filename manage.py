#!/usr/bin/env python
"""Django's command line. The sandbox stands apart: its commands run under its own settings."""

import os
import sys

SANDBOX_COMMANDS = ("sandbox",)


def main() -> None:
    is_sandbox = len(sys.argv) > 1 and sys.argv[1] in SANDBOX_COMMANDS
    if is_sandbox:
        os.environ["DJANGO_SETTINGS_MODULE"] = "apps.sandbox.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
