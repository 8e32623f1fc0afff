"""Which names of HTTP headers mean something to those on the way, so that nodes may not use them for anything else."""

import re

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
OF_PROXIES = frozenset({"forwarded", "x-real-ip"})
OF_THE_CONNECTION = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
OF_LOGS = frozenset({"x-request-id", "traceparent", "tracestate", "user-agent", "referer"})


def is_of_proxies(name: str) -> bool:
    """Whether a header says for whom a proxy asks."""
    lower = name.lower()
    return lower in OF_PROXIES or lower.startswith("x-forwarded-")


def may_hold_a_secret(name: str) -> bool:
    """Whether a header goes to the service alone: nobody on the way logs it, reads it or changes it."""
    free = name.lower() not in OF_THE_CONNECTION | OF_LOGS and not is_of_proxies(name)
    return free and NAME.fullmatch(name) is not None
