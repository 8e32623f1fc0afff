"""Drives one dataflow run: takes ready steps from the resolution, runs their nodes, writes what came of it.

A few long-lived tasks work through the ready steps instead of one task per node, so a node that never waits costs
no turn of the event loop, and at most `limit` nodes run at once. Whatever is decided in one go is added to the
journal without an await, and so becomes one transaction. A run is resumed by telling a fresh resolution what the
log knows (`replay`), before anything is started.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import structlog

from engine import stage
from engine.alarms import Alarms, Turn
from engine.attempt import Attempt
from engine.conditions import Judged, judged_edges
from engine.context import Arrival, Cascade
from engine.crew import Crew
from engine.decisions import Outputs
from engine.errors import AttemptTimedOut, Pause, Uncertain
from engine.instances import Instances
from engine.journal import Encoded, Journal, encoded
from engine.past import past_of
from engine.perform import checked, perform, templated
from engine.plan import Plan, Step
from engine.recorder import Recorder
from engine.resolution import Resolution
from engine.results import Results
from engine.retry import delay_before, error_of, is_retryable
from engine.stage import IRREVERSIBLE, FinalState, PutAside, Setting, Stage, end_of_run, put_aside, resumed
from flowroom.model import Json
from flowroom.runs import NodePath, RunEvent

_log = structlog.get_logger(__name__)


class Scheduler(Stage):
    """One run in progress. `await run()` returns its final state once that is durable."""

    def __init__(self, plan: Plan, journal: Journal, setting: Setting) -> None:
        super().__init__(journal, setting)
        self.plan = plan
        self._resolution = Resolution(plan, setting.given)
        self._ready = self._resolution.ready
        self._again: deque[Turn] = deque()
        self._instances: dict[int, Instances] = {}
        self._results = Results(plan.steps, self._resolution.outputs)
        self._recorder = Recorder(plan, journal, self._results)
        self._crew = Crew(setting.limit, has_work=self._has_work, work=self._next, failed=self.abandon, idle=self._rest)
        self._begun = False
        self._nothing_until: float | None = None
        self._alarms = Alarms(self._ring)
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._runs = [setting.definition[step.node.type].run if step.role == "run" else None for step in plan.steps]
        self._templated = [
            templated(step.node, setting.definition[step.node.type]) if step.role == "run" else ()
            for step in plan.steps
        ]

    # The run as a whole

    async def replay(self, events: Sequence[RunEvent]) -> None:
        """Take over what the log of an interrupted run says; call it before `run`.

        Ends are told in the order in which they were written, so every decision falls as it fell before; what the
        log doesn't know has not happened, or is found running and goes on in `_resume_turn`.
        """
        resumed(self._journal)
        self._recorder.past = past_of(events)
        self._begin()
        for event in events:
            if event.type in ("node.succeeded", "node.failed"):
                step = self.plan.by_path[cast(NodePath, event.node)]
                if self._resolution.states[step.index] == "ready":
                    await self._tell(step, event)
        self._sort_ready()

    async def run(self) -> FinalState:
        """Run to the end, or to where the journal is lost (raises Fenced), the task is cancelled, or nothing is left to
        do for a while (raises PutAside).
        """
        if not self._begun:
            self._journal.run(state="running", started=self.now())
            self._journal.event("run.started")
            self._begin()
        try:
            self._crew.hire()
            self._check_end()
            self._rest()
            await self._end
        finally:
            await self._stop()
        if self._nothing_until is not None:
            await put_aside(self._journal, self._nothing_until)
            raise PutAside(self._nothing_until)
        return await self._finish()

    def _begin(self) -> None:
        self._begun = True
        self._recorder.record(self._resolution.begin())

    def cancel(self, by: str) -> None:
        """End the run: running nodes are cancelled, what hasn't ended is recorded as cancelled."""
        if self.cancelled or self._end.done():
            return
        self.cancelled = True
        self._journal.event("run.cancelling", payload={"by": by})
        for decision in self._resolution.cancel():
            if decision.step.index in self._instances:
                self._cancel_instances(decision.step)
            else:
                self._recorder.record([decision])
        self._check_end()

    def abandon(self, error: BaseException) -> None:
        """Stop at once and write nothing more: the run is someone else's."""
        if not self._end.done():
            self._end.set_exception(error)

    async def _finish(self) -> FinalState:
        state: FinalState = "succeeded"
        error = None
        if self.cancelled:
            state = "cancelled"
        elif failed := self._resolution.unhandled():
            state = "failed"
            step = failed[0]
            error = f"{step.title}: {self._resolution.errors[step.index].get('message', '')}"
        end_of_run(self._journal, state, error)
        await self._journal.durable()
        return state

    async def _stop(self) -> None:
        """Let nothing of this run go on: a node that does not stop in time is left behind, its result unwanted."""
        self._alarms.clear()
        left = await self._crew.dismiss(self.services.settings.cancel_seconds)
        if left:
            _log.warning("nodes did not stop", run=self.run_id, nodes=left)

    def _rest(self) -> None:
        """Nobody works: if that is all until a timer rings, and it takes long, the run is put aside."""
        left = self._alarms.seconds
        if left is not None and left > stage.LONG_SECONDS and not self._has_work() and not self._end.done():
            self._nothing_until = self.now() + left
            self._end.set_result(None)

    def _check_end(self) -> None:
        if self._resolution.done and not self._end.done():
            self._end.set_result(None)

    # Work

    def _has_work(self) -> bool:
        return bool(self._ready or self._again or self._resolution.judging) and not self._end.done()

    async def _next(self) -> None:
        """Do one thing that is ready, and let another of the crew look for more meanwhile."""
        if self._resolution.judging:
            index, outputs = self._resolution.judging.popleft()
            self._crew.hire()
            await self._judge_waiting(self.plan.steps[index], outputs)
        elif self._again:
            turn = self._again.popleft()
            self._crew.hire()
            await self._attempt(self.plan.steps[turn.index], turn.iteration, turn.attempt, waited=turn.waited)
        else:
            step = self.plan.steps[self._ready.popleft()]
            if self._ready:
                self._crew.hire()
            if step.each is None:
                await self._attempt(step, 0, 1)
            else:
                self._open_instances(step)

    async def _attempt(self, step: Step, iteration: int, number: int, *, waited: bool = False) -> None:
        """Run a node once and write what came of it."""
        journal = self._journal
        inputs = self._inputs(step, iteration)
        ctx = Attempt(self, step, inputs, step.node.params, iteration, number, waited=waited)
        if not waited or step.type.effect in IRREVERSIBLE:  # which may happen only now
            journal.event("node.started", step.path, iteration, number)
        if self._viewers is not None:
            self._viewers.running(step.node.id)
        if step.type.effect in IRREVERSIBLE:
            journal.effect(step.path, iteration)
            await journal.durable()  # before anything happens outside, the log must know that it may have
        run = self._runs[step.index]
        assert run is not None
        try:
            given: Any = await perform(run, ctx, self._templated[step.index], self.services.expressions)
            wanted = checked(ctx.masked(given))
            conditions = await self._judge(step, wanted) if step.conditional else None
            payload = encoded(wanted, ctx.beside(conditions))
            state = ctx.changed_state
        except Pause as pause:
            if not self.cancelled:
                journal.event("node.waiting", step.path, iteration, number, {"until": pause.until})
                self._alarms.set(pause.until - self.now(), Turn(step.index, iteration, number, waited=True))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if self._end.done() or self.cancelled or (task is not None and task.cancelling()):
                raise
            self._failed(ctx, error)
        except Exception as error:
            self._failed(ctx, error)
        else:
            if not self.cancelled:
                if state is not None:
                    self._remember(step.node.id, state)
                self._succeeded(ctx, wanted, conditions, payload)

    # What comes of an attempt

    def _succeeded(self, ctx: Attempt, outputs: Outputs, conditions: Judged | None, payload: Encoded) -> None:
        self._recorder.said(ctx)
        step = ctx.step
        self._journal.event("node.succeeded", step.path, ctx.iteration, ctx.attempt, encoded=payload)
        if step.each is None:
            self._settle(step, outputs, conditions)
        else:
            self._instance_ended(step, ctx.iteration, outputs, None)

    def _settle(self, step: Step, outputs: Outputs, conditions: Mapping[str, bool | str] | None) -> None:
        self._results.note(step, outputs)
        decisions = self._resolution.succeed(step.index, outputs, conditions)
        if decisions:
            self._recorder.record(decisions)
        if self._resolution.done:
            self._check_end()

    def _failed(self, ctx: Attempt, error: BaseException) -> None:
        if self.cancelled:
            return
        step = ctx.step
        told = ctx.masked(error_of(error))
        retry = step.node.retry
        if retry is not None and ctx.attempt < retry.attempts and is_retryable(error, retry):
            delay = delay_before(ctx.attempt + 1, retry, error, self._setting.chance)
            self._journal.event(
                "node.retry", step.path, ctx.iteration, ctx.attempt, {"error": told, "delay": round(delay, 6)}
            )
            self._alarms.set(delay, Turn(step.index, ctx.iteration, ctx.attempt + 1))
            return
        self._recorder.said(ctx)
        self._end_badly(step, ctx.iteration, ctx.attempt, told, isinstance(error, AttemptTimedOut))

    def _end_badly(
        self, step: Step, iteration: int, attempt: int, error: dict[str, Any], timed_out: bool = False
    ) -> None:
        state: Literal["failed", "timed_out"] = "timed_out" if timed_out else "failed"
        payload: dict[str, Any] = {"error": error}
        if timed_out:
            payload["state"] = state
        if step.handles_errors:
            payload["handled"] = True
        self._journal.event("node.failed", step.path, iteration, attempt, payload)
        if step.each is None:
            self._recorder.record(self._resolution.fail(step.index, error, state))
            self._check_end()
        else:
            self._instance_ended(step, iteration, None, error, state)

    def _ring(self, turn: Turn) -> None:
        self._again.append(turn)
        self._crew.hire()

    # One instance per value

    def _inputs(self, step: Step, iteration: int) -> dict[str, Json]:
        inputs = self._resolution.inputs(step.index)
        if step.each is not None and step.index in self._instances:
            values = self._instances[step.index].values
            if values:
                inputs[step.each] = values[iteration]
        return inputs

    def _open_instances(self, step: Step) -> None:
        assert step.each is not None
        instances = Instances(self._resolution.inputs(step.index).get(step.each, []))
        self._instances[step.index] = instances
        for number in range(instances.count):
            recorded = self._recorder.past.get((step.path, number))
            if recorded is not None and recorded.end is not None:
                payload = recorded.end.payload or {}
                state = payload.get("state", "failed")
                self._instance_ended(step, number, payload.get("outputs"), payload.get("error"), state)
            else:
                self._resume_turn(step, number)

    def _instance_ended(
        self,
        step: Step,
        number: int,
        outputs: Outputs | None,
        error: dict[str, Any] | None,
        state: Literal["failed", "timed_out"] = "failed",
    ) -> None:
        instances = self._instances[step.index]
        if not instances.end(number, outputs, error, state):
            return
        if instances.error is not None:
            self._recorder.record(self._resolution.fail(step.index, instances.error, instances.state))
            self._check_end()
        elif step.conditional:
            self._resolution.judging.append((step.index, instances.gathered()))
        else:
            self._settle(step, instances.gathered(), None)

    def _cancel_instances(self, step: Step) -> None:
        for number in self._instances[step.index].unfinished:
            reason = {"state": "cancelled", "reason": "the run was cancelled"}
            self._journal.event("node.skipped", step.path, number, 0, reason)

    # Resuming

    async def _tell(self, step: Step, event: RunEvent) -> None:
        """Tell the resolution how a node ended before the interruption."""
        payload = event.payload or {}
        if step.each is not None:
            if step.index not in self._instances:
                self._open_instances(step)
            while self._resolution.judging and self._resolution.judging[-1][0] == step.index:
                index, outputs = self._resolution.judging.pop()
                self._settle(self.plan.steps[index], outputs, await self._judge(step, outputs))
        elif event.type == "node.succeeded":
            self._resolution.judging = deque(j for j in self._resolution.judging if j[0] != step.index)
            self._settle(step, payload.get("outputs", {}), payload.get("edges"))
        else:
            self._recorder.record(self._resolution.fail(step.index, payload["error"], payload.get("state", "failed")))

    def _sort_ready(self) -> None:
        """Sort what is ready after a replay: into what never started, waits for a retry, or was running."""
        waiting = list(self._ready)
        self._ready.clear()
        for index in waiting:
            step = self.plan.steps[index]
            if self._resolution.states[index] != "ready" or index in self._instances:
                continue
            if step.each is not None:
                self._ready.append(index)
            else:
                self._resume_turn(step, 0)

    def _resume_turn(self, step: Step, iteration: int) -> None:
        recorded = self._recorder.past.get((step.path, iteration))
        if recorded is None or not recorded.started:
            self._again.append(Turn(step.index, iteration))
        elif recorded.due is not None:
            self._alarms.set(recorded.due - self.now(), Turn(step.index, iteration, recorded.started + 1))
        elif recorded.until is not None:
            self._alarms.set(recorded.until - self.now(), Turn(step.index, iteration, recorded.started, waited=True))
        elif step.type.effect in IRREVERSIBLE:
            self._end_badly(step, iteration, recorded.started, Uncertain().to_json())
        else:
            self._again.append(Turn(step.index, iteration, recorded.started))

    # Conditions and expressions

    async def _judge_waiting(self, step: Step, outputs: Outputs) -> None:
        """Judge the edges of a step that ended without a worker."""
        conditions = await self._judge(step, outputs)
        if step.each is None:
            self._journal.event("node.succeeded", step.path, 0, 1, encoded=encoded(outputs, {"edges": conditions}))
        self._settle(step, outputs, conditions)

    async def _judge(self, step: Step, outputs: Outputs) -> Judged:
        judged, diagnostics = await judged_edges(step, outputs, self.results, self.services.expressions)
        for diagnostic in diagnostics:
            self._journal.event("node.diagnostic", step.path, payload=diagnostic)
        return judged

    # What an attempt asks for (attempt.Stage)

    def results(self) -> dict[str, Json]:
        """What the nodes have given so far, by id and by name."""
        return self._results.by_name()

    def arrivals(self, attempt: Attempt) -> dict[str, list[Arrival]]:
        """Where an attempt's inputs came from."""
        now = self.now()
        found: dict[str, list[Arrival]] = {}
        for wire in self._resolution.live(attempt.step.index):
            outputs = self._resolution.outputs[wire.source]
            if wire.edge is not None and outputs is not None:
                source = self.plan.steps[wire.source].node
                value = outputs[wire.source_port]
                found.setdefault(wire.target_port, []).append(Arrival(value, wire.edge, source, wire.source_port, now))
        return found

    def cascade(self, attempt: Attempt) -> Cascade | None:
        """A dataflow run has none."""
        return None
