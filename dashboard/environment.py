"""Settings from the environment: one that is missing or malformed stops the start with its name and what is expected.

`.env` beside manage.py is read only if ENVIRONMENT is not set in the process, so that a deployment never mixes its own
settings with a stray file.
"""

import base64
import binascii
import importlib.util
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.utils.module_loading import import_string

T = TypeVar("T")

DOTENV = Path(__file__).resolve().parent.parent / ".env"
DEMO_PREFIX = "demo-"
"""Stands before every key that `make demo` makes; production refuses such keys."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SSO_HOSTS = (
    "accounts.google.com",
    "oauth2.googleapis.com",
    "www.googleapis.com",
    "login.microsoftonline.com",
    ".okta.com",
)
UPSTREAM_HOSTS = (
    "api.issuance.com",
    "django-dev.issuance-dev.com",
    "identitytoolkit.googleapis.com",
    "securetoken.googleapis.com",
    "primary-market-api-develop.tokeny.com",
)


def read_dotenv(path: Path) -> None:
    if "ENVIRONMENT" not in os.environ and path.is_file():
        environ.Env.read_env(path)


def setting(name: str, expected: str, parse: Callable[[str], T], default: str | None = None) -> T:
    """The parsed value. Raises ImproperlyConfigured naming the setting and what it expects, never its value."""
    text = os.environ.get(name) or default
    if text is None:
        raise ImproperlyConfigured(f"{name} is not set. Expected: {expected}. See .env.example.")
    try:
        return parse(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is invalid ({error}). Expected: {expected}. See .env.example.") from None


LEAST_DIFFERENT = 8
"""Different characters, or bytes, of a secret: random ones have more; a letter held down has one."""


def version() -> str:
    """As pyproject.toml says it, where it came along."""
    project = DOTENV.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text())["project"]["version"]) if project.is_file() else "unknown"


def long_secret(text: str) -> str:
    if len(text) < 40:
        raise ValueError(f"{len(text)} characters")
    if len(set(text)) < LEAST_DIFFERENT:
        raise ValueError("not random")
    return text


def token(text: str) -> str:
    if text and len(text) < 20:
        raise ValueError(f"{len(text)} characters")
    return text


def observer(package: str) -> Callable[[str], str]:
    """An address that errors or traces are sent to, and the package that sends them."""

    def parse(text: str) -> str:
        if text and not re.match(r"https?://[^/\s]+", text):
            raise ValueError("not an address")
        if text:
            needs_module(package, "SENTRY_DSN or OTEL_EXPORTER_OTLP_ENDPOINT is set", "observing")
        return text

    return parse


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def yes_or_no(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("not true or false")
    return text.lower() == "true"


def whole_number(text: str) -> int:
    if not text.isdecimal():
        raise ValueError("not a whole number")
    return int(text)


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("not an allowed value")
        return text

    return parse


def at_least_one(text: str) -> int:
    number = whole_number(text)
    if number < 1:
        raise ValueError("less than 1")
    return number


def at_least_five(text: str) -> int:
    found = at_least_one(text)
    if found < 5:
        raise ValueError("less than 5")
    return found


def up_to_sixteen(text: str) -> int:
    found = at_least_one(text)
    if found > 16:
        raise ValueError("more than 16")
    return found


def storage(text: str) -> dict[str, Any]:
    """As one of Django's STORAGES. Its class is imported, so that a package that is missing stops the start."""
    try:
        found = json.loads(text or "{}")
        if found != {}:
            backend = import_string(found["BACKEND"])
            if issubclass(backend, FileSystemStorage):  # Django's own default lets everyone read
                found["OPTIONS"] = {"file_permissions_mode": 0o600, **found.get("OPTIONS", {})}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("not JSON with a BACKEND") from None
    except ImportError:
        raise ValueError("its BACKEND cannot be imported") from None
    return dict(found)


def hosts(text: str) -> list[str]:
    """Bare host names: without scheme, port or path."""
    found = words(text)
    if not found or not all(re.fullmatch(r"[A-Za-z0-9.-]+|::1", host) for host in found):
        raise ValueError("contains something other than host names")
    return found


def named_hosts(text: str) -> list[str]:
    """A site that answers to any name can be made to write any name into its links."""
    found = words(text)
    if not found or "*" in found:
        raise ValueError("no names")
    return found


