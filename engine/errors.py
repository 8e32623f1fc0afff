"""What can go wrong with a run, beside what goes wrong inside a node (engine/nodes/errors.py).

EngineError
├── NoSuchRun         a run id that the log does not have
├── AlreadyStarted    a run of this graph was started with the same key: it is the one that is meant
├── TooManyRuns       as many runs of this graph as it may have have not ended yet
├── Stopped           the engine can't go on with a run; what its nodes still say is dropped
├── Fenced            another worker owns the run now (a higher epoch); whatever this one still has is dropped
├── Unplannable       the graph can't be run as it stands: a cycle, a start that is not there
├── EndsEngines       one engine after the other was gone while it went on with the run
└── StepFailed        the engine itself refuses a node instance (`code`)
    ├── MultiLive         two live edges reached a port that takes one value (E-RUN-MULTI-LIVE)
    ├── NotConnected      a required input has no edge and nothing was given for it
    ├── NotJson           a node returned something that can't be written down
    ├── TooLarge          what would be put together of values is more than an engine can hold
    ├── AttemptTimedOut   an attempt took longer than the node's timeout
    ├── Uncertain         the worker died while a node with an irreversible effect ran
    └── HopLimit          a cascade ran more nodes than allowed
"""

from typing import Any, ClassVar

from sqlalchemy.exc import SQLAlchemyError

from flowroom.errors import FlowroomError, InvalidGraph
from flowroom.node_types import Port
from flowroom.titles import label_of


def message_of(error: BaseException) -> str:
    """What people are told of an error. A database puts SQL, and what others wrote, into its own: that is for the log
    of this process, and for nobody who may read the run.
    """
    if isinstance(error, SQLAlchemyError):
        return f"The run log refused something of this run ({type(error).__name__}); the engine's own log says what."
    return str(error) or type(error).__name__


def writable(text: str) -> str:
    """A text that JSON and documents can hold: half a surrogate pair, which other services may send, is spelled out."""
    return text.encode(errors="backslashreplace").decode()


class Pause(Exception):
    """No error: an attempt waits until a time, in seconds since 1970, and goes on then."""

    def __init__(self, until: float) -> None:
        super().__init__(f"waits until {until}")
        self.until = until


class EngineError(FlowroomError):
    """The root of the engine's own errors."""


class NoSuchRun(EngineError):
    """A run was named that the log does not have."""

    def __init__(self, run: str) -> None:
        super().__init__(f"There is no run {run!r}; it may have been deleted with its graph.")
        self.run = run


class AlreadyStarted(EngineError):
    """Whoever starts a run has started it before, with the same key."""

    def __init__(self, run: str) -> None:
        super().__init__(f"The run {run!r} was started with this key already.")
        self.run = run


class TooManyRuns(EngineError):
    """A graph has as many unfinished runs as it may have."""

    def __init__(self, graph: str, unfinished: int, most: int) -> None:
        super().__init__(f"{unfinished} runs of the graph {graph!r} have not ended, and it may have {most} such runs.")
        self.graph = graph
        self.unfinished = unfinished
        self.most = most


class Fenced(EngineError):
    """Another worker took the run over; this one must stop at once and write nothing more."""

    def __init__(self, run: str, epoch: int) -> None:
        super().__init__(f"Run {run!r} is no longer owned with epoch {epoch}: another worker took it over.")
        self.run = run
        self.epoch = epoch


class Stopped(EngineError):
    """A run was stopped, and nothing more is written of it but its end."""

    def __init__(self, run: str) -> None:
        super().__init__(f"The run {run!r} was stopped; what its nodes still say is dropped.")


class Unplannable(EngineError, InvalidGraph):
    """The graph can't be run as it stands."""


class EndsEngines(EngineError):
    """One engine after the other was gone while it went on with a run, and no node of it ended."""

    def __init__(self, engines: int) -> None:
        super().__init__(
            f"This run was given up: {engines} engines in a row ended, or fell silent, while they went on with it, and "
            "no node of it got further. The log of the last one may say why; most likely a node takes more memory than "
            "there is."
        )


class StepFailed(EngineError):
    """The engine refuses a node instance; becomes the node's error in the log."""

    code: ClassVar[str] = "E-RUN"
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    def to_json(self) -> dict[str, Any]:
        """The error as it is written to the run log."""
        return {"type": type(self).__name__, "code": self.code, "message": self.message, **self.facts}


class MultiLive(StepFailed):
    """Two live edges reached a port that takes one value."""

    code = "E-RUN-MULTI-LIVE"

    def __init__(self, port: Port, edges: list[str]) -> None:
        super().__init__(
            f"The input {label_of(port)!r} takes one value, and {len(edges)} arrived: put a Merge before it, or make "
            "sure that only one of the edges is live.",
            port=port.name,
            edges=edges,
        )


class NotConnected(StepFailed):
    """A required input has no edge, and the run was given nothing for it."""

    code = "E-RUN-NOT-CONNECTED"

    def __init__(self, port: Port) -> None:
        said = f"The required input {label_of(port)!r} isn't connected: draw an edge to it."
        super().__init__(said, port=port.name)


class NotJson(StepFailed):
    """A node returned something that can't be written down."""

    code = "E-RUN-NOT-JSON"


class TooLarge(StepFailed):
    """What would be put together of several values is more than an engine can hold."""

    code = "E-RUN-TOO-LARGE"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"What this puts together has more than {most // 2**20} MB, so it was given up: name a large value once, "
            "pick what is needed of it, or see whether it grows in a circle.",
            most=most,
        )


class AttemptTimedOut(StepFailed):
    """An attempt took longer than the node allows."""

    code = "E-RUN-TIMEOUT"
    retryable = True

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The attempt was stopped after its timeout of {seconds:g} s.", seconds=seconds)


class Uncertain(StepFailed):
    """The worker died while a node ran whose effect can't be taken back or repeated."""

    code = "E-RUN-UNCERTAIN"

    def __init__(self) -> None:
        super().__init__(
            "The worker stopped while this node ran. Its effect may have happened or not, and it can't be repeated "
            "safely: look at the other side, then run the graph again from here."
        )


class HopLimit(StepFailed):
    """A cascade went on for longer than allowed."""

    code = "E-RUN-HOP-LIMIT"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"The cascade passed {limit:,} hops, so it was stopped: nodes probably feed each other in a circle.",
            limit=limit,
        )
