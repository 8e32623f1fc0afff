"""The run log: what happened in every run, in SQL, and who may write it.

Everything here is a function of a connection, to be handed to a `flowroom.sql.Writer` (writes) or run in a thread
(reads). A worker writes a run only with the epoch it claimed it with: a batch under an older epoch is refused
whole, so a worker that was thought dead and comes back can't spoil anything.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, Select, Table, case, delete, func, select, update

from engine.batch import Blob, Row, insert_events, value_of
from engine.errors import Fenced
from engine.migrations import HISTORY
from engine.record import Cancellation, RunRecord
from engine.tables import BLOB, EFFECT, NODE_ENTRY, NODE_STATE, RUN, RUN_BLOB, RUN_EVENT, SNAPSHOT
from flowroom import sql
from flowroom.clock import Clock, clock_at, time_at
from flowroom.model import Json
from flowroom.portions import in_portions
from flowroom.runs import RunEvent, is_reference

T = TypeVar("T")
MAX_FORGOTTEN_AT_ONCE = 500
"""Databases bound the parameters of a statement."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that this worker may write, as it was when it was claimed."""

    id: str
    graph: str
    snapshot: str
    epoch: int
    start: str | None
    inputs: dict[str, Json]
    by: str
    cancel_by: str | None
    last_seq: int
    trace: str | None = None
    """The `traceparent` of the request that started it."""
    now: Clock = field(default=time.time, compare=False)
    """What time it is by the run log."""
    lost: int = 0
    """How often in a row, up to now, its worker was gone and no node of it had ended."""


def prepare(engine: Engine) -> None:
    """Bring the tables up to date; two processes may do so at once."""
    HISTORY.upgrade(engine)


# Claims and leases


def claim(connection: Connection, run: str, *, owner: str, was: str | None, lease_seconds: float) -> Claim | None:
    """Become a run's owner, with the next epoch, unless someone else was faster than `was` says: the owner who is gone,
    or nobody, if it was given back.
    """
    now = clock_at(connection)
    lost = RUN.c.lost if was is None else func.coalesce(RUN.c.lost, 0) + 1
    held = RUN.c.owner.is_(None) if was is None else RUN.c.owner == was
    taken = (
        update(RUN)
        .where(RUN.c.id == run, RUN.c.finished.is_(None), held)
        .values(owner=owner, epoch=RUN.c.epoch + 1, lost=lost)
        .values(lease_until=now() + lease_seconds, lease_seconds=lease_seconds)
        .returning(RUN)  # as it is now: what the last owner wrote until this moment is in it
    )
    row = connection.execute(taken).one_or_none()
    if row is None:
        return None
    return Claim(
        id=row.id,
        graph=row.graph,
        snapshot=row.snapshot,
        epoch=row.epoch,
        start=row.start,
        inputs=orjson.loads(row.inputs),
        by=row.by,
        cancel_by=row.cancel_by,
        last_seq=row.last_seq,
        trace=row.trace,
        now=now,
        lost=row.lost or 0,
    )


def renew(connection: Connection, run: str, epoch: int, lease_seconds: float) -> str | None:
    """Keep a run for longer; says who wants it cancelled, if anyone. Raises Fenced, too, when it was given back."""
    kept = update(RUN).where(RUN.c.id == run, RUN.c.epoch == epoch, RUN.c.owner.is_not(None))
    lease = {"lease_until": time_at(connection) + lease_seconds, "lease_seconds": lease_seconds}
    if connection.execute(kept.values(lease)).rowcount != 1:
        raise Fenced(run, epoch)
    cancel_by: str | None = connection.scalar(select(RUN.c.cancel_by).where(RUN.c.id == run))
    return cancel_by


def release(connection: Connection, run: str, epoch: int, until: float = 0.0) -> None:
    """Give an unfinished run back, so that another worker may go on with it at once, or `until` a time if nobody wants
    it cancelled.
    """
    from_when = case((RUN.c.cancel_by.is_(None), until), else_=0.0)
    given_back = update(RUN).where(RUN.c.id == run, RUN.c.epoch == epoch)
    connection.execute(given_back.values(owner=None, lease_until=from_when))


def cancellations(connection: Connection, owner: str) -> dict[str, str]:
    """Which runs of an owner someone wants to end: id → who."""
    found = select(RUN.c.id, RUN.c.cancel_by).where(
        RUN.c.owner == owner, RUN.c.finished.is_(None), RUN.c.cancel_by.is_not(None)
    )
    return {row.id: row.cancel_by for row in connection.execute(found)}


