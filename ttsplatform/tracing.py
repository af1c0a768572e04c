"""Traces by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT names a receiver; otherwise nothing of it is imported.

A trace follows an order through processes: the web process notes its `traceparent` (W3C Trace Context) on the job or
in the opening of a live session, and whoever works on it goes on from there. All spans carry our own ids of requests
and jobs; none carries a text, a key or an address.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import socket
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from .env import SettingError

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

ON = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
_NAME = os.environ.get("OTEL_SERVICE_NAME") or "ttsplatform"
# 00-<trace>-<span>-<flags>; a trace or span of zeros is none.
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def _installed() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


if ON and not _installed():
    raise SettingError(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, and OpenTelemetry is not installed. Install it with: "
        "pip install -r requirements-otel.txt (in the image: ENGINES=otel), or unset the variable."
    )

Kind = Literal["server", "client", "producer", "consumer", "internal"]


class Spanning:
    """A span under way: `note` adds attributes, `fail` marks it as an error, `end` ends it."""

    traceparent = ""

    def note(self, **attributes: Any) -> None: ...

    def rename(self, name: str) -> None: ...

    def fail(self, reason: str) -> None: ...

    def end(self) -> None: ...


_NOTHING = Spanning()


class _Real(Spanning):
    def __init__(self, span: Span) -> None:
        self.span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def note(self, **attributes: Any) -> None:
        for name, value in attributes.items():
            if value is not None:
                self.span.set_attribute(name.replace("__", "."), value)

    def rename(self, name: str) -> None:
        self.span.update_name(name)

    def fail(self, reason: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self.span.set_status(Status(StatusCode.ERROR, reason))

    def end(self) -> None:
        self.span.end()


def start(name: str, *, kind: Kind = "internal", parent: str = "", **attributes: Any) -> Spanning:
    """A span that whoever starts it ends. `parent`: a traceparent; else it belongs to the one around it.

    Two underscores in an attribute's name stand for a dot: `http__route`.
    """
    if not ON:
        return _NOTHING
    from opentelemetry.trace import SpanKind

    span = _Real(
        _tracer(os.getpid()).start_span(name, context=_context_of(parent), kind=SpanKind[kind.upper()])
    )
    span.note(**attributes)
    return span


@contextlib.contextmanager
def span(name: str, *, kind: Kind = "internal", parent: str = "", **attributes: Any) -> Iterator[Spanning]:
    """A span around a block: those that begin within belong to it, and an exception marks it as failed."""
    if not ON:
        yield _NOTHING
        return
    from opentelemetry.trace import use_span

    begun = start(name, kind=kind, parent=parent, **attributes)
    assert isinstance(begun, _Real)
    # The words of an exception may be a customer's: its type has to do.
    with use_span(begun.span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield begun
        except Exception as exc:
            begun.fail(type(exc).__name__)
            raise


def traceparent() -> str:
    """Where whoever carries on the present work takes the trace up; "" where there is none."""
    if not ON:
        return ""
    from opentelemetry.trace import get_current_span

    current = get_current_span()
    return _Real(current).traceparent if current.get_span_context().is_valid else ""


def trace_id() -> str:
    """The present trace's 32 hex digits, for log lines; "" where there is none."""
    return traceparent()[3:35]


def acceptable(given: str) -> str:
    """A caller's traceparent where it is one, else ""."""
    return given if _TRACEPARENT.fullmatch(given) else ""


def adopt(parent: str) -> None:
    """From here on the present task belongs to `parent` (a socket's, which has no block to be around)."""
    if ON and (context := _context_of(parent)) is not None:
        from opentelemetry.context import attach

        attach(context)


def flush() -> None:
    """Send what is waiting."""
    if ON and _tracer.cache_info().currsize:
        _provider(os.getpid()).force_flush(2000)


def _context_of(parent: str) -> Context | None:
    if not acceptable(parent):
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent})


# By process: the threads that send do not survive a fork, and Celery forks its pool.
@lru_cache(maxsize=1)
def _provider(pid: int) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create(
        {"service.name": f"{_NAME}-{role}", "service.instance.id": f"{socket.gethostname()}:{pid}"}
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


@lru_cache(maxsize=1)
def _tracer(pid: int) -> Tracer:
    tracer: Tracer = _provider(pid).get_tracer("ttsplatform")
    return tracer


role = "web"
"""What this process is: part of its name in traces."""
