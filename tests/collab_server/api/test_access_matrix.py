"""Who may join and write which kind of document: one table, over real sockets.

The server is a whole one, with accounts, links and tokens made through its REST interface; sockets show what browsers
and programs show. What becomes of attacks is in test_attacks.py.
"""

import httpx
import pytest

from flowroom.protocol import CloseCode
from tests.collab_server.access_house import House
from tests.collab_server.api.places import KINDS, Place, joined, written

NO, READ, WRITE = CloseCode.NO_SUCH_DOCUMENT, CloseCode.NOT_ALLOWED, None
"""What comes of joining and writing: not let in, let in but closed for writing, taken."""
ROLES: dict[str, tuple[CloseCode | None, CloseCode | None, CloseCode | None]] = {
    "nobody": (CloseCode.NOT_SIGNED_IN, CloseCode.NOT_SIGNED_IN, CloseCode.NOT_SIGNED_IN),
    "guest of another graph": (NO, NO, NO),
    "editor of the workspace": (NO, NO, NO),
    "bot for the workspace": (NO, NO, NO),
    "viewer": (READ, READ, READ),
    "commenter": (READ, READ, READ),
    "runner": (READ, READ, READ),
    "editor": (WRITE, READ, READ),
    "guest who was given it": (WRITE, READ, READ),
    "bot for it": (WRITE, READ, READ),
    "admin": (WRITE, READ, READ),
    "admin of the workspace": (WRITE, READ, READ),
    "engine": (WRITE, READ, WRITE),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ROLES)
async def test_each_role_joins_and_writes_what_it_may(
    house: House, place: Place, everyone: dict[str, httpx.Client], who: str, kind: str
) -> None:
    """ACCESS-8 and ACCESS-9, ROOM-10: of a private graph, its discussion, and a run of it."""
    expected = ROLES[who][KINDS.index(kind)]

    async with joined(house, everyone[who], place.path(kind)) as client:
        if expected in (CloseCode.NOT_SIGNED_IN, CloseCode.NO_SUCH_DOCUMENT):
            assert await client.closed() == expected
            assert client.received == [], "nothing is told to who is not let in"
        else:
            assert await written(client) == expected
