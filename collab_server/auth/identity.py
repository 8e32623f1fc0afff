"""Who is asking: what every door of the server knows about a caller once it is signed in."""

from dataclasses import dataclass

from flowroom.presence import User
from flowroom.protocol import ROLES, PeerKind, Role


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in caller. `role` holds for every graph of the workspace; `session` is the cookie's or token's id."""

    id: str
    name: str
    colour: str
    role: Role
    kind: PeerKind = "person"
    session: str | None = None

    def may(self, needed: Role) -> bool:
        """Whether this identity's role includes what `needed` allows."""
        return ROLES.index(self.role) >= ROLES.index(needed)

    def user(self) -> User:
        """This identity as other peers see it."""
        return User(id=self.id, name=self.name, colour=self.colour, kind=self.kind)
