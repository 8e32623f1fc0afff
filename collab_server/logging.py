"""The server's loggers; how they write is flowroom/logging.py, which the engine shares."""

import structlog

ROOT = "flowroom"


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger of a part of the server, as `logger("rooms")`."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(f"{ROOT}.{name}")
    return bound
