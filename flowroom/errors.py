"""Everything that can go wrong with a graph, a file or a connection.

    FlowroomError
    ├── InvalidGraph          a graph, or a part of it, breaks a rule of the model
    │   ├── NoSuchNode
    │   ├── NoSuchEdge
    │   └── NewerSchema       written by a newer Flowroom than this one
    ├── InvalidDiscussion     a comment, or what was asked of one, breaks a rule
    │   ├── NoSuchThread
    │   └── NoSuchMessage
    ├── InvalidFile           bytes that are no graph file or workspace
    ├── ConnectionRefused     the server closed the door for good (4400-4499)
    │   ├── NotSignedIn
    │   ├── NotAllowed
    │   └── NoSuchDocument
    ├── RequestRefused        the HTTP API answered with a problem other than those
    ├── ConnectionLost        the connection ended and may be tried again
    └── CantStart             a server, an engine or a command can't do what it was started for

A message says what was expected, what came, and what to do about it; the facts are attributes, so that a
caller never parses a message.
"""

MOST_REPEATED = 200
"""Characters of what came that a message repeats: enough to know it again."""


def shortened(text: str, most: int = MOST_REPEATED) -> str:
    """What came, as a message repeats it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


class FlowroomError(Exception):
    """The root of every error Flowroom raises on purpose."""


class InvalidGraph(FlowroomError):
    """A graph, or a part of it, breaks a rule of the model."""


class NoSuchNode(InvalidGraph):
    """A node was named that the graph does not have."""

    def __init__(self, node: str) -> None:
        super().__init__(f"There is no node {node!r} in this graph; it may have been deleted meanwhile.")
        self.node = node


class NoSuchEdge(InvalidGraph):
    """An edge was named that the graph does not have."""

    def __init__(self, edge: str) -> None:
        super().__init__(f"There is no edge {edge!r} in this graph; it may have been deleted meanwhile.")
        self.edge = edge


class NewerSchema(InvalidGraph):
    """The graph was written by a newer Flowroom; opening it here could lose what this one does not know."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"This graph has schema version {found}, and this Flowroom knows versions up to {known}: "
            "update Flowroom to open it."
        )
        self.found = found
        self.known = known


class InvalidDiscussion(FlowroomError):
    """A comment, or what was asked of one, breaks a rule."""


class NoSuchThread(InvalidDiscussion):
    """A thread was named that the discussion does not have."""

    def __init__(self, thread: str) -> None:
        super().__init__(f"There is no thread {thread!r} in this discussion; it may have been deleted meanwhile.")
        self.thread = thread


class NoSuchMessage(InvalidDiscussion):
    """A message was named that the thread does not have, or that was deleted."""

    def __init__(self, message: str) -> None:
        super().__init__(f"There is no message {message!r} in this thread; it may have been deleted meanwhile.")
        self.message = message


class InvalidFile(FlowroomError):
    """Bytes that are no graph file and no workspace that can be read."""

    def __init__(self, what: str, *, file: str | None = None) -> None:
        super().__init__(f"{file}: {what}" if file else what)
        self.file = file
        self.what = what


class ConnectionRefused(FlowroomError):
    """The server closed a connection with a code that trying again will not change."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{reason} (close code {code})")
        self.code = code
        self.reason = reason


class NotSignedIn(ConnectionRefused):
    """The token or cookie is missing, unknown or expired."""


class NotAllowed(ConnectionRefused):
    """The role of this identity does not allow what it asked for."""


class NoSuchDocument(ConnectionRefused):
    """The server has no such graph or run."""


class RequestRefused(FlowroomError):
    """The server's HTTP API answered with a problem; `problem` is its body (RFC 9457)."""

    def __init__(self, status: int, what: str, problem: dict[str, object]) -> None:
        super().__init__(f"{what} (HTTP status {status})")
        self.status = status
        self.what = what
        self.problem = problem


class ConnectionLost(FlowroomError):
    """The connection ended, and the retries that were allowed are used up."""


class CantStart(FlowroomError):
    """Why a process doesn't start, in words for the person who started it."""
