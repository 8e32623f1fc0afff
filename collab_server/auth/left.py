"""What somebody, or a token, leaves behind who may make such things no more: API tokens, and share links.

Programs go on with a token when its maker goes, and a link stays with its graph; so would whoever had kept one of them.
So nobody goes before it was said which of the two is meant. All of it is done in the step in which the maker goes.
"""

import time
from typing import Literal, NamedTuple

from sqlalchemy import Connection

from collab_server.auth.identity import Identity
from collab_server.errors import Conflict
from collab_server.happenings import Happening, Happenings
from collab_server.stores import access, accounts
from collab_server.stores.access import LinkRow
from collab_server.stores.accounts import TokenRow

Fate = Literal["keep", "revoke"]


class Said(NamedTuple):
    """What becomes of the API tokens that are left, and of the share links; None where it wasn't said."""

    tokens: Fate | None = None
    links: Fate | None = None


UNSAID = Said()
REVOKE_TOKENS = "Revoke tokens, unless programs need them that others look after now."
KEEP_LINKS = "Keep links if the people they were sent to still need them; else revoke them, and what they gave."


class Unsaid(NamedTuple):
    """Things of a kind that are left, of which it wasn't said what becomes of them in the field of that name."""

    field: str
    kind: str
    advice: str
    items: list[dict[str, object]]


class Ended(NamedTuple):
    """What was revoked, and by what ids the holders of the tokens and all whom they let in are known."""

    tokens: list[TokenRow]
    links: list[LinkRow]
    ids: list[str]

    def note(self, connection: Connection, happenings: Happenings, by: Identity) -> None:
        """Have each of them in the list of what was done."""
        for link in self.links:
            happenings.note(connection, Happening("link.revoked", by=by, graph=link.graph, facts={"link": link.id}))
        for row in self.tokens:
            facts = {"token": row.identity.id, "name": row.identity.name}
            happenings.note(connection, Happening("token.revoked", by=by, facts=facts))


def settled(connection: Connection, maker: str, said: Said, *, whose: str) -> Ended:
    """Do with what a person or token leaves behind as was said; what ends with that. Raises Conflict when it wasn't
    said, and there is something. `whose` begins the sentence: "They have", "It has".
    """
    now = time.time()
    links = access.links_made_by(connection, maker, now=now)  # first: by tokens, too, that end now
    tokens = accounts.tokens_made_by(connection, maker, now=now)
    unsaid: list[Unsaid] = []
    if tokens and said.tokens is None:
        unsaid.append(Unsaid("tokens", "API tokens", REVOKE_TOKENS, [_token(row) for row in tokens]))
    if links and said.links is None:
        unsaid.append(Unsaid("links", "share links", KEEP_LINKS, [_link(link, title) for link, title in links]))
    if unsaid:
        raise _question(unsaid, whose)
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


def _question(unsaid: list[Unsaid], whose: str) -> Conflict:
    """Asks of all kinds at once, so that whoever answers has not to be asked twice."""
    made = " and ".join(f"{one.kind} ({len(one.items)})" for one in unsaid)
    fields = " and ".join(f"`{one.field}`" for one in unsaid)
    return Conflict(
        f"{whose} made {made} that are in force and outlive this.",
        expected=f"{fields}: `revoke` or `keep`",
        advice=" ".join(one.advice for one in unsaid),
        **{one.field: one.items for one in unsaid},
    )


def _token(row: TokenRow) -> dict[str, object]:
    one = row.identity
    return {"id": one.id, "name": one.name, "role": one.role, "kind": one.kind, "usedAt": row.seen_at}


def _link(link: LinkRow, title: str) -> dict[str, object]:
    return {"id": link.id, "graph": link.graph, "title": title, "role": link.role, "opened": link.opened}
