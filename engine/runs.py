"""Starting runs and reading about them: what the server does with the engine.

`Runs` writes a run's row and its snapshot, and reads the log that workers write. It never executes anything.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine import attendance, runlog
from engine.attendance import Attendance
from engine.catalogue import type_of
from engine.errors import NoSuchRun, Unplannable
from engine.plan import compile, is_container, paths_of
from engine.record import Cancellation, RunRecord
from engine.starting import create
from flowroom import tracing
from flowroom.checks import visible
from flowroom.errors import InvalidFile, shortened
from flowroom.files.native import canonical, load
from flowroom.model import Graph, Node, NodeId
from flowroom.runs import RunEvent, RunId, RunView, fold
from flowroom.sql import create_engine, dispose
from flowroom.titles import name_of
from flowroom.writer import Writer

MAX_PATH_BYTES = 2_000
"""What a node's path may take: its id, after those of the groups around it. A path stands in an index of the run log,
beside other columns, and PostgreSQL holds no row of an index beyond 2,700 bytes.
"""
T = TypeVar("T")
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
Records = list[RunRecord]
Events = list[RunEvent]
Entries = list[dict[str, Any]]
GraphIds = list[str]


class Runs:
    """All runs of one database. Use one per process, and `await close()` it."""

    def __init__(self, runs_url: str, *, most_unfinished: int | None = None) -> None:
        """`most_unfinished` is how many runs one graph may have that have not ended; any number when it is None."""
        self._most = most_unfinished
        self._engine = create_engine(runs_url)
        runlog.prepare(self._engine)
        self._writer = Writer(self._engine, name="runs")

    async def start(
        self,
        graph_id: str,
        graph: Graph,
        *,
        start: NodeId | None = None,
        inputs: dict[str, Any] | None = None,
        by: str,
        trigger: str = "manual",
        key: str | None = None,
    ) -> RunRecord:
        """Pin the graph and queue a run of it. Raises InvalidGraph when it can't be run as it stands, AlreadyStarted
        when a run of it was started with this `key`, and TooManyRuns.

        `inputs` maps node ids to values (a Chat's message). With `start`, a dataflow run covers what that node needs,
        or, if it is a trigger such as a Chat, what follows from it; a cascade begins there.
        """
        given = inputs or {}
        hash, snapshot = await asyncio.to_thread(_pinned, graph, start, given)
        now = time.time()
        values = {
            "id": new_run_id(now),
            "graph": graph_id,
            "snapshot": hash,
            "start": start,
            "inputs": orjson.dumps(given).decode(),
            "trigger": trigger,
            "by": by,
            "state": "created",
            "epoch": 0,
            "lease_until": 0.0,
            "last_seq": 0,
            "created": now,
            "trace": trace.header if (trace := tracing.current.get()) else None,
            "key": key,
        }
        started = partial(create, values=values, snapshot=snapshot, most=self._most)
        try:
            await self._writer.write(started)
        except IntegrityError:  # another process was a moment faster with this key, or this graph: now it can be found
            await self._writer.write(started)
        return RunRecord.model_validate(
            {k: values[k] for k in ("id", "graph", "snapshot", "start", "trigger", "by", "state", "created")}
        )

    async def of_key(self, graph_id: str, key: str) -> RunRecord | None:
        """The run of a graph that was started with a key, or None."""
        return await self._read(lambda connection: runlog.of_key(connection, graph_id, key))

    async def get(self, run_id: str) -> RunRecord | None:
        """One run, or None."""
        return await self._read(lambda connection: runlog.record(connection, run_id))

    async def list(self, graph_id: str, *, before: str | None = None, limit: int = 50) -> Records:
        """The runs of a graph, newest first; `before` is the id of the last one already seen."""
        return await self._read(lambda c: runlog.records(c, graph_id, before=before, limit=limit))

    async def newest(self, graph_ids: Collection[str]) -> Records:
        """The newest run of each of some graphs that has one."""
        return await self._read(lambda c: runlog.newest_of(c, graph_ids))

    async def since(self, at: float, *, limit: int = 500) -> Records:
        """Runs of all graphs that were created since a time, the oldest first."""
        return await self._read(lambda c: runlog.records_since(c, _age(at), limit=limit))

    async def events(self, run_id: str, *, after: int = 0, limit: int = 500) -> Events:
        """Events with `seq` > `after`, in order."""
        return await self._read(lambda c: runlog.events(c, run_id, after=after, limit=limit))

    async def view(self, run_id: str) -> RunView:
        """The run as people see it, folded from its whole log; raises NoSuchRun."""

        def read(connection: Connection) -> RunView:
            record = runlog.record(connection, run_id)
            if record is None:
                raise NoSuchRun(run_id)
            return fold(view_of(record), runlog.events(connection, run_id))

        return await self._read(read)

    async def snapshot(self, run_id: str) -> Graph:
        """The graph the run is pinned to; raises NoSuchRun."""

        def read(connection: Connection) -> bytes:
            record = runlog.record(connection, run_id)
            found = None if record is None else runlog.snapshot(connection, record.snapshot)
            if found is None:
                raise NoSuchRun(run_id)
            return found

        return load(await self._read(read))

    async def cancel(self, run_id: RunId | str, by: str, *, person: str = "") -> RunRecord:
        """Ask for a run to end, in somebody's name; `person` is their id. A finished run stays as it is. Raises
        NoSuchRun.
        """
        await self._writer.write(lambda connection: runlog.ask_to_cancel(connection, run_id, by, person))
        record = await self.get(run_id)
        if record is None:
            raise NoSuchRun(run_id)
        return record

    async def cancellation(self, run_id: str) -> Cancellation | None:
        """Who was the first to ask for a run to end; None when nobody has."""
        return await self._read(lambda connection: runlog.cancellation(connection, run_id))

    async def history(self, graph_id: str, node_id: str, *, before: int | None = None, limit: int = 50) -> Entries:
        """Entries of a Chat or Log over all runs, oldest first; each has its number as `seq` for `before`."""
        return await self._read(lambda c: runlog.history(c, graph_id, node_id, before=before, limit=limit))

    async def clear_history(self, graph_id: str, node_id: str) -> int:
        """Forget the entries of a Chat or Log; how many there were."""
        return await self._writer.write(lambda connection: runlog.clear_history(connection, graph_id, node_id))

    async def blob(self, hash: str) -> tuple[bytes, str] | None:
        """A large value by its content hash, and its media type; or None."""
        found = await self._read(lambda connection: runlog.blob(connection, hash))
        return None if found is None else (found.content, found.type)

    async def graphs_with_blob(self, hash: str) -> GraphIds:
        """The graphs whose runs gave this large value."""
        return await self._read(lambda connection: runlog.graphs_with_blob(connection, hash))

    async def delete_graph(self, graph_id: str) -> None:
        """Forget all runs and entries of a graph."""
        await self._writer.write(lambda connection: runlog.delete_graph(connection, graph_id))

    async def attendance(self) -> Attendance:
        """Which workers are there, and what waits for one."""
        return await self._read(attendance.read)

    async def close(self) -> None:
        """Finish what is being written and let go of the database."""
        await asyncio.to_thread(self._writer.close)
        dispose(self._engine)

    async def _read(self, read: Callable[[Connection], T]) -> T:
        return await runlog.in_thread(self._engine, read)


def view_of(record: RunRecord) -> RunView:
    """A run before any of its events: what a view is folded from."""
    is_said = record.state in ("created", "waiting") or record.finished is not None
    state = record.state if is_said else "running"
    return RunView(id=record.id, graph=record.graph, snapshot=record.snapshot, by=record.by, status=state)


def new_run_id(now: float) -> RunId:
    """An id that sorts by age: ten digits of milliseconds, eight by chance."""
    return RunId(_age(now) + "".join(secrets.choice(_DIGITS) for _ in range(8)))


def _age(at: float) -> str:
    """What the id of a run of this time begins with."""
    milliseconds, digits = int(at * 1000), ""
    for _ in range(10):
        milliseconds, digit = divmod(milliseconds, 32)
        digits = _DIGITS[digit] + digits
    return digits


def _pinned(graph: Graph, start: NodeId | None, given: dict[str, Any]) -> tuple[str, bytes]:
    """The graph's hash and the bytes that a worker will read. Raises InvalidGraph when no worker could."""
    seen = visible(graph)
    _check(seen, start, given)
    snapshot = canonical(seen)
    try:
        load(snapshot)
    except InvalidFile as error:
        raise Unplannable(f"The graph can't be run as it stands: {error.what}") from error
    return hashlib.sha256(snapshot).hexdigest(), snapshot


def _check(graph: Graph, start: NodeId | None, given: dict[str, Any]) -> None:
    if nul := [id for id in graph.nodes if "\0" in id]:  # PostgreSQL has no place for it, and all logs are alike
        raise Unplannable(f"The node {nul[0]!r} has an id with the character NUL in it, which a run log can't hold.")
    for id, path in paths_of(graph, type_of).items():
        if (size := len(path.encode(errors="surrogatepass"))) > MAX_PATH_BYTES:
            raise Unplannable(_too_long(graph.nodes[id], size))
    for node in given:
        if node not in graph.nodes:
            raise Unplannable(f"A value was given for node {node!r}, which this graph does not have.")
    if graph.meta.execution == "dataflow":
        compile(graph, type_of, start=start)
    elif start is None:
        raise Unplannable("A graph with event flow starts at a node: say which one, such as its chat.")
    elif start not in graph.nodes:
        raise Unplannable(f"The run should start at node {start!r}, which this graph does not have.")
    elif is_container(graph.nodes[start], type_of):
        raise Unplannable("A cascade can't start at a group: start at a node inside it.")


def _too_long(node: Node, size: int) -> str:
    called = shortened(name_of(node) or node.id)
    return (
        f"The id of the node {called!r}, after those of the groups it is in, takes {size:,} bytes, and a run log holds "
        f"{MAX_PATH_BYTES:,}. Copy what has the long id, paste it and delete it: what is pasted gets an id of its own."
    )
