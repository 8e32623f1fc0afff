"""What the runs of both kinds, dataflow and cascade, have around them, and offer to the nodes they run."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from engine.attempt import Attempt
from engine.context import Files
from engine.journal import Journal
from engine.nodes.definition import Definition
from engine.services import Services
from flowroom.model import Json, NodeId
from flowroom.runs import NodePath, RunId

FinalState = Literal["succeeded", "failed", "cancelled"]
IRREVERSIBLE = frozenset({"irreversible", "compensatable"})
"""Effects that must not happen twice: noted durably before they begin, uncertain when the worker dies in them."""


LONG_SECONDS = 5.0
"""A run in which nothing happens for longer than this is put aside: it holds no slot of an engine meanwhile."""


class PutAside(Exception):
    """A run has nothing to do until a time, in seconds since 1970, and its log says so."""

    def __init__(self, until: float) -> None:
        super().__init__(f"nothing to do until {until}")
        self.until = until


class Viewers(Protocol):
    """Whoever watches a run while it goes; see peer.py."""

    def stream(self, path: NodePath, text: str) -> None:
        """Text to append to what a node says just now."""
        ...

    def progress(self, path: NodePath, progress: dict[str, Json]) -> None:
        """How far a node is."""
        ...

    def running(self, node: NodeId) -> None:
        """A node begins."""
        ...


class Entries(Protocol):
    """Reads what nodes said in earlier runs."""

    async def history(self, node: NodeId, limit: int) -> list[dict[str, Json]]:
        """A node's newest entries, oldest first."""
        ...


@dataclass(slots=True)
class Setting:
    """What a run needs besides its plan."""

    run_id: RunId
    services: Services
    definition: Mapping[str, Definition]
    viewers: Viewers | None = None
    entries: Entries | None = None
    files: Files | None = None
    """What its nodes may read; what the nodes of all graphs share when it is None."""
    memory: dict[str, dict[str, Json]] = field(default_factory=dict)
    given: Mapping[str, Json] = field(default_factory=dict)
    limit: int = 64
    chance: random.Random = field(default_factory=random.Random)


class Stage:
    """The half of `attempt.Stage` that is the same for every run."""

    def __init__(self, journal: Journal, setting: Setting) -> None:
        self._journal = journal
        self.run_id = setting.run_id
        self.services = setting.services
        self.files = setting.files or setting.services.files
        self.given = setting.given
        self.cancelled = False
        self._setting = setting
        self._viewers = setting.viewers

    def now(self) -> float:
        """What time it is by the run log."""
        return self._journal.now()

    def memory(self, node: NodeId) -> dict[str, Json]:
        """What a node remembers from earlier runs."""
        return self._setting.memory.get(node, {})

    def show_stream(self, attempt: Attempt, text: str) -> None:
        """Let viewers see text at once."""
        if self._viewers is not None:
            self._viewers.stream(attempt.path, text)

    def show_progress(self, attempt: Attempt, progress: dict[str, Json]) -> None:
        """Let viewers see progress at once."""
        if self._viewers is not None:
            self._viewers.progress(attempt.path, progress)

    async def history(self, node: NodeId, limit: int) -> list[dict[str, Json]]:
        """A node's entries in earlier runs."""
        entries = self._setting.entries
        return await entries.history(node, limit) if entries is not None else []

    def _remember(self, node: NodeId, state: dict[str, Json]) -> None:
        self._setting.memory[node] = state
        self._journal.state(node, state)


def end_of_run(journal: Journal, state: FinalState, error: str | None) -> None:
    """Write down that a run is over."""
    journal.run(state=state, finished=journal.now(), error=error, owner=None)
    payload: dict[str, Any] = {"state": state}
    if error:
        payload["error"] = error
    journal.event("run.finished", payload=payload)


async def put_aside(journal: Journal, until: float) -> None:
    """Write down that a run has nothing to do until a time."""
    journal.run(state="waiting")
    journal.event("run.waiting", payload={"until": until})
    await journal.durable()


def resumed(journal: Journal) -> None:
    """Write down that somebody goes on with a run."""
    journal.run(state="running")
    journal.event("run.resumed", payload={"epoch": journal.claim.epoch})
