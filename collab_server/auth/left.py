"""What somebody, or a token, leaves behind who may make such things no more: API tokens, and share links.

Programs go on with a token when its maker goes, and a link stays with its graph; so would whoever had kept one of them.
So nobody goes before it was said which of the two is meant. All of it is done in the step in which the maker goes.
"""

import time
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from collab_server.errors import Conflict
from collab_server.stores import access, accounts
from collab_server.stores.access import LinkRow
from collab_server.stores.accounts import TokenRow

Fate = Literal["keep", "revoke"]


class Said(NamedTuple):
    """What becomes of the API tokens that are left, and of the share links; None where it wasn't said."""

    tokens: Fate | None = None
    links: Fate | None = None


UNSAID = Said()


class Ended(NamedTuple):
    """What was revoked, and by what ids the holders of the tokens and all whom they let in are known."""

    tokens: list[TokenRow]
    links: list[LinkRow]
    ids: list[str]


def settled(connection: Connection, maker: str, said: Said, *, whose: str) -> Ended:
    """Do with what a person or token leaves behind as was said; what ends with that. Raises Conflict when it wasn't
    said, and there is something. `whose` begins the sentence: "They have", "It has".
    """
    now = time.time()
    links = access.links_made_by(connection, maker, now=now)  # first: by tokens, too, that end now
    tokens = accounts.tokens_made_by(connection, maker, now=now)
    if tokens and said.tokens is None:
        raise Conflict(
            f"{whose} made API tokens that are in force and outlive this: {len(tokens)}.",
            expected="`tokens`: `revoke` or `keep`",
            advice="Revoke them, unless programs need them that others look after now.",
            tokens=[_token(row) for row in tokens],
        )
    if links and said.links is None:
        raise Conflict(
            f"{whose} made share links that are in force and outlive this: {len(links)}.",
            expected="`links`: `revoke` or `keep`",
            advice="Keep them if the people they were sent to still need them; else revoke them, and what they gave.",
            links=[_link(link, title) for link, title in links],
        )
    ended = Ended([], [], [])
    if said.links == "revoke":
        for link, _title in links:
            access.revoke_link(connection, link.graph, link.id, now=now)
            ended.links.append(link)
    while tokens and said.tokens == "revoke":
        for row in tokens:
            ended.ids.extend(accounts.revoke_token(connection, row.identity.id, now=now))
        ended.tokens.extend(tokens)
        tokens = accounts.tokens_made_by(connection, maker, now=now)  # what one of them was making until it ended
    return ended


def _token(row: TokenRow) -> dict[str, object]:
    one = row.identity
    return {"id": one.id, "name": one.name, "role": one.role, "kind": one.kind, "usedAt": row.seen_at}


def _link(link: LinkRow, title: str) -> dict[str, object]:
    return {"id": link.id, "graph": link.graph, "title": title, "role": link.role, "opened": link.opened}
