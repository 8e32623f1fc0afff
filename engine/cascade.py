"""Phase 1's event flow: one queue, first in first out, one node run for every value that arrives.

A value leaves its node along every edge and is handled in the order in which it was sent: it is kept in the target's
buffers, shown by a Chat (if a language model said it) or a Log, and handed to a node that runs by itself. Nothing
joins or waits. mailroom.py is the pure half, this drives it.

What differs from Phase 1, on purpose: a circle ends at a hop limit; no log entry is lost; a group's interior runs;
and node types that Phase 1 didn't have run on arrival, with their inputs by port.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from engine import stage
from engine.attempt import Attempt
from engine.conditions import edge_of, judged, unjudged
from engine.context import Arrival, Incoming
from engine.decisions import Outputs
from engine.entries import chat_entry, log_entry
from engine.errors import AttemptTimedOut, HopLimit, Pause, Uncertain
from engine.expressions.references import as_text
from engine.journal import Journal, encoded
from engine.mailroom import VERBATIM, Buffers, Envelope, Queue
from engine.nodes.errors import NodeError
from engine.past import Past, past_of
from engine.perform import checked, perform, templated
from engine.plan import Step, TypeOf, Wire, in_order, is_trigger, paths_of, pinned_outputs
from engine.results import Named
from engine.retry import delay_before, error_of, is_retryable
from engine.stage import IRREVERSIBLE, FinalState, PutAside, Setting, Stage, end_of_run, put_aside, resumed
from flowroom.model import Graph, Json, Node, NodeId
from flowroom.runs import NodePath, RunEvent

SPEAKS = "LLM"
"""The type whose words a Chat shows as the assistant's."""
ON_DEMAND = "FileReader"
"""The type that has inputs but runs only when asked."""
HISTORY_READ = 50


class Inbox:
    """What a node sees of the cascade (engine/context.py, `Cascade`)."""

    def __init__(self, latest: dict[str, Json], buffers: Buffers, incoming: list[Incoming], flow_variables: bool):
        self.latest: Mapping[str, Json] = latest
        self.buffers: Mapping[str, Sequence[Arrival]] = buffers.by_port
        self.incoming: Sequence[Incoming] = incoming
        self.flow_variables = flow_variables


