"""The API tokens that somebody, or a token, leaves behind who may make none any more.

Programs go on with a token when its maker goes, and so would whoever had kept one. So neither goes before it was said
which of the two is meant. All of it is done in the step in which the maker goes.
"""

import time
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from collab_server.errors import Conflict
from collab_server.stores import accounts
from collab_server.stores.accounts import TokenRow

TokensLeft = Literal["keep", "revoke"]
"""What becomes of the API tokens that are left."""


class Ended(NamedTuple):
    """API tokens that were revoked, and by what ids their holders and all whom they let in are known."""

    tokens: list[TokenRow]
    ids: list[str]


def settled(connection: Connection, maker: str, what: TokensLeft | None, *, whose: str) -> Ended:
    """Do with what a person or token leaves behind as was said; what ends with that. Raises Conflict when it wasn't
    said, and there is something. `whose` begins the sentence: "They have", "It has".
    """
    now = time.time()
    left = accounts.tokens_made_by(connection, maker, now=now)
    if left and what is None:
        raise Conflict(
            f"{whose} made API tokens that are in force and outlive this: {len(left)}.",
            expected="`tokens`: `revoke` or `keep`",
            advice="Revoke them, unless programs need them that others look after now.",
            tokens=[_told(row) for row in left],
        )
    ended = Ended([], [])
    while left and what == "revoke":
        for row in left:
            ended.ids.extend(accounts.revoke_token(connection, row.identity.id, now=now))
        ended.tokens.extend(left)
        left = accounts.tokens_made_by(connection, maker, now=now)  # what one of them was making until it ended
    return ended


def _told(row: TokenRow) -> dict[str, object]:
    one = row.identity
    return {"id": one.id, "name": one.name, "role": one.role, "kind": one.kind, "usedAt": row.seen_at}
