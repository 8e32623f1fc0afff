"""Texts and values as every database can store and index them.

People may put anything into a document; a row that a database refuses would stand in the way of all after it. NUL is in
no text of PostgreSQL, and an index row of it has 2,704 bytes at most. What is short and plain stays as it is.
"""

from collections.abc import Mapping
from hashlib import blake2b

import orjson

from flowroom.model import Json

MAX_INDEXED_BYTES = 1_000
KEPT_CHARS = 200
"""What is left to read of a longer one."""


def plain(text: str) -> str:
    """A text without NUL."""
    return text.replace("\0", "\ufffd")


def indexable(text: str) -> str:
    """A text that an index takes: a long one is its beginning and a hash of it all, so two of them stay two."""
    whole = text.encode(errors="replace")
    if len(whole) <= MAX_INDEXED_BYTES:
        return plain(text)
    return f"{plain(text[:KEPT_CHARS])}…{blake2b(whole, digest_size=16).hexdigest()}"


def as_json(facts: Mapping[str, Json]) -> dict[str, Json]:
    """The same as JSON has it: there is no NaN in it, and no infinity, which PostgreSQL refuses; they become null."""
    read: dict[str, Json] = orjson.loads(orjson.dumps(dict(facts)))
    return read
