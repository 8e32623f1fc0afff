"""One attempt of one node instance: the `Context` that a node gets, and what the node said through it."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from engine.context import Arrival, Cascade, Files, Level
from engine.errors import Pause, writable
from engine.journal import dumped, idempotency_key
from engine.nodes.masking import Masking
from engine.plan import Step
from engine.secrets import secret
from engine.services import Services
from flowroom.model import Json, Node, NodeId
from flowroom.runs import NodePath, RunId

if TYPE_CHECKING:
    import httpx

    from engine.expressions import Expressions
    from engine.local_model import LocalModel
    from engine.mail import Mail

_EMPTY: dict[str, Json] = {}
PROGRESS_SECONDS = 0.033


class Stage(Protocol):
    """The run around an attempt."""

    run_id: RunId
    services: Services
    files: Files
    cancelled: bool
    given: Mapping[str, Json]

    def now(self) -> float:
        """What time it is by the run log, in seconds since 1970."""
        ...

    def arrivals(self, attempt: "Attempt") -> Mapping[str, Sequence[Arrival]]:
        """Where the attempt's inputs came from."""
        ...

    def results(self) -> Mapping[str, Json]:
        """What the nodes of this run have given so far, by id and by name."""
        ...

    def cascade(self, attempt: "Attempt") -> Cascade | None:
        """Phase 1's face of the run."""
        ...

    def memory(self, node: NodeId) -> dict[str, Json]:
        """What a node remembers from earlier runs."""
        ...

    def show_stream(self, attempt: "Attempt", text: str) -> None:
        """Let viewers see text at once."""
        ...

    def show_progress(self, attempt: "Attempt", progress: dict[str, Json]) -> None:
        """Let viewers see progress at once."""
        ...

    async def history(self, node: NodeId, limit: int) -> list[dict[str, Json]]:
        """A node's entries in earlier runs."""
        ...


