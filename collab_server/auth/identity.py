"""Who is asking: what every door of the server knows about a caller once it is signed in."""

from dataclasses import dataclass

from collab_server.auth.roles import includes
from flowroom.presence import User
from flowroom.protocol import PeerKind, Role


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in caller. `session` is the cookie's or token's id.

    `role` is the one in the workspace, None for a guest; on a graph's routes and in its rooms, the one on that graph.
    """

    id: str
    name: str
    colour: str
    role: Role | None
    kind: PeerKind = "person"
    session: str | None = None

    def may(self, needed: Role) -> bool:
        """Whether this identity's role includes what `needed` allows."""
        return includes(self.role, needed)

    def user(self) -> User:
        """This identity as other peers see it."""
        return User(id=self.id, name=self.name, colour=self.colour, kind=self.kind)


ENGINE = Identity(id="engine", name="Engine", colour="#4263eb", role="admin", kind="engine", session="engine")
SIGN_IN = Identity(id="sign-in", name="Workspace token", colour="#087f5b", role="admin", kind="bot", session="sign-in")
