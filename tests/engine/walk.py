"""Walks a plan without any worker: what each node does is a table, and what happened is a dict of states."""

from collections.abc import Mapping
from typing import Any

from engine.decisions import Decision, Delivered, Failed, Opened, Skipped, Succeeded
from engine.plan import Plan, compile
from engine.resolution import Resolution
from flowroom.model import Graph, NodeId
from tests.engine.graphs import type_of

FAIL = object()
"""In a table of outputs: the node fails."""


class Walk:
    """Runs a graph to its end, always taking the ready step `pick` says (the first, if it says nothing)."""

    def __init__(
        self,
        graph: Graph,
        does: Mapping[str, Any] | None = None,
        *,
        start: str | None = None,
        given: Mapping[str, Any] | None = None,
        conditions: Mapping[str, bool | str] | None = None,
        picks: list[int] | None = None,
    ) -> None:
        self.plan: Plan = compile(graph, type_of, start=None if start is None else NodeId(start))
        self.run = Resolution(self.plan, {NodeId(k): v for k, v in (given or {}).items()})
        self.states: dict[str, str] = {}
        self.order: list[str] = []
        self.inputs: dict[str, dict[str, Any]] = {}
        self.outputs: dict[str, dict[str, Any]] = {}
        self.errors: dict[str, dict[str, Any]] = {}
        self.delivered: list[tuple[str, Any]] = []
        self._does = does or {}
        self._conditions = conditions or {}
        self._picks = iter(picks or [])
        self._note(self.run.begin())
        while self.run.ready or self.run.judging:
            self._step()

    def _step(self) -> None:
        if self.run.judging:
            index, outputs = self.run.judging.popleft()
            self._end(self.plan.steps[index].path, "succeeded")
            self.outputs[self.plan.steps[index].path] = outputs
            self._note(self.run.succeed(index, outputs, self._judged(index)))
            return
        self.run.ready.rotate(-(next(self._picks, 0) % len(self.run.ready)))
        index = self.run.ready.popleft()
        step = self.plan.steps[index]
        self.inputs[step.path] = self.run.inputs(index)
        self.order.append(step.path)
        does = self._does.get(step.path, step.path)
        if does is FAIL:
            self._end(step.path, "failed")
            self.errors[step.path] = {"type": "Test", "message": "no"}
            self._note(self.run.fail(index, {"type": "Test", "message": "no"}))
        else:
            outputs = does if isinstance(does, dict) else {p.name: does for p in step.type.outputs}
            self._end(step.path, "succeeded")
            self.outputs[step.path] = outputs
            self._note(self.run.succeed(index, outputs, self._judged(index)))

    def _judged(self, index: int) -> dict[str, bool | str]:
        wires = self.plan.steps[index].conditional
        return {w.edge.id: self._conditions.get(w.edge.condition or "", True) for w in wires if w.edge}

    def _note(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            path = decision.step.path
            match decision:
                case Opened():
                    self.order.append(path)
                case Succeeded(_, outputs):
                    self._end(path, "succeeded")
                    self.outputs[path] = outputs
                case Failed(_, error):
                    self._end(path, "failed")
                    self.errors[path] = error
                case Skipped(_, state, _):
                    self._end(path, state)
                case Delivered(_, _, value):
                    self.delivered.append((path, value))

    def _end(self, path: str, state: str) -> None:
        assert path not in self.states, f"{path} ended twice: {self.states[path]}, then {state}"
        self.states[path] = state