def ask_to_cancel(connection: Connection, run: str, by: str, person: str = "") -> None:
    """Note who wants a run to end, by name and id. One that no worker has begun ends here and now, one put aside is
    taken up.
    """
    now = time.time()
    goes_on = update(RUN).where(RUN.c.id == run, RUN.c.finished.is_(None))
    first = {"cancel_by": by, "cancel_person": person, "cancel_at": now}
    connection.execute(goes_on.where(RUN.c.cancel_by.is_(None)).values(first))
    connection.execute(goes_on.where(RUN.c.owner.is_(None)).values(lease_until=0.0))
    unclaimed = (
        update(RUN)
        .where(RUN.c.id == run, RUN.c.state == "created", RUN.c.owner.is_(None))
        .values(state="cancelled", finished=now, epoch=RUN.c.epoch + 1, last_seq=2)
    )
    if connection.execute(unclaimed).rowcount:
        said = orjson.Fragment(orjson.dumps({"by": by}))
        ended = orjson.Fragment(orjson.dumps({"state": "cancelled"}))
        rows: list[Row] = [(1, now, "run.cancelling", None, 0, 0, said), (2, now, "run.finished", None, 0, 0, ended)]
        insert_events(connection, run, rows)


# Reading


async def in_thread(engine: Engine, read: Callable[[Connection], T]) -> T:
    """What a function below reads, without holding up the event loop."""
    return await sql.ask(engine, read)


def record(connection: Connection, run: str) -> RunRecord | None:
    """One run's row."""
    row = connection.execute(select(RUN).where(RUN.c.id == run)).one_or_none()
    return None if row is None else _record(row)


def of_key(connection: Connection, graph: str, key: str) -> RunRecord | None:
    """The run of a graph that was started with a key."""
    row = connection.execute(select(RUN).where(RUN.c.graph == graph, RUN.c.key == key)).one_or_none()
    return None if row is None else _record(row)


def records(connection: Connection, graph: str, *, before: str | None, limit: int) -> list[RunRecord]:
    """A graph's runs, newest first."""
    chosen = select(RUN).where(RUN.c.graph == graph).order_by(RUN.c.id.desc()).limit(limit)
    if before is not None:
        chosen = chosen.where(RUN.c.id < before)
    return [_record(row) for row in connection.execute(chosen)]


def newest_of(connection: Connection, graphs: Collection[str]) -> list[RunRecord]:
    """The newest run of each of some graphs that has one."""
    newest = select(func.max(RUN.c.id)).where(RUN.c.graph.in_(graphs)).group_by(RUN.c.graph)
    return [_record(row) for row in connection.execute(select(RUN).where(RUN.c.id.in_(newest)))]


def records_since(connection: Connection, id: str, *, limit: int) -> list[RunRecord]:
    """Runs of all graphs whose id, which begins with its time, is greater; the oldest first."""
    chosen = select(RUN).where(RUN.c.id > id).order_by(RUN.c.id).limit(limit)
    return [_record(row) for row in connection.execute(chosen)]


def _record(row: Any) -> RunRecord:
    names = ("id", "graph", "snapshot", "start", "trigger", "by", "state", "created", "started", "finished", "error")
    return RunRecord.model_validate({name: getattr(row, name) for name in names})


