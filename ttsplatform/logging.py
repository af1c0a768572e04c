"""Log lines through structlog: JSON in production, readable text in the embedded default. No secret is logged."""

from __future__ import annotations

import logging
import logging.config
from typing import Any

import structlog

from . import tracing

_SECRET_KEYS = {"authorization", "api_key", "x-api-key", "password", "secret", "token"}


def hide_secrets(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Blank values whose key says that they are secret."""
    for key in event:
        if key.lower() in _SECRET_KEYS:
            event[key] = "[hidden]"
    return event


def add_trace(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Name the trace that a line belongs to, where there is one."""
    if found := tracing.trace_id():
        event["trace_id"] = found
    return event


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: standard logging and structlog through one formatter to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        *([add_trace] if tracing.ON else []),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if options["json"]
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    final: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if options["json"]:
        final.append(structlog.processors.format_exc_info)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "main": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [*final, renderer],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "main"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.request": {"level": "CRITICAL"},  # errors.as_api_error logs what matters
                "uvicorn.access": {"level": "WARNING"},
                # At INFO it writes the address of every socket, and with it the key that is in there.
                "uvicorn.error": {"level": "WARNING"},
                # A hint is not worth two lines; the step it leads to has its own.
                "celery.worker.strategy": {"level": "WARNING"},
                "celery.app.trace": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
