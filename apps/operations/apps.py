from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from apps.audit.figures import UPSTREAM_CALLS
from apps.upstream.transport import AFTER_CALL, Call


class OperationsConfig(AppConfig):
    name = "apps.operations"

    def ready(self) -> None:
        register(Tags.database)(stored_secrets_open)
        AFTER_CALL.append(count_call)
        from .observing import begin  # reads settings

        begin()


def count_call(call: Call, outcome: str, seconds: float) -> None:
    UPSTREAM_CALLS.labels(call.api.removeprefix("the ").removesuffix(" API"), outcome).inc()


def stored_secrets_open(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`manage.py check --database default`, and every `migrate`: a key that is still in use must not be dropped."""
    from .stored_secrets import lost

    if not databases:
        return []
    try:
        missing = lost()
    except DatabaseError:  # the tables are not there yet, or not as this version knows them
        return []
    return [
        Error(
            f"{number} stored secrets were encrypted with the key “{key_id}”, which ENCRYPTION_KEYS does not hold.",
            hint="Put it back behind the first one, then run: manage.py reseal",
            id="operations.E001",
        )
        for key_id, number in sorted(missing.items())
    ]