def cancellation(connection: Connection, run: str) -> Cancellation | None:
    """Who wanted a run to end."""
    c = RUN.c
    query = select(c.cancel_by, c.cancel_person, c.cancel_at).where(c.id == run, c.cancel_at.is_not(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else Cancellation(by=row.cancel_by, person=row.cancel_person, at=row.cancel_at)


def events(connection: Connection, run: str, *, after: int = 0, limit: int | None = None) -> list[RunEvent]:
    """A run's events in order."""
    c = RUN_EVENT.c
    chosen = (
        select(c.seq, c.at, c.type, c.node, c.iteration, c.attempt, c.payload)
        .where(c.run == run, c.seq > after)
        .order_by(c.seq)
        .limit(limit)
    )
    return [
        RunEvent(seq, at, type, node, iteration, attempt, None if payload is None else orjson.loads(payload))
        for seq, at, type, node, iteration, attempt, payload in connection.execute(chosen)
    ]


def snapshot(connection: Connection, hash: str) -> bytes | None:
    """A pinned graph as canonical JSON."""
    found: bytes | None = connection.scalar(select(SNAPSHOT.c.json).where(SNAPSHOT.c.hash == hash))
    return found


def blob(connection: Connection, hash: str) -> Blob | None:
    """A large value."""
    row = connection.execute(select(BLOB).where(BLOB.c.hash == hash)).one_or_none()
    return None if row is None else Blob(row.hash, row.type, row.bytes)


def graphs_with_blob(connection: Connection, hash: str) -> list[str]:
    """The graphs of the runs that gave a large value."""
    chosen = select(RUN.c.graph).join(RUN_BLOB, RUN_BLOB.c.run == RUN.c.id).where(RUN_BLOB.c.blob == hash).distinct()
    return list(connection.execute(chosen).scalars())


def history(
    connection: Connection, graph: str, node: str, *, before: int | None = None, limit: int = 50
) -> list[dict[str, Json]]:
    """A node's newest entries, oldest first, each with its number as `seq`."""
    chosen = (
        select(NODE_ENTRY.c.seq, NODE_ENTRY.c.entry)
        .where(NODE_ENTRY.c.graph == graph, NODE_ENTRY.c.node == node)
        .order_by(NODE_ENTRY.c.seq.desc())
        .limit(limit)
    )
    if before is not None:
        chosen = chosen.where(NODE_ENTRY.c.seq < before)
    return [{**orjson.loads(entry), "seq": seq} for seq, entry in reversed(connection.execute(chosen).all())]


def states(connection: Connection, graph: str) -> dict[str, dict[str, Json]]:
    """What the nodes of a graph remember from run to run."""
    chosen = select(NODE_STATE.c.node, NODE_STATE.c.state).where(NODE_STATE.c.graph == graph)
    return {node: orjson.loads(state) for node, state in connection.execute(chosen)}


def last_seq(connection: Connection, run: str) -> int:
    """The number of a run's last event."""
    return connection.scalar(select(func.max(RUN_EVENT.c.seq)).where(RUN_EVENT.c.run == run)) or 0


# Forgetting


def clear_history(connection: Connection, graph: str, node: str) -> int:
    """Forget a node's entries; how many there were."""
    mine = delete(NODE_ENTRY).where(NODE_ENTRY.c.graph == graph, NODE_ENTRY.c.node == node)
    return connection.execute(mine).rowcount


def delete_graph(connection: Connection, graph: str) -> None:
    """Forget a graph's runs, and the blobs and snapshots that no other run needs."""
    chosen = select(RUN.c.id).where(RUN.c.graph == graph)
    connection.execute(chosen.with_for_update()).all()  # who writes to one of them has done so, or finds it gone
    runs = chosen.scalar_subquery()
    for table in (RUN_EVENT, RUN_BLOB, EFFECT):
        connection.execute(delete(table).where(table.c.run.in_(runs)))
    for table in (NODE_ENTRY, NODE_STATE, RUN):
        connection.execute(delete(table).where(table.c.graph == graph))
    _forget_unused(connection, BLOB, select(RUN_BLOB.c.blob))
    _forget_unused(connection, SNAPSHOT, select(RUN.c.snapshot))


def _forget_unused(connection: Connection, table: Table, used: Select[tuple[str]]) -> None:
    """Delete what nothing uses by its hash. What another engine holds is just being put to use; and what seemed unused
    may have been put to use until it was locked here, so that is asked once more.
    """
    unused = table.c.hash.not_in(used)
    free = connection.scalars(select(table.c.hash).where(unused).with_for_update(skip_locked=True)).all()
    for some in in_portions(free, MAX_FORGOTTEN_AT_ONCE):
        connection.execute(delete(table).where(table.c.hash.in_(some), unused))


# Values


def with_blobs(connection: Connection, found: Sequence[RunEvent]) -> Iterable[RunEvent]:
    """Events with the large values of their outputs put back."""
    for event in found:
        outputs = (event.payload or {}).get("outputs")
        if outputs and any(is_reference(value) for value in outputs.values()):
            event = event._replace(payload={**(event.payload or {}), "outputs": _filled(connection, outputs)})
        yield event


def _filled(connection: Connection, outputs: dict[str, Json]) -> dict[str, Json]:
    filled = dict(outputs)
    for port, value in outputs.items():
        if is_reference(value):
            stored = blob(connection, value["$blob"])
            filled[port] = value if stored is None else value_of(stored)
    return filled
