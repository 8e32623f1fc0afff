"""What the nodes of a run have given so far, as expressions name it: `nodes.<id or name>.<port>`."""

from collections.abc import Sequence

from engine.decisions import Outputs
from engine.plan import Step
from flowroom.model import Json


class Results:
    """Made when the first expression asks, then kept up to date; a run without expressions pays nothing."""

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Outputs | None]) -> None:
        self._steps = steps
        self._outputs = outputs
        self._named: dict[str, Json] | None = None

    def note(self, step: Step, outputs: Outputs) -> None:
        """A node has given something."""
        if self._named is not None:
            if step.node.name:
                self._named.setdefault(step.node.name, outputs)
            self._named[step.node.id] = outputs  # an id wins over another node's name

    def by_name(self) -> dict[str, Json]:
        """Outputs by id and by name."""
        if self._named is None:
            self._named = {}
            for step in self._steps:
                outputs = self._outputs[step.index]
                if outputs is not None and step.kind != "open":
                    self.note(step, outputs)
        return self._named