class Attempt:
    """What a node sees (engine/context.py), and what it said: entries, diagnostics, usage and a changed memory."""

    __slots__ = (
        "_arrivals", "_masking", "_progress_at", "_stage", "_state", "_waited", "attempt", "diagnostics", "entries",
        "inputs", "iteration", "params", "step", "used",
    )  # fmt: skip

    def __init__(
        self,
        stage: Stage,
        step: Step,
        inputs: dict[str, Json],
        params: Mapping[str, Json],
        iteration: int,
        attempt: int,
        *,
        waited: bool = False,
    ) -> None:
        """`waited` says that the time has come which it waited for."""
        self._stage = stage
        self._waited = waited
        self._state: dict[str, Json] | None = None
        self._arrivals: Mapping[str, Sequence[Arrival]] | None = None
        self._progress_at = 0.0
        self._masking: Masking | None = None
        self.step = step
        self.inputs = inputs
        self.params = params
        self.iteration = iteration
        self.attempt = attempt
        self.entries: list[dict[str, Any]] | None = None
        self.diagnostics: list[dict[str, Any]] | None = None
        self.used: dict[str, float] | None = None

    @property
    def node(self) -> Node:
        """The node as the run's snapshot has it."""
        return self.step.node

    @property
    def path(self) -> NodePath:
        """Where the node stands."""
        return self.step.path

    @property
    def run_id(self) -> RunId:
        """The run this is part of."""
        return self._stage.run_id

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this instance."""
        return idempotency_key(self._stage.run_id, self.step.path, self.iteration)

    @property
    def given(self) -> Json:
        """The value handed to this node when the run was started."""
        return self._stage.given.get(self.step.node.id)

    @property
    def message(self) -> str | None:
        """`given` as text."""
        given = self.given
        return None if given is None else given if isinstance(given, str) else str(given)

    @property
    def arrivals(self) -> Mapping[str, Sequence[Arrival]]:
        """Where each of the inputs came from."""
        if self._arrivals is None:
            self._arrivals = self._stage.arrivals(self)
        return self._arrivals

    @property
    def variables(self) -> Mapping[str, Json]:
        """What expressions see. What an object port has gathered by name is found directly in `input`, too."""
        gathered: dict[str, Json] = {}
        for port in self.step.type.inputs:
            values = self.inputs.get(port.name) if port.arity == "object" else None
            if isinstance(values, dict):
                gathered.update(values)
        return {"input": {**gathered, **self.inputs}, "nodes": self._stage.results(), "vars": _EMPTY}

    @property
    def connected_outputs(self) -> frozenset[str]:
        """The output ports that an edge leaves from."""
        return frozenset(wire.source_port for wire in self.step.outgoing)

    @property
    def cascade(self) -> Cascade | None:
        """Phase 1's buffers and cold pulls."""
        return self._stage.cascade(self)

    @property
    def state(self) -> dict[str, Json]:
        """The node's own memory, as a copy that is saved with the result."""
        if self._state is None:
            self._state = dict(self._stage.memory(self.step.node.id))
        return self._state

    @property
    def cancelled(self) -> bool:
        """Whether this attempt should stop."""
        return self._stage.cancelled

    @property
    def http(self) -> "httpx.AsyncClient":
        """The guarded client."""
        return self._stage.services.http

    @property
    def model_http(self) -> "httpx.AsyncClient":
        """The guarded client that reaches Ollama, too."""
        return self._stage.services.model_http

    @property
    def mail(self) -> "Mail":
        """The mail server of this engine."""
        return self._stage.services.mail

    @property
    def files(self) -> Files:
        """What nodes of this graph may read."""
        return self._stage.files

    @property
    def expressions(self) -> "Expressions":
        """The pool of expression children."""
        return self._stage.services.expressions

    @property
    def local_model(self) -> "LocalModel":
        """The offline language model."""
        return self._stage.services.local_model

    def secret(self, name: str, *, to: "httpx.URL") -> str:
        """A secret by name, for a request; nothing that this attempt gives from now on has it in it."""
        value = secret(name, to=to)
        self._masking = self._masking or Masking()
        self._masking.hide(value)
        return value

    def masked(self, value: Json) -> Json:
        """A value without the secrets that this attempt was given."""
        return value if self._masking is None else self._masking.value(value)

    def wait(self, seconds: float) -> None:
        """Wait so long, without running. Raises Pause until it has passed."""
        self.wait_until(self._stage.now() + seconds)

    def wait_until(self, at: float) -> None:
        """Wait until a time, without running. Raises Pause until it has come."""
        if not self._waited:
            raise Pause(at)

    async def history(self, limit: int = 50) -> list[dict[str, Json]]:
        """This node's own newest entries, oldest first."""
        return await self._stage.history(self.step.node.id, limit)

    def log(self, level: Level, message: str, data: Mapping[str, Json] | None = None) -> None:
        """Add a diagnostic; raises NotJson."""
        said: dict[str, Any] = {"level": level, "message": message}
        if data:
            said["data"] = dict(data)
        dumped(said)
        self.diagnostics = [*(self.diagnostics or ()), self.masked(said)]

    def progress(self, done: float, total: float | None = None, note: str | None = None) -> None:
        """Show how far this attempt is."""
        now = time.monotonic()
        if now - self._progress_at >= PROGRESS_SECONDS or done == total:
            self._progress_at = now
            said = None if note is None else writable(note)
            shown: dict[str, Json] = {"done": done, "total": total, "note": said}
            self._stage.show_progress(self, self.masked({k: value for k, value in shown.items() if value is not None}))

    def stream(self, text: str) -> None:
        """Append to what viewers see of this node right now."""
        shown = text if self._masking is None else self._masking.piece(text)
        if shown:
            self._stage.show_stream(self, writable(shown))

    def entry(self, entry: dict[str, Any]) -> None:
        """Add an entry to this node's history; raises NotJson."""
        dumped(entry)
        self.entries = [*(self.entries or ()), self.masked(entry)]

    def usage(self, **amounts: float) -> None:
        """Add to what this attempt used."""
        used = self.used or {}
        self.used = {**used, **{name: used.get(name, 0) + amount for name, amount in amounts.items()}}

    @property
    def changed_state(self) -> dict[str, Json] | None:
        """The node's memory, if the node changed it; raises NotJson."""
        if self._state is None or self._state == self._stage.memory(self.step.node.id):
            return None
        dumped(self._state)
        changed: dict[str, Json] = self.masked(self._state)
        return changed

    def beside(self, edges: Mapping[str, bool | str] | None) -> dict[str, Any] | None:
        """What is written beside the outputs: what was used, and what became of conditional edges."""
        if self.used is None and edges is None:
            return None
        said = {"usage": self.used, "edges": edges}
        return {name: value for name, value in said.items() if value is not None}
