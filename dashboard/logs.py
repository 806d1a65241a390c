"""Logs as JSON, one object a line, scrubbed: of Django and, before Django is there, of gunicorn (dashboard/gunicorn.py)."""

from typing import Any

import structlog
from structlog.typing import Processor

from apps.audit.scrubbing import scrub

CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    scrub,
]


def logging(level: str) -> dict[str, Any]:
    """What logging.config.dictConfig takes."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        "foreign_pre_chain": CHAIN,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "filters": {"database": {"()": "apps.audit.outage.NotTheDatabase"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["database"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "psycopg.pool": {"level": "ERROR"},  # apps.audit.outage says it once
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
            "gunicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
