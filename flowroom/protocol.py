"""The words peers and server agree on: doors, message types and close codes.

The wire is plain y-websocket: binary frames, each a message type and its payload, with an update's echo as the
acknowledgement that it is durable. Generated into TypeScript, so that the browser uses the same constants.
"""

from enum import IntEnum
from typing import Literal
from urllib.parse import parse_qs, urlsplit, urlunsplit

Role = Literal["viewer", "commenter", "runner", "editor", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "commenter", "runner", "editor", "admin")
"""From the least to the most allowed; a role may do everything the roles before it may."""

PeerKind = Literal["person", "bot", "agent", "engine"]
DocumentKind = Literal["graph", "discussion", "run"]
Level = Literal["roomy", "nearly full", "full"]
"""How full a document is."""

MAX_FRAME_BYTES = 2**20
MAX_PRESENCE_BYTES = 4096


def parse_address(address: str) -> tuple[str, str | None]:
    """A server's URL, and the token that the address has in it which `flowroom up` prints. Raises ValueError."""
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and (parts.hostname or "").encode("idna") and parts.port != 0
    except ValueError:  # such as http://[, http://a..b or http://a:port
        known = False
    if not known:
        said = address.partition("?")[0]  # without the token
        raise ValueError(f"Expected a server's address, such as http://127.0.0.1:8000, got {said!r}.")
    token = next(iter(parse_qs(parts.query).get("token", [])), None)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", "")), token


class MessageType(IntEnum):
    """The first number of every frame (y-protocols)."""

    SYNC = 0
    AWARENESS = 1
    AUTH = 2
    QUERY_AWARENESS = 3


class SyncType(IntEnum):
    """The second number of a SYNC frame."""

    STEP1 = 0
    STEP2 = 1
    UPDATE = 2


class AuthType(IntEnum):
    """The second number of an AUTH frame, which a text follows; stock clients know the first and pass over the others.

    ROLE tells a peer that it got a higher role. Who gets a lower one is closed with NOT_ALLOWED, and comes back with
    what is left. SPACE is JSON: the `level` of the document, the `size` that it has and the `most` that it may have.
    LEFT_OUT tells a person that something they edited had to go again (ROOM-36).
    """

    NOTICE = 0
    EPOCH = 1
    ROLE = 2
    SPACE = 3
    LEFT_OUT = 4


class CloseCode(IntEnum):
    """Why a socket was closed. 4400-4499 are final for that client; 4500-4599, 1012 and 1013 mean try again."""

    SERVICE_RESTART = 1012
    TRY_LATER = 1013
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    NO_SUCH_DOCUMENT = 4404
    EPOCH_CHANGED = 4409
    TOO_LARGE = 4413
    MALFORMED = 4422
    RATE_LIMITED = 4429
    NOT_READY = 4503


CLOSE_REASONS: dict[CloseCode, str] = {
    CloseCode.SERVICE_RESTART: "The server is restarting; connect again.",
    CloseCode.TRY_LATER: "The connection could not keep up; connect again to catch up.",
    CloseCode.NOT_SIGNED_IN: "Not signed in: open the address with its token again, or pass a valid token.",
    CloseCode.NOT_ALLOWED: "This identity may not do that here; ask an admin of the graph for a higher role.",
    CloseCode.NO_SUCH_DOCUMENT: "There is no such document; it may have been deleted.",
    CloseCode.EPOCH_CHANGED: "The document was restored to an earlier state; reload to join it again.",
    CloseCode.TOO_LARGE: "A frame was larger than the server accepts; send smaller edits.",
    CloseCode.MALFORMED: "A frame was not a well-formed Yjs message; nothing of it was applied.",
    CloseCode.RATE_LIMITED: "Too many messages in a short time; slow down before connecting again.",
    CloseCode.NOT_READY: "The document could not be loaded just now; connect again in a moment.",
}


LEFT_OUT = (
    "An edit of yours can't be beside one that someone else made at the same moment, and was left out. "
    "An admin finds it in the quarantine of this document."
)
"""The sentence that comes with AuthType.LEFT_OUT."""


def graph_path(graph: str) -> str:
    """The door of a graph document."""
    return f"/sync/graphs/{graph}"


def discussion_path(graph: str) -> str:
    """The door of a graph's comment threads."""
    return f"/sync/graphs/{graph}/discussion"


def run_path(run: str) -> str:
    """The door of the document that shows one run."""
    return f"/sync/runs/{run}"


def is_final(code: int) -> bool:
    """Whether a close code says that connecting again as the same client can't help."""
    return 4400 <= code < 4500