class Cascading(Stage):
    """One cascade in progress: the same face as a dataflow run (scheduler.Scheduler)."""

    def __init__(self, graph: Graph, start: NodeId | None, type_of: TypeOf, journal: Journal, setting: Setting) -> None:
        super().__init__(journal, setting)
        self._graph = graph
        self._start: NodeId | None = start if start is not None else next((NodeId(n) for n in setting.given), None)
        self._queue = Queue(graph, type_of)
        self._type_of = type_of
        self._steps = _steps(graph, type_of)
        self._counts: dict[NodeId, int] = {}
        self._entries: dict[NodeId, list[dict[str, Json]]] = {}
        self._results = Named()
        self._past: Past = {}
        self._resumed = False
        self._has_ended = False
        self._unjudged = Counter[str]()
        """By edge, how many conditions that could not be judged the log has already."""
        self._error: str | None = None
        self._abandoned: BaseException | None = None
        self._task: asyncio.Task[Any] | None = None
        self._now: tuple[Step, int, int] | None = None
        self._by = ""

    async def replay(self, events: Sequence[RunEvent]) -> None:
        """Take over what the log says: the same queue is walked again, and what it knows isn't done again."""
        self._resumed = True
        self._past = past_of(events)
        self._unjudged = Counter(filter(None, map(edge_of, events)))
        resumed(self._journal)

    async def run(self) -> FinalState:
        """Walk the queue to its end, or to where nothing is to be done for a while (raises PutAside)."""
        if not self._resumed:
            self._journal.run(state="running", started=self.now())
            self._journal.event("run.started")
        self._task = asyncio.current_task()
        try:
            if not self.cancelled:
                await self._read_histories()
                await self._walk()
        except PutAside as pause:
            self._has_ended = True  # here: who takes it up finds who wants it cancelled
            await put_aside(self._journal, pause.until)
            raise
        except asyncio.CancelledError:
            if self._abandoned is not None:
                raise self._abandoned from None
            if not self.cancelled or self._task is None or self._task.uncancel():
                raise
        finally:
            self._task = None
        return await self._finish()

    def cancel(self, by: str) -> None:
        """End the cascade with the node that runs now; one that has ended stays as it is."""
        if not (self.cancelled or self._has_ended):
            self.cancelled, self._by = True, by
            self._journal.event("run.cancelling", payload={"by": by})
            if self._task is not None:
                self._task.cancel()

    def abandon(self, error: BaseException) -> None:
        """Stop at once and write nothing more."""
        self._abandoned = error
        if self._task is not None:
            self._task.cancel()

    async def _finish(self) -> FinalState:
        self._has_ended = True
        if self.cancelled:
            ended = {"state": "cancelled", "reason": "the run was cancelled"}
            for path, iteration, attempt in self._unfinished():
                self._journal.event("node.skipped", path, iteration, attempt, ended)
        state: FinalState = "cancelled" if self.cancelled else "failed" if self._error else "succeeded"
        error = None if self.cancelled else self._error
        end_of_run(self._journal, state, error)
        await self._journal.durable()
        return state

    def _unfinished(self) -> list[tuple[NodePath, int, int]]:
        """The node that runs now, or, when nobody has begun to go on yet, what the log knows to have been begun."""
        if self._now is not None:
            step, iteration, attempt = self._now
            return [(step.path, iteration, attempt)]
        if self._counts:
            return []
        begun = [(where, known.started) for where, known in self._past.items() if known.started and known.end is None]
        return [(NodePath(path), iteration, attempt) for (path, iteration), attempt in begun]

    async def _walk(self) -> None:
        if self._start is None or self._start not in self._graph.nodes:
            self._error = "A graph with event flow starts at a node, and the run names none."
            return
        await self._perform(self._start)
        hops = 0
        while (envelope := self._queue.first) is not None:
            if not await self._may_pass(envelope):
                self._queue.drop()
                continue
            self._queue.take()
            hops += 1
            if hops > self.services.settings.max_hops:
                self._stop_circle(envelope)
                return
            await self._handle(envelope)
            if hops % 50 == 0:
                await asyncio.sleep(0)

    async def _may_pass(self, envelope: Envelope) -> bool:
        """Whether the condition of the edge holds, if it has one; that one can't be judged is told once."""
        edge = envelope.edge
        if not edge.condition:
            return True
        held = await judged(edge, envelope.value, self.results, self.services.expressions)
        if isinstance(held, bool):
            return held
        if self._unjudged[edge.id]:
            self._unjudged[edge.id] -= 1
        else:
            self._journal.event("node.diagnostic", self._steps[edge.source].path, payload=unjudged(edge.id, held))
        return False

    async def _handle(self, envelope: Envelope) -> None:
        """One value at its target."""
        if self._queue.pass_through(envelope):
            return
        node = self._graph.nodes[envelope.edge.target]
        body = self._type_of(node.type).body
        if body == "chat":
            if self._graph.nodes[envelope.edge.source].type == SPEAKS:
                self._show(node.id, chat_entry("assistant", as_text(envelope.value)))
        elif body == "log":
            self._show(node.id, log_entry(envelope.value, source=envelope.edge.source, port=envelope.port))
        elif self._runs_by_itself(node):
            await self._perform(node.id)

    def _runs_by_itself(self, node: Node) -> bool:
        type = self._type_of(node.type)
        known = node.type in self._setting.definition
        return known and type.runnable and bool(type.inputs) and node.type != ON_DEMAND and not is_trigger(type)

    def _show(self, node: NodeId, entry: dict[str, Any]) -> None:
        """An entry of a Chat or Log, once."""
        step, iteration = self._steps[node], self._next(node)
        if self._end_of(step, iteration) is None:
            self._entries.setdefault(node, []).append(entry)
            self._journal.entry(step.path, node, iteration, entry)
            self._journal.event("node.succeeded", step.path, iteration, 1, {"outputs": {}})

    def _stop_circle(self, envelope: Envelope) -> None:
        error = HopLimit(self.services.settings.max_hops).to_json()
        node = envelope.edge.target
        step, iteration = self._steps[node], self._next(node)
        if self._end_of(step, iteration) is None:
            self._journal.event("node.failed", step.path, iteration, 0, {"error": error})
        self._error = str(error["message"])

    # Running a node

    async def _perform(self, node: NodeId) -> None:
        """Run a node with what has reached it, and send on what it gives. A failure ends its branch, not the rest."""
        step, iteration = self._steps[node], self._next(node)
        if step.node.disabled:
            return
        outputs: Outputs | None
        if (end := self._end_of(step, iteration)) is not None:
            outputs = (end.payload or {}).get("outputs") if end.type == "node.succeeded" else None
            if outputs is None:
                self._note_failure(step, (end.payload or {}).get("error", {}))
        elif step.node.pinned is not None:
            outputs = pinned_outputs(step)
            self._journal.event("node.succeeded", step.path, iteration, 1, encoded=encoded(outputs))
        else:
            outputs = await self._try(step, iteration)
        if outputs is not None:
            self._results.note(step.node, outputs)
            self._queue.send(node, outputs)

    async def _try(self, step: Step, iteration: int) -> Outputs | None:
        recorded = self._past.get((step.path, iteration))
        number, waited = 1, False
        if recorded is not None and recorded.started:
            if step.type.effect in IRREVERSIBLE and recorded.due is None and recorded.until is None:
                self._fail(step, iteration, recorded.started, Uncertain().to_json())
                return None
            number = recorded.started + (recorded.due is not None)
            if recorded.due is not None:
                await self._until(recorded.due)
            elif recorded.until is not None:
                waited = True
                await self._until(recorded.until)
        retry = step.node.retry
        while True:
            inputs = self._queue.inputs(step.node)
            ctx = Attempt(self, step, inputs, step.node.params, iteration, number, waited=waited)
            try:
                return await self._attempt(ctx, waited=waited)
            except Pause as pause:
                self._journal.event("node.waiting", step.path, iteration, number, {"until": pause.until})
                waited = True
                await self._until(pause.until)
            except (Exception, asyncio.CancelledError) as error:
                if isinstance(error, asyncio.CancelledError) and (self._task is None or self._task.cancelling()):
                    raise  # the run is to end; otherwise something inside the node was cancelled, and the node failed
                told = ctx.masked(error_of(error))
                if retry is None or number >= retry.attempts or not is_retryable(error, retry):
                    self._fail(step, iteration, number, told, isinstance(error, AttemptTimedOut))
                    return None
                number, waited = number + 1, False
                delay = round(delay_before(number, retry, error, self._setting.chance), 6)
                self._journal.event("node.retry", step.path, iteration, number - 1, {"error": told, "delay": delay})
                await self._until(self.now() + delay)

    async def _until(self, at: float) -> None:
        """Wait until a time; for long by letting go of the run, which nothing else goes on in (raises PutAside)."""
        left = at - self.now()
        if left > stage.LONG_SECONDS:
            raise PutAside(at)
        await asyncio.sleep(max(left, 0))

    async def _attempt(self, ctx: Attempt, *, waited: bool) -> Outputs:
        step, iteration, number = ctx.step, ctx.iteration, ctx.attempt
        self._now = (step, iteration, number)
        if not waited or step.type.effect in IRREVERSIBLE:  # which may happen only now
            self._journal.event("node.started", step.path, iteration, number)
        if self._setting.viewers is not None:
            self._setting.viewers.running(step.node.id)
        if step.type.effect in IRREVERSIBLE:
            self._journal.effect(step.path, iteration)
            await self._journal.durable()
        definition = self._setting.definition[step.node.type]
        if definition.run is None:
            raise NodeError(f"A {step.type.title} only holds data, so there is nothing to run.")
        names = () if step.node.type in VERBATIM else templated(step.node, definition)
        given: Any = await perform(definition.run, ctx, names, self.services.expressions)
        outputs = checked(ctx.masked(given))
        payload = encoded(outputs, {"usage": ctx.used} if ctx.used else None)
        if (state := ctx.changed_state) is not None:
            self._remember(step.node.id, state)
        self._said(ctx)
        self._journal.event("node.succeeded", step.path, iteration, number, encoded=payload)
        self._now = None
        return outputs

    def _said(self, ctx: Attempt) -> None:
        for diagnostic in ctx.diagnostics or ():
            self._journal.event("node.diagnostic", ctx.path, ctx.iteration, ctx.attempt, diagnostic)
        for entry in ctx.entries or ():
            self._entries.setdefault(ctx.node.id, []).append(entry)
            self._journal.entry(ctx.path, ctx.node.id, ctx.iteration, entry)

    def _fail(self, step: Step, iteration: int, number: int, told: dict[str, Any], timed_out: bool = False) -> None:
        payload: dict[str, Any] = {"error": told}
        if timed_out:
            payload["state"] = "timed_out"
        self._journal.event("node.failed", step.path, iteration, number, payload)
        self._now = None
        self._note_failure(step, told)
        if step.node.on_error == "port":
            self._queue.send(step.node.id, {"error": told})

    def _note_failure(self, step: Step, error: Mapping[str, Json]) -> None:
        if step.node.on_error != "port" and self._error is None:
            self._error = f"{step.title}: {error.get('message', '')}"

    def _next(self, node: NodeId) -> int:
        iteration = self._counts.get(node, 0)
        self._counts[node] = iteration + 1
        return iteration

    def _end_of(self, step: Step, iteration: int) -> RunEvent | None:
        recorded = self._past.get((step.path, iteration))
        return None if recorded is None else recorded.end

    # What an attempt asks for (attempt.Stage)

    async def _read_histories(self) -> None:
        """What Chats and Logs said before: an import's entries first, then those of all runs."""
        for node in self._graph.nodes.values():
            if self._type_of(node.type).body in ("chat", "log"):
                brought = node.params.get("history")
                kept = [entry for entry in brought if isinstance(entry, dict)] if isinstance(brought, list) else []
                self._entries[node.id] = [*kept, *await self.history(node.id, HISTORY_READ)]

    def arrivals(self, attempt: Attempt) -> Mapping[str, Sequence[Arrival]]:
        """Everything that has reached the node, by the port it came from."""
        return self._queue.buffers[attempt.node.id].by_port

    def results(self) -> Mapping[str, Json]:
        """What each node gave last."""
        return self._results.values

    def cascade(self, attempt: Attempt) -> Inbox:
        """The buffers of a node and the stored state of what leads into it."""
        node = attempt.node.id
        buffers = self._queue.buffers[node]
        incoming = [
            Incoming(edge, self._graph.nodes[edge.source], self._entries.get(edge.source, ()))
            for edge in self._queue.incoming[node]
        ]
        return Inbox(buffers.latest(), buffers, incoming, self._graph.meta.flow_variables)


def _steps(graph: Graph, type_of: TypeOf) -> dict[NodeId, Step]:
    """Nodes as an attempt sees them."""
    paths = paths_of(graph, type_of)
    steps: dict[NodeId, Step] = {}
    for number, node in enumerate(graph.nodes.values()):
        steps[node.id] = Step(number, paths[node.id], node, type_of(node.type))
    for number, edge in enumerate(in_order(graph.edges.values())):
        if edge.source in steps and edge.target in steps:
            source, target = steps[edge.source], steps[edge.target]
            wire = Wire(number, source.index, edge.source_port, target.index, edge.target_port, edge)
            source.outgoing.append(wire)
            target.incoming.append(wire)
    return steps
