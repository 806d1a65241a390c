"""`make check`: Django's deployment checks under production settings, and migrations that match the models."""

import os
import sys

os.environ.update(
    ENVIRONMENT="production",
    SECRET_KEY="for-this-check-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF",
    ENCRYPTION_KEYS="k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ALLOWED_HOSTS="dashboard.example.com",
    EMAIL_URL="memorymail://",
    DATABASE_URL="sqlite:///:memory:",
    DJANGO_SETTINGS_MODULE="dashboard.settings",
)

from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", "check", "--deploy", "--fail-level", "WARNING"])
execute_from_command_line(["manage.py", "makemigrations", "--check", "--dry-run"])
sys.stdout.flush()
