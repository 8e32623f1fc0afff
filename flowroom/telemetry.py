"""Sends spans to whatever speaks OpenTelemetry: the only file that knows it.

It does so where the packages of the extra `otel` are installed and the environment names an endpoint, by the variables
that OpenTelemetry itself reads, such as `OTEL_EXPORTER_OTLP_ENDPOINT`. Spans have ids and parents already (tracing.py);
here they are only put into the SDK's form, and its batches go out from a thread of its own. A collector that is slow or
away costs spans and nothing else.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from flowroom import __version__, tracing
from flowroom.tracing import Span, Trace

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LAST_SECONDS = 2.0
"""How long the end of a process waits for its last spans to be taken."""

log = structlog.get_logger("flowroom.telemetry")


@contextmanager
def exported(service: str) -> Iterator[None]:
    """Send the spans of this process while the block runs, if that is wanted; `service` is what it is called."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        yield
        return
    try:
        collect, close = _exporter(os.environ.get("OTEL_SERVICE_NAME") or service)
    except ImportError as error:
        log.warning("traces are not exported", reason=str(error), advice="Install flowroom[otel].")
        yield
        return
    try:
        with tracing.collected(collect):
            yield
    finally:
        ending = threading.Thread(target=close, daemon=True)  # it waits for the collector as long as that likes
        ending.start()
        ending.join(LAST_SECONDS)


def _exporter(service: str) -> tuple[Callable[[Span], None], Callable[[], None]]:
    """What takes spans, and what sends the last of them. Raises ImportError."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

    kinds = {kind.name.lower(): kind for kind in SpanKind}
    resource = Resource.create({"service.name": service, "service.version": __version__, "process.pid": os.getpid()})
    scope = InstrumentationScope("flowroom", __version__)
    processor = BatchSpanProcessor(OTLPSpanExporter())

    def context(trace: Trace, number: int) -> SpanContext:
        return SpanContext(int(trace.id, 16), number, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    def collect(span: Span) -> None:
        trace = span.trace
        processor.on_end(
            ReadableSpan(
                name=span.name,
                context=context(trace, trace.number),
                parent=context(trace, trace.parent) if trace.parent else None,
                resource=resource,
                attributes=span.facts,
                links=[Link(context(other, other.number)) for other in span.links],
                kind=kinds[span.kind],
                status=Status(StatusCode.UNSET) if span.error is None else Status(StatusCode.ERROR, span.error),
                start_time=_nanoseconds(trace.since),
                end_time=_nanoseconds(span.until),
                instrumentation_scope=scope,
            )
        )

    return collect, processor.shutdown


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
