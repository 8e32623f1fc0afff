"""What a receiver gets: the message, its signature, and the names of both. Pure.

The form is that of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import orjson

from collab_server.activity.bursts import Row
from collab_server.activity.sentences import sentence

PREFIX = "whsec_"
SECRET_BYTES = 32
PING = "webhook.ping"
"""The type of a test message, which no filter keeps back."""


def new_secret() -> str:
    """A secret as it is shown to whoever adds a webhook."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_message_id() -> str:
    """What a message is called in all its attempts: receivers know by it what they have had."""
    return f"msg_{secrets.token_urlsafe(18)}"


def signature(secret: str, id: str, timestamp: int, body: bytes) -> str:
    """One signature, as `v1,BASE64`, over `ID.TIMESTAMP.BODY`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(id: str, timestamp: int, body: bytes, signing: Iterable[str]) -> dict[str, str]:
    """The headers of an attempt; several secrets sign while one of them is being replaced."""
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id, timestamp, body) for secret in signing),
    }


def message(row: Row) -> bytes:
    """The body for a row of activity."""
    return orjson.dumps({"type": row.kind, "timestamp": moment(row.until or row.at), "data": data(row)})


def ping(at: float, by: str) -> bytes:
    """The body of a test message."""
    return orjson.dumps({"type": PING, "timestamp": moment(at), "data": {"text": f"{by} is trying this webhook out"}})


def data(row: Row) -> dict[str, Any]:
    """A row as messages have it."""
    return {
        "id": row.id,
        "text": sentence(row),
        "by": {"id": row.by.id, "name": row.by.name, "kind": row.by.kind},
        "graph": None if row.graph is None else {"id": row.graph, "title": row.title},
        "nodes": [{"id": node.id, "name": node.name} for node in row.nodes],
        "field": row.field or None,
        "facts": dict(row.facts),
        "from": moment(row.at),
        "until": moment(row.until or row.at),
        "count": row.count,
    }


def moment(at: float) -> str:
    """A time in ISO 8601, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
