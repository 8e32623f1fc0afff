"""Entries of awareness updates as bytes, in the wire format of y-protocols (`awareness.js`)."""

from typing import Any, NamedTuple

import orjson

from collab_server.auth.identity import Identity
from collab_server.rooms.walker import MAX_CLOCK, Malformed, check_depth, text, varint, write_varint
from flowroom.protocol import MessageType

State = dict[str, Any]
LAST_CLOCK = MAX_CLOCK - 1


class Entry(NamedTuple):
    """One client's state as it came; JSON, `null` when the client says that it is gone."""

    client: int
    clock: int
    state: bytes


def read_entries(payload: bytes) -> list[Entry]:
    """The entries of an awareness update; raises Malformed. The states are UTF-8, but not looked into."""
    entries: list[Entry] = []
    try:
        count, at = varint(payload, 0)
        if count * 3 > len(payload) - at:
            raise Malformed(f"{count} states are announced and {len(payload) - at} bytes are left", at)
        for _ in range(count):
            client, at = varint(payload, at)
            clock, at = varint(payload, at, MAX_CLOCK)
            state, at = text(payload, at)
            entries.append(Entry(client, clock, state))
    except IndexError:
        raise Malformed("The awareness update ends in the middle of a number", len(payload)) from None
    if at != len(payload):
        raise Malformed("There are bytes after the end of the awareness update", at)
    return entries


def read_state(entry: Entry, identity: Identity) -> State | None:
    """A state as a peer sent it, with `user` from who it is; raises Malformed unless it is an object or null."""
    try:
        state = orjson.loads(entry.state)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The state of client {entry.client} is not JSON: {error.msg}") from None
    if state is None:
        return None
    if not isinstance(state, dict):
        raise Malformed(f"The state of client {entry.client} is neither an object nor null")
    check_depth(state)
    state["user"] = identity.user().model_dump(mode="json")
    return state


def encode(state: State | None) -> bytes:
    """A state as JSON; raises Malformed for one that JSON doesn't have."""
    try:
        return orjson.dumps(state)
    except orjson.JSONEncodeError as error:
        raise Malformed(f"A state can't be told to others: {error}") from None


def frame(entries: list[Entry]) -> bytes | None:
    """A whole frame with these states; nothing if there are none.

    No clock is one that would be refused: stock clients repeat to the server whatever they hear.
    """
    if not entries:
        return None
    parts = [write_varint(len(entries))]
    for client, clock, state in entries:
        parts.append(write_varint(client) + write_varint(min(clock, LAST_CLOCK)) + write_varint(len(state)) + state)
    payload = b"".join(parts)
    return write_varint(MessageType.AWARENESS) + write_varint(len(payload)) + payload
