"""Who else is in a document, and what this peer shows of itself."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pycrdt import Awareness
from pydantic import ValidationError

from flowroom.client.connection import Connection, Left
from flowroom.presence import Presence as State
from flowroom.records import aliased


class Presence:
    """Everybody's awareness state. The server stamps `user` and forgets a peer as soon as its socket is gone."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._awareness: Awareness = connection.peer.awareness

    @property
    def own(self) -> Mapping[str, Any]:
        """What this peer shows of itself, by the names that are sent (`cursor`, `selection`, …)."""
        return self._awareness.get_local_state() or {}

    @property
    def others(self) -> list[State]:
        """Everyone else who is here, as they last said; sorted by the user's id."""
        states = [_read(state) for id, state in self._awareness.states.items() if id != self._awareness.client_id]
        return sorted((state for state in states if state is not None), key=lambda state: state.user.id)

    def set(self, **fields: Any) -> None:
        """Show something of oneself: cursor, selection, editing, drag, viewport, running, went_back; None takes it
        back.

        Fields that are left out stay. Sent at most every 33 ms, the newest state each time.
        """
        state = {**(self._awareness.get_local_state() or {}), **aliased(fields)}
        self._awareness.set_local_state({key: value for key, value in state.items() if value is not None})

    async def changed(self) -> list[State]:
        """Wait until anyone else comes, goes or does something, and return the others."""
        before = self.others
        await self._connection.until(lambda: self.others != before)
        return self.others

    async def changes(self) -> AsyncIterator[list[State]]:
        """The others each time anyone comes, goes or does something; ends when the document is left.

        Who is slow misses steps, never the last. Raises ConnectionRefused, ConnectionLost.
        """
        shown = self.others
        while True:
            try:
                await self._connection.until(lambda: self.others != shown)  # noqa: B023
            except Left:
                return
            shown = self.others
            yield shown


def _read(state: Mapping[str, Any]) -> State | None:
    try:
        return State.model_validate(state)
    except ValidationError:  # a peer that the server has not stamped, or that shows what this version doesn't know
        return None
