"""What a role allows, and which of several counts: pure, so that every door decides alike.

Who may do what with a graph follows from five facts: the role in the workspace, whose graph it is, who may see it, and
the roles that were given on it, to a person or by a link. The highest that applies counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flowroom.protocol import ROLES, PeerKind, Role

TOKEN_IDS = "t-"
Visibility = Literal["workspace", "private"]
"""`workspace`: everyone in the workspace has a graph with their role there; `private`: only those it was given to."""


def highest(roles: Iterable[Role | None]) -> Role | None:
    """The highest of some roles; None when there is none."""
    return max((role for role in roles if role is not None), key=ROLES.index, default=None)


def includes(role: Role | None, needed: Role) -> bool:
    """Whether a role allows all that another does."""
    return role is not None and ROLES.index(role) >= ROLES.index(needed)


def is_token(id: str) -> bool:
    """Whether it is the id of an API token itself, and not of whoever signed in with it."""
    return id.startswith(TOKEN_IDS)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one graph and one caller. `given` are the roles in force that the caller has on it.

    A deleted graph is nobody's, but its runs, which may still go on, are whose the graph was.
    """

    owner: str
    visibility: Visibility
    given: tuple[Role, ...] = ()
    deleted: bool = False


def role_on(facts: Facts, *, caller: str, kind: PeerKind, role: Role | None) -> Role | None:
    """The caller's role on a graph; None when it is not theirs to see. `role` is the one in the workspace.

    Whoever makes a graph is its admin. A program is not, nor an API token of whatever kind: it never may more than the
    token says.
    """
    if role == "admin":
        return "admin"
    owned: Role | None = None
    if facts.owner == caller:
        owned = "admin" if kind == "person" and not is_token(caller) else role
    shared = role if facts.visibility == "workspace" else None
    return highest([owned, shared, *facts.given])
