"""Writes what the resolution decides by itself, and what nodes said in passing, into the journal."""

from collections.abc import Sequence
from typing import assert_never

from engine.attempt import Attempt
from engine.decisions import Decision, Delivered, Failed, Opened, Skipped, Succeeded
from engine.entries import chat_entry, log_entry
from engine.expressions.references import as_text
from engine.journal import Journal, encoded
from engine.past import Past
from engine.plan import Plan
from engine.results import Results


class Recorder:
    """`past` is what the log of an interrupted run has already; none of it is written again."""

    def __init__(self, plan: Plan, journal: Journal, results: Results) -> None:
        self.past: Past = {}
        self._plan = plan
        self._journal = journal
        self._results = results

    def record(self, decisions: Sequence[Decision]) -> None:
        """Write decisions in their order."""
        for decision in decisions:
            step = decision.step
            if isinstance(decision, Succeeded):
                self._results.note(step, decision.outputs)
            if self.past and self._is_known(decision):
                continue
            match decision:
                case Opened():
                    self._journal.event("node.started", step.path, 0, 1)
                case Succeeded(_, outputs):
                    self._journal.event("node.succeeded", step.path, 0, 1, encoded=encoded(outputs))
                case Failed(_, error):
                    self._journal.event("node.failed", step.path, 0, 0, {"error": error})
                case Skipped(_, state, reason):
                    self._journal.event("node.skipped", step.path, 0, 0, {"state": state, "reason": reason})
                case Delivered():
                    self._deliver(decision)
                case _:
                    assert_never(decision)

    def said(self, ctx: Attempt) -> None:
        """Write what a node said, beside its result."""
        for diagnostic in ctx.diagnostics or ():
            self._journal.event("node.diagnostic", ctx.path, ctx.iteration, ctx.attempt, diagnostic)
        for entry in ctx.entries or ():
            self._journal.entry(ctx.path, ctx.node.id, ctx.iteration, entry)

    def _is_known(self, decision: Decision) -> bool:
        if isinstance(decision, Delivered):  # written in the transaction that ended its source
            return self.has_ended(self._plan.steps[decision.wire.source].path)
        recorded = self.past.get((decision.step.path, 0))
        if recorded is None:
            return False
        return recorded.end is not None or (isinstance(decision, Opened) and recorded.started > 0)

    def has_ended(self, path: str) -> bool:
        """Whether all instances of a node that the log knows have ended there."""
        known = [recorded for (where, _), recorded in self.past.items() if where == path]
        return bool(known) and all(recorded.end is not None for recorded in known)

    def _deliver(self, delivered: Delivered) -> None:
        """A value reached a feedback input: a Chat or a Log shows it."""
        step, source = delivered.step, self._plan.steps[delivered.wire.source]
        match step.type.body:
            case "chat":
                entry = chat_entry("assistant", as_text(delivered.value))
            case "log":
                entry = log_entry(delivered.value, source=source.node.id, port=delivered.wire.source_port)
            case _:
                return
        self._journal.entry(step.path, step.node.id, 0, entry)
