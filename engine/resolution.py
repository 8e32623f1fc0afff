"""Which step may run, and what becomes of the others: dead-path elimination, without any I/O.

Every wire resolves exactly once, LIVE or DEAD, and every step ends exactly once. A caller takes step numbers from
`ready`, runs them however it likes, and tells `succeed` or `fail`; each call returns what else was decided by it, to
be written to the log in the same transaction. A step that needs no worker but has conditions on its edges waits in
`judging`, with its outputs, until the caller has judged them and tells `succeed`. The same calls with the same facts
give the same decisions, so a run is resumed by telling what the log knows.

A wire is DEAD for one of two reasons that its target may care about: nothing came (a branch not taken) or something
failed before it.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, assert_never

from engine.decisions import Decision, Delivered, Failed, Opened, Outputs, Skipped, SkipState, Succeeded
from engine.errors import MultiLive, NotConnected, StepFailed, TooLarge
from engine.plan import ERROR_PORT, NO_SCOPE, Plan, Step, Wire, pinned_outputs
from engine.run_when import TOLERANT, Counts, is_early, why_not
from engine.sizes import within
from flowroom.model import Json
from flowroom.titles import variable_of

OPEN, LIVE, DEAD, DEAD_BY_FAILURE = range(4)
"""What a wire is: unresolved, or one of three for good."""

StepState = Literal["pending", "ready", "succeeded", "failed", "timed_out", "skipped", "upstream_failed", "cancelled"]
Conditions = Mapping[str, bool | str]
"""Edge id → whether its condition held, or why it could not be judged."""

_PINNED = "its value is pinned"


class Resolution:
    """The state of one run of a plan. Not shared between threads."""

    def __init__(self, plan: Plan, given: Mapping[str, Json] | None = None) -> None:
        count = len(plan.steps)
        self.plan = plan
        self.given = given or {}
        self.ready: deque[int] = deque()
        self.judging: deque[tuple[int, Outputs]] = deque()
        self.states: list[StepState] = ["pending"] * count
        self.outputs: list[Outputs | None] = [None] * count
        self.errors: dict[int, dict[str, Any]] = {}
        self.wires = bytearray(len(plan.wires))
        self.left = count
        self._steps = plan.steps
        self._unresolved = [len(s.incoming) + (s.scope != NO_SCOPE) for s in plan.steps]
        self._live = [0] * count
        self._failed = [0] * count
        self._inside = [len(s.children) for s in plan.steps]
        self._chosen: dict[int, list[Wire]] = {}
        self._feedback = bytearray(len(plan.wires))
        for step in plan.steps:
            for wire in step.feedback:
                self._feedback[wire.index] = 1
        self._work: deque[tuple[int, bool]] = deque()
        self._decisions: list[Decision] = []

    @property
    def done(self) -> bool:
        """Whether every step has ended."""
        return self.left == 0

    def begin(self) -> list[Decision]:
        """Decide about the steps that wait for nothing."""
        for index, waiting in enumerate(self._unresolved):
            step = self._steps[index]
            if step.kind != "close" and (not waiting or self._is_unconditional(step)):
                self._work.append((index, bool(waiting)))
        return self._settle()

    def succeed(self, index: int, outputs: Outputs, conditions: Conditions | None = None) -> list[Decision]:
        """A running step ended well: its edges come alive where it gave a value and the condition holds."""
        self._end(index, "succeeded", outputs)
        if conditions is None:
            for wire in self._steps[index].outgoing:
                self._resolve(wire, LIVE if wire.source_port in outputs else DEAD)
        else:
            self._resolve_conditional(self._steps[index], outputs, conditions)
        return self._settle()

    def fail(
        self, index: int, error: dict[str, Any], state: Literal["failed", "timed_out"] = "failed"
    ) -> list[Decision]:
        """A running step ended badly: its error goes out by the port `error`, or kills what follows."""
        self._fail(index, error, state)
        return self._settle()

    def cancel(self) -> list[Decision]:
        """End everything that has not ended, running steps included."""
        for step in self._steps:
            if self._is_open(step.index):
                self._end(step.index, "cancelled", None)
                if step.kind != "open":
                    self._decisions.append(Skipped(step, "cancelled", "the run was cancelled"))
        for number, state in enumerate(self.wires):
            self.wires[number] = state or DEAD
        self.ready.clear()
        self.judging.clear()
        self._work.clear()
        decisions, self._decisions = self._decisions, []
        return decisions

    def inputs(self, index: int) -> dict[str, Json]:
        """The values a step runs with, by port; see the arities in flowroom/node_types.py."""
        step = self._steps[index]
        found: dict[str, Json] = {}
        for wire in self.live(index):
            value = (self.outputs[wire.source] or {})[wire.source_port]
            match step.arities[wire.target_port]:
                case "single":
                    found[wire.target_port] = value
                case "list" | "each":
                    found.setdefault(wire.target_port, []).append(value)
                case "object":
                    held = found.setdefault(wire.target_port, {})
                    held[self._key(wire, held)] = value
        return found

    def live(self, index: int) -> list[Wire]:
        """The live wires into a step, in edge order; for a step that ran early, those that were live then."""
        if index in self._chosen:
            return self._chosen[index]
        wires = self.wires
        return [wire for wire in self._steps[index].incoming if wires[wire.index] == LIVE]

    def unhandled(self, scope: int = NO_SCOPE) -> list[Step]:
        """The failed steps directly in a container (or in the graph) whose failure nothing took care of."""
        failed = [self._steps[i] for i in self.errors if self._steps[i].kind != "open"]
        return [step for step in failed if step.scope == scope and not self._is_handled(step)]

    def _is_handled(self, step: Step) -> bool:
        """By its port `error`, or by a node after it that asked for failures and ran."""
        return step.handles_errors or any(
            self._steps[wire.target].node.run_when in TOLERANT and self.outputs[wire.target] is not None
            for wire in step.outgoing
        )

    # Ending steps and resolving wires

    def _end(self, index: int, state: StepState, outputs: Outputs | None) -> None:
        self.states[index] = state
        self.outputs[index] = outputs
        self.left -= 1
        step = self._steps[index]
        if step.scope != NO_SCOPE:
            self._inside[step.scope] -= 1
            if not self._inside[step.scope]:
                self._work.append((self._steps[step.scope].partner, False))

    def _is_open(self, index: int) -> bool:
        return self.states[index] in ("pending", "ready")

    def _fail(self, index: int, error: dict[str, Any], state: Literal["failed", "timed_out"]) -> None:
        step = self._steps[index]
        handles = step.handles_errors
        self.errors[index] = error
        self._end(index, state, {ERROR_PORT: error} if handles else None)
        for wire in step.outgoing:
            if handles:
                self._resolve(wire, LIVE if wire.source_port == ERROR_PORT else DEAD)
            else:
                self._resolve(wire, DEAD_BY_FAILURE)
        if step.kind == "open":
            self._leave(step, "upstream_failed", f"{step.title} failed")

    def _skip(self, step: Step, state: SkipState, reason: str) -> None:
        self._end(step.index, state, None)
        if step.kind != "open":
            self._decisions.append(Skipped(step, state, reason))
        how = DEAD_BY_FAILURE if state == "upstream_failed" else DEAD
        for wire in step.outgoing:
            self._resolve(wire, how)
        if step.kind == "open":
            self._leave(step, state, reason)

    def _leave(self, opening: Step, state: SkipState, reason: str) -> None:
        """A container that never opens: all inside it and its closing share its fate, whatever they would wait for."""
        queue = [*opening.children]
        while queue:
            step = self._steps[queue.pop()]
            queue.extend(step.children)
            if self._is_open(step.index):
                self._end(step.index, state, None)
                if step.kind != "open":
                    self._decisions.append(Skipped(step, state, f"{opening.title} did not run"))
                for wire in step.outgoing:
                    self._resolve(wire, DEAD_BY_FAILURE if state == "upstream_failed" else DEAD)
        closing = self._steps[opening.partner]
        if opening.role == "pinned" and state == "skipped" and reason == _PINNED:
            self._give(closing, pinned_outputs(closing))
        elif opening.index in self.errors:
            self._end_closing(closing, self.errors[opening.index])
        else:
            self._skip(closing, state, reason)

    def _resolve(self, wire: Wire, how: int) -> None:
        if self.wires[wire.index]:
            return
        self.wires[wire.index] = how
        target = wire.target
        if self._feedback[wire.index]:
            if how == LIVE:
                value = (self.outputs[wire.source] or {})[wire.source_port]
                self._decisions.append(Delivered(self._steps[target], wire, value))
            return
        if how == LIVE:
            self._live[target] += 1
        elif how == DEAD_BY_FAILURE:
            self._failed[target] += 1
        self._unresolved[target] -= 1
        if not self._unresolved[target]:
            self._work.append((target, False))
        elif how != DEAD and self._is_early(self._steps[target]):
            self._work.append((target, True))

    def _resolve_conditional(self, step: Step, outputs: Outputs, conditions: Conditions) -> None:
        for wire in step.outgoing:
            if wire.source_port not in outputs:
                self._resolve(wire, DEAD)
                continue
            held = True if wire.edge is None else conditions.get(wire.edge.id, True)
            if isinstance(held, str):
                self._resolve(wire, DEAD_BY_FAILURE)
            else:
                self._resolve(wire, LIVE if held else DEAD)

    # Deciding

    def _settle(self) -> list[Decision]:
        """Decide about every step whose turn has come, until only work for others is left."""
        work = self._work
        while work:
            index, early = work.popleft()
            if self.states[index] == "pending":
                self._decide(self._steps[index], early)
        decisions, self._decisions = self._decisions, []
        return decisions

    def _decide(self, step: Step, early: bool) -> None:
        if step.kind == "close":
            self._close(step)
            return
        if early:
            if self._scope_is_shut(step):
                return
            self._chosen[step.index] = self.live(step.index)
        if step.simple and not self._failed[step.index] and (self._live[step.index] or not step.incoming):
            self.states[step.index] = "ready"
            self.ready.append(step.index)
            return
        if step.role == "disabled":
            self._skip(step, "skipped", "the node is switched off")
        elif step.role == "idle":
            self._skip(step, "skipped", "the run started elsewhere")
        elif (skip := self._why_not(step)) is not None:
            self._skip(step, *skip)
        elif (refused := self._refused(step)) is not None:
            self._refuse(step, refused)
        else:
            self._take_turn(step)

    def _is_unconditional(self, step: Step) -> bool:
        return step.node.run_when == "always" and step.scope == NO_SCOPE

    def _is_early(self, step: Step) -> bool:
        """Whether a step of a container that opens just now has what it needs to start before its other wires."""
        return is_early(step.node.run_when, self._live[step.index], self._failed[step.index])

    def _scope_is_shut(self, step: Step) -> bool:
        return step.scope != NO_SCOPE and self.states[step.scope] != "succeeded"

    def _why_not(self, step: Step) -> tuple[SkipState, str] | None:
        counts = Counts(len(step.incoming), self._live[step.index], self._failed[step.index])
        return why_not(step.node.run_when, counts, starved=step.required != () and self._starved(step))

    def _starved(self, step: Step) -> bool:
        """Whether a required port that has wires got no live one."""
        return any(
            port in step.arities and not self._live_on(step, port) and step.node.id not in self.given
            for port in step.required
        )

    def _live_on(self, step: Step, port: str) -> list[Wire]:
        return [w for w in step.incoming if w.target_port == port and self.wires[w.index] == LIVE]

    def _refused(self, step: Step) -> StepFailed | None:
        """Why a step that would run can't."""
        for port in step.crowded:
            live = self._live_on(step, port)
            if len(live) > 1:
                return MultiLive(step.input_port(port), [wire.name for wire in live])
        if step.role == "run" and step.node.id not in self.given:
            for port in step.required:
                if port not in step.arities:
                    return NotConnected(step.input_port(port))
        if step.role == "output":
            try:
                within(self.inputs(step.index).get("input") or ())
            except TooLarge as error:
                return error
        return None

    def _refuse(self, step: Step, why: StepFailed) -> None:
        error = why.to_json()
        if step.kind != "open":
            self._decisions.append(Failed(step, error))
        self._fail(step.index, error, "failed")

    def _take_turn(self, step: Step) -> None:
        match step.role:
            case "run":
                self.states[step.index] = "ready"
                self.ready.append(step.index)
            case "inert":
                self._skip(step, "skipped", f"a {step.type.title} only holds data")
            case "open":
                self._open(step)
            case "pinned" if step.kind == "open":
                self._end(step.index, "skipped", None)
                for wire in step.outgoing:
                    self._resolve(wire, DEAD)
                self._leave(step, "skipped", _PINNED)
            case "pinned":
                self._give(step, pinned_outputs(step))
            case "input":
                value = self.inputs(step.index)
                self._give(step, {"output": value.get("input")})
            case "output" if not step.incoming:
                self._skip(step, "skipped", "nothing is connected to it")
            case "output":
                values = self.inputs(step.index).get("input")
                self._give(step, {"output": values[0] if isinstance(values, list) and len(values) == 1 else values})
            case "close" | "disabled" | "idle":
                raise AssertionError(f"{step.path} has been decided before")
            case other:
                assert_never(other)

    def _open(self, step: Step) -> None:
        self._decisions.append(Opened(step))
        outputs = self.inputs(step.index)
        self._end(step.index, "succeeded", outputs)
        for wire in step.outgoing:
            self._resolve(wire, LIVE if wire.source_port in outputs else DEAD)
        for child in step.children:
            self._unresolved[child] -= 1
            inner = self._steps[child]
            if inner.kind != "close" and (not self._unresolved[child] or self._is_early(inner)):
                self._work.append((child, self._unresolved[child] > 0))
        if not step.children:
            self._work.append((step.partner, False))

    def _close(self, step: Step) -> None:
        """Everything inside has ended: the container takes the state of its interior."""
        failures = self.unhandled(step.partner)
        crowded = self._refused(step)
        if failures:
            first = failures[0]
            cause = self.errors[first.index]
            error = {
                "type": "InsideFailed",
                "message": f"{first.title} failed: {cause.get('message', '')}",
                "node": first.path,
                "cause": cause,
            }
            self._end_closing(step, error)
        elif crowded is not None:
            self._end_closing(step, crowded.to_json())
        else:
            self._give(step, self.inputs(step.index))  # one value a port, from the proxies that got one

    def _end_closing(self, step: Step, error: dict[str, Any]) -> None:
        self._decisions.append(Failed(step, error))
        self._fail(step.index, error, "failed")

    def _give(self, step: Step, outputs: Outputs) -> None:
        if step.conditional:
            self.states[step.index] = "ready"
            self.judging.append((step.index, outputs))
            return
        self._decisions.append(Succeeded(step, outputs))
        self._end(step.index, "succeeded", outputs)
        for wire in step.outgoing:
            self._resolve(wire, LIVE if wire.source_port in outputs else DEAD)

    def _key(self, wire: Wire, held: Mapping[str, Json]) -> str:
        """What an object port calls a value; of two that are called alike, the second is called by its source's id."""
        source = self._steps[wire.source].node
        wanted = variable_of(wire.edge, source)
        return wanted if wanted not in held else source.id
