"""The two shapes of history entries, as Phase 1 wrote them: chat messages and log lines.

Entries are no part of the document: they are events of a run (`node.entry`), gathered per graph and node.
"""

import secrets
import time
from typing import Any, Literal

import orjson

from flowroom.model import Json

Role = Literal["user", "input", "assistant", "system"]

MAX_LOG_PREVIEW = 120
"""UTF-16 units, as Phase 1 counted."""
MAX_RAW_BYTES = 2000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def chat_entry(role: Role, content: str, *, at: float | None = None) -> dict[str, Any]:
    """A message of a conversation: `{id, role, content, ts}`, `ts` in milliseconds since 1970."""
    return {"id": _new_id(), "role": role, "content": content, "ts": _milliseconds(at)}


def log_entry(value: Json, *, source: str | None, port: str | None, at: float | None = None) -> dict[str, Any]:
    """A line of a log: `{id, ts, preview, kind, sourceId?, port?, raw?}`, classified and cut as Phase 1 did."""
    kind, shown, raw = _classified(value)
    entry: dict[str, Any] = {"id": _new_id(), "ts": _milliseconds(at), "preview": _cut(shown), "kind": kind}
    if source is not None:
        entry["sourceId"] = source
    if port is not None:
        entry["port"] = port
    if raw is not None:
        entry["raw"] = raw
    return entry


def _classified(value: Json) -> tuple[str, str, Json]:
    match value:
        case None:
            return "other", "null", None
        case str():
            return "text", value.strip(), None
        case bool() | int() | float():
            return "text", orjson.dumps(value).decode(), None
        case _:
            shown = orjson.dumps(value, default=str).decode()
            return "json", shown, value if len(shown) < MAX_RAW_BYTES else None


def _cut(text: str) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MAX_LOG_PREVIEW:
        return text
    return units[: 2 * (MAX_LOG_PREVIEW - 1)].decode("utf-16-le", "ignore") + "…"


def _milliseconds(at: float | None) -> int:
    return round((time.time() if at is None else at) * 1000)


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))
