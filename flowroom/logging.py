"""How server and engine speak to whoever runs them: structlog, as console text for people or JSON lines for machines.

Secrets are kept out at the source: nothing logs a header, a cookie or a query string; `_without_secrets` is the second
lock, for text that comes from libraries.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, cast

import structlog

from flowroom import tracing

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "console", "json"]

OURS = ("flowroom", "engine")
"""What the names of our own loggers begin with. Those of libraries may write addresses with what is secret in them."""

SECRETS = re.compile(
    r"((?:token|authorization|cookie|password|api[-_]?key)[\"']?\s*[=:]\s*[\"']?)(?:bearer\s+)?[^\s\"'&;,]+", re.I
)

_PLACES = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
_places = structlog.dev.RichTracebackFormatter(show_locals=False)
"""Where an error arose, without the values of variables: some of them are passwords and tokens."""


def set_up(level: LogLevel, format: LogFormat) -> None:
    """Send everything, that of libraries included, to standard error in one form."""
    as_json = resolved(format) == "json"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _with_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.processors.ExceptionRenderer(_PLACES), structlog.processors.JSONRenderer()]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=_places)]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.root.handlers = [handler]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a cached logger would keep the level it was born with
    )
    set_level(level)


def resolved(format: LogFormat) -> Literal["console", "json"]:
    """What `auto` means here: text on a terminal, JSON anywhere else."""
    if format == "auto":
        return "console" if sys.stderr.isatty() else "json"
    return format


def set_level(level: LogLevel) -> None:
    """Change the least important level that is written, from now on; libraries never say more than their warnings."""
    for ours in OURS:
        logging.getLogger(ours).setLevel(level.upper())
    logging.root.setLevel(max(logging.WARNING, logging.getLogger(OURS[0]).level))


def get_level() -> LogLevel:
    """The level in force."""
    return cast(LogLevel, logging.getLevelName(logging.getLogger(OURS[0]).getEffectiveLevel()).lower())


def _with_trace(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """What is done for a request, a frame of a socket or a run says for which."""
    if (trace := tracing.current.get()) is not None:
        line.setdefault("trace", trace.id)
        line.setdefault("span", trace.span)
    return line


def _without_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: SECRETS.sub(r"\1…", value) if isinstance(value, str) else value for key, value in line.items()}
