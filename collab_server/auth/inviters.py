"""Whose right an invitation rests on, and whether they have it still.

It is asked when an invitation is used, for the right may be gone by then without anybody having touched the invitation:
a token expires by itself, or another takes its place, and what was under way while a token was revoked is stored after
that.
"""

import time

from sqlalchemy import Connection

from collab_server.auth.identity import ENGINE, SIGN_IN, Identity
from collab_server.auth.rights import maker_of
from collab_server.auth.tokens import digest, same
from collab_server.stores import accounts, people


class Inviters:
    """Who may invite here. `sign_in` is the sign-in token that is in force."""

    def __init__(self, sign_in: str) -> None:
        self._sign_in_hash = digest(sign_in)

    def right_of(self, connection: Connection, by: Identity) -> tuple[str, str]:
        """On whose right an invitation rests that someone makes now, and the hash of the sign-in token that it ends
        with, if any. Raises NotSignedIn.
        """
        maker = maker_of(connection, by)
        return maker.id, self._sign_in_hash if maker.id == SIGN_IN.id else maker.token_hash

    def may_still_invite(self, connection: Connection, id: str, token_hash: str) -> bool:
        """Whether what rests on this right is good: that of a token in force, or of an enabled person, who is an admin.

        Someone without an account came by the sign-in token: no guest invites, and what others without one make is
        their token's. Whoever is not here any more may nothing.
        """
        if token_hash and not same(token_hash, self._sign_in_hash):
            return False
        if id in (SIGN_IN.id, ENGINE.id):
            return True
        token = accounts.tokens_by_id(connection, [id], now=time.time()).get(id)
        if token is not None:
            return token.may("admin")
        who = people.find_person(connection, id)
        return who is not None and who.disabled_at is None and (who.email is None or who.role == "admin")
