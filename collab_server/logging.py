"""The server's loggers, and how much they say, which can be changed while it runs (PATCH /api/settings).

What a line looks like and where it goes is flowroom/logging.py, which the engine shares.
"""

import logging

import structlog

from flowroom.logging import resolved, set_level, set_up

__all__ = ["ROOT", "get_level", "logger", "resolved", "set_level", "set_up"]

ROOT = "flowroom"


def get_level() -> str:
    """The level in force."""
    return logging.getLevelName(logging.root.level).lower()


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of a part of the server, as `logger("rooms")`."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(f"{ROOT}.{name}")
    return bound