def origin(text: str) -> str:
    """`scheme://host[:port]`, nothing else."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", text):
        raise ValueError("not an origin")
    return text


def https_origin(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError("not https")
    return origin(text)


def place(text: str) -> str:
    """An address that something is sent to: https, or loopback."""
    found = urlsplit(text)
    if found.scheme != "https" and not (found.scheme == "http" and found.hostname in LOOPBACK):
        raise ValueError("not https")
    if not found.hostname or found.username or found.fragment:
        raise ValueError("not an address")
    return text


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def contact(text: str) -> str:
    if not re.fullmatch(r"(mailto:[^@\s]+@[^@\s]+|https://\S+)", text):
        raise ValueError("neither mailto: nor https://")
    return text


def readable_file(text: str) -> str:
    if not Path(text).is_file():
        raise ValueError("no such file")
    return text


def absolute_path(text: str) -> str:
    if not Path(text).is_absolute():
        raise ValueError("not absolute")
    return text


def address(parse: Callable[[str], dict[str, object]], needs: str) -> Callable[[str], dict[str, object]]:
    """A URL that django-environ turns into Django's settings; `needs` is the one that every valid URL gives."""

    def parsed(text: str) -> dict[str, object]:
        try:
            found = parse(text)
        except Exception:
            raise ValueError("couldn’t be parsed") from None
        if not found.get(needs):
            raise ValueError("couldn’t be parsed")
        return found

    return parsed


POOL_SECONDS = 0.8
"""For a connection of the pool: a page without a database says so within a second."""


def database(url: Mapping[str, object], pool: int) -> dict[str, object]:
    """Django's settings for a database. `pool`: the most connections of a process to PostgreSQL; 0: one for each
    thread, kept for a minute, as a pooler such as PgBouncer expects."""
    own: dict[str, object] = {"CONN_HEALTH_CHECKS": True}
    if str(url["ENGINE"]).endswith("sqlite3"):
        # One writer at a time, readers never wait: WAL; a transaction takes its lock when it begins, not half-way.
        own["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        }
        pool = 0
    elif str(url["ENGINE"]).endswith("postgresql"):
        needs_module("psycopg", "DATABASE_URL names PostgreSQL")
        pooled = {"pool": {"min_size": 1, "max_size": pool, "timeout": POOL_SECONDS}} if pool else {}
        own["ENGINE"] = "dashboard.postgres"
        own["OPTIONS"] = {**as_options(url), "connect_timeout": 3, **pooled}
        own["DISABLE_SERVER_SIDE_CURSORS"] = True
        own["CONN_HEALTH_CHECKS"] = not pool  # dashboard.postgres has a cheaper one
    # opening a connection costs more than all the queries of a page
    return {**url, **own, "CONN_MAX_AGE": 0 if pool else 60}


def as_options(url: Mapping[str, object]) -> dict[str, object]:
    found = url.get("OPTIONS")
    return dict(found) if isinstance(found, dict) else {}


def needs_module(name: str, why: str, target: str = "production") -> None:
    if importlib.util.find_spec(name.partition(".")[0]) is None:
        raise ImproperlyConfigured(f"{why}, and what it needs is not installed. Install it with: make {target}")


def shared(cache: Mapping[str, object]) -> dict[str, object]:
    """A cache on Redis or Valkey is one without which pages go on."""
    if "redis" not in str(cache["BACKEND"]):
        return dict(cache)
    needs_module("redis", "CACHE_URL names Redis")
    return {**cache, "BACKEND": "dashboard.shared_cache.SharedCache"}


def cache_of_its_own(cache: Mapping[str, object], name: str) -> dict[str, object]:
    """A cache that no other use can crowd out: local memory has a store for each name, a server a prefix."""
    own = {"LOCATION": name, "OPTIONS": {"MAX_ENTRIES": 10_000}} if "locmem" in str(cache["BACKEND"]) else {}
    return {**cache, "KEY_PREFIX": name, **own}


def encryption_keys(text: str) -> dict[str, bytes]:
    """`id:base64,…`: each key 32 bytes; the first one seals, all of them open."""
    keys = {}
    for position, entry in enumerate(words(text), start=1):
        key_id, _, encoded = entry.partition(":")
        if not re.fullmatch(r"[a-z0-9-]{1,32}", key_id):
            raise ValueError(f"key {position} has no valid ID")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError(f"key {position} is not base64") from None
        if len(key) != 32:
            raise ValueError(f"key {position} has {len(key)} bytes")
        if len(set(key)) < LEAST_DIFFERENT:
            raise ValueError(f"key {position} is not random")
        if key_id in keys:
            raise ValueError(f"key ID {key_id} is used twice")
        keys[key_id] = key
    if not keys:
        raise ValueError("no key")
    return keys


def refuse_demo_keys(secret_key: str, key_ids: list[str]) -> None:
    if secret_key.startswith(DEMO_PREFIX):
        raise ImproperlyConfigured("SECRET_KEY was generated by `make demo`. Use a different one in production.")
    if any(key_id.startswith(DEMO_PREFIX) for key_id in key_ids):
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS contains a key generated by `make demo`. Use different ones in production."
        )


def keep_private(database: Mapping[str, object]) -> None:
    """Restricts what an older version wrote readable by all: SQLite gives its log the mode of the database file."""
    name = Path(str(database.get("NAME") or ""))
    if "sqlite" in str(database.get("ENGINE")) and name.is_file():
        for file in name.parent.glob(f"{name.name}*"):
            file.chmod(0o600)
