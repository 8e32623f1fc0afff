"""What a node may touch while it runs, and nothing else.

`Context` is the face that every node type codes against: `async def run(ctx, inputs) -> {port: value}`. The engine
makes one for each attempt of a node instance. Whatever a node says here (`entry`, `log`, `usage`, `state`) reaches
the run log together with its result, in one transaction, so a node that is run again after a crash never shows
anything twice; only `stream` and `progress` go to viewers at once and are not history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from flowroom.model import Edge, Json, Node
from flowroom.runs import NodePath, RunId

if TYPE_CHECKING:
    import httpx

    from engine.expressions import Expressions
    from engine.local_model import LocalModel
    from engine.mail import Mail

Level = Literal["debug", "info", "warn", "error"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One value that reached a port, and the way it came. `at` is seconds since 1970."""

    value: Json
    edge: Edge
    source: Node
    port: str
    at: float


@dataclass(frozen=True, slots=True)
class Incoming:
    """An edge into a node, with the stored state of the node it comes from: what Phase 1's cold pull reads.

    `source.params` are those of the snapshot. `history` are the entries the source has gathered in this graph,
    oldest first: what an import brought along, then those of all runs, this one included.
    """

    edge: Edge
    source: Node
    history: Sequence[Mapping[str, Json]]


class Cascade(Protocol):
    """What Phase 1's event flow gives a node besides its inputs; None in a dataflow run.

    There `inputs` equals `latest`: the newest value of every port that anything has reached, keyed by the port it
    came *from*, because Phase 1 never mapped ports.
    """

    @property
    def latest(self) -> Mapping[str, Json]:
        """Port → newest value; two sources on one port overwrite each other, as in Phase 1."""
        ...

    @property
    def buffers(self) -> Mapping[str, Sequence[Arrival]]:
        """Port → everything that arrived in this run, oldest first."""
        ...

    @property
    def incoming(self) -> Sequence[Incoming]:
        """Every edge into this node, in stored order."""
        ...

    @property
    def flow_variables(self) -> bool:
        """Whether `varName` on a flow edge names a variable too (`Meta.flow_variables`)."""
        ...


class Files(Protocol):
    """Reads what came with the graph, and the files folder of this server. Paths are relative, with `/` between parts.

    Raises engine.nodes.errors.FileProblem for what is missing, too large, of the wrong kind or outside.
    """

    async def stat(self, path: str) -> "FileInfo":
        """Facts about one file."""
        ...

    async def read(self, path: str, *, limit: int | None = None) -> bytes:
        """The bytes of a file, refused when they are more than `limit`."""
        ...

    async def names(self, folder: str) -> list[str]:
        """The names of the files directly in a folder, sorted, dotfiles included, folders left out."""
        ...


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file as a node sees it. `path` is as given, cleaned; `modified` is seconds since 1970."""

    path: str
    size: int
    modified: float


class Context(Protocol):
    """One attempt of one node instance."""

    @property
    def node(self) -> Node:
        """The node as the run's snapshot has it."""
        ...

    @property
    def path(self) -> NodePath:
        """Where the node stands: `group/inner`."""
        ...

    @property
    def params(self) -> Mapping[str, Json]:
        """`node.params` with the expressions in the params that the type calls `templated` filled in."""
        ...

    @property
    def run_id(self) -> RunId:
        """The run this is part of."""
        ...

    @property
    def iteration(self) -> int:
        """Which instance of the node this is: 0 unless the node runs several times in one run."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first try."""
        ...

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this instance, also after a restart: send it as `Idempotency-Key`."""
        ...

    @property
    def given(self) -> Json:
        """The value handed to this node when the run was started (`Runs.start(inputs=…)`), or None."""
        ...

    @property
    def message(self) -> str | None:
        """`given` as text: what a person typed into a Chat."""
        ...

    @property
    def arrivals(self) -> Mapping[str, Sequence[Arrival]]:
        """Port → the live values behind `inputs`, in edge order, with where each came from."""
        ...

    @property
    def variables(self) -> Mapping[str, Json]:
        """What expressions see: `input`, `nodes` (by id and by name: `{port: value}`) and `vars`.

        `input` is what arrived by port, and beside it what object ports gathered, by its own name.
        """
        ...

    @property
    def expressions(self) -> "Expressions":
        """CEL, jq and templates, evaluated in children that can be ended."""
        ...

    @property
    def local_model(self) -> "LocalModel":
        """The offline language model of this engine; starts on first use."""
        ...

    @property
    def connected_outputs(self) -> frozenset[str]:
        """The output ports that an edge leaves from; lets a node skip work that nobody wants."""
        ...

    @property
    def cascade(self) -> Cascade | None:
        """Phase 1's buffers and cold pulls; None in a dataflow run."""
        ...

    @property
    def state(self) -> dict[str, Json]:
        """The node's own memory in this graph, kept from run to run; what is changed is saved with the result."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether this attempt should stop; an await inside it raises CancelledError anyway."""
        ...

    @property
    def http(self) -> "httpx.AsyncClient":
        """A client that refuses private addresses unless the settings allow them."""
        ...

    @property
    def model_http(self) -> "httpx.AsyncClient":
        """The same, but Ollama may be asked where it listens by default."""
        ...

    @property
    def mail(self) -> "Mail":
        """Sends mail, if whoever runs this engine lets it."""
        ...

    @property
    def files(self) -> Files:
        """The files folder of this server."""
        ...

    def secret(self, name: str, *, to: "httpx.URL") -> str:
        """A secret by name, for a request to this address and nowhere else.

        The engine leaves it out of all that the node gives. Raises engine.nodes.errors.Refused when there is none, or
        when it is bound to other hosts.
        """
        ...

    def masked(self, value: Json) -> Json:
        """A value without the secrets that this attempt was given: for a text that will be cut, before it is."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait so long, as `wait_until` does."""
        ...

    def wait_until(self, at: float) -> None:
        """Wait until a time, in seconds since 1970, for however long: nothing runs meanwhile, and restarts change none
        of it. When the time has come, the node is run from its beginning again, and this returns. Once in an attempt,
        and before any effect of it.
        """
        ...

    async def history(self, limit: int = 50) -> list[dict[str, Json]]:
        """This node's own newest entries in this graph, oldest first, from earlier runs."""
        ...

    def log(self, level: Level, message: str, data: Mapping[str, Json] | None = None) -> None:
        """A diagnostic; `message` is a stable code (`empty_message_input`) or a sentence."""
        ...

    def progress(self, done: float, total: float | None = None, note: str | None = None) -> None:
        """How far this attempt is; shown at once, at most every 33 ms."""
        ...

    def stream(self, text: str) -> None:
        """Append text to what viewers see of this node right now, such as tokens of an answer."""
        ...

    def entry(self, entry: dict[str, Any]) -> None:
        """Add an entry to this node's Chat or Log history; see engine/entries.py for the two shapes."""
        ...

    def usage(self, **amounts: float) -> None:
        """What this attempt used, such as `input_tokens`; amounts under one name add up."""
        ...
