"""What the nodes of a run have given so far, as expressions name it: `nodes.<id or name>.<port>`."""

from collections.abc import Sequence

from engine.decisions import Outputs
from engine.plan import Step
from flowroom.model import Json, Node, NodeId


class Named:
    """What each node gave last. An id goes before another node's name; of two with one name, the first that gave."""

    def __init__(self) -> None:
        self.values: dict[str, Json] = {}
        self._owners: dict[str, NodeId] = {}

    def note(self, node: Node, outputs: Outputs) -> None:
        """A node has given something."""
        self._owners[node.id] = node.id
        self.values[node.id] = outputs
        if node.name and self._owners.setdefault(node.name, node.id) == node.id:
            self.values[node.name] = outputs


class Results:
    """Made when the first expression asks, then kept up to date; a run without expressions pays nothing."""

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Outputs | None]) -> None:
        self._steps = steps
        self._outputs = outputs
        self._named: Named | None = None

    def note(self, step: Step, outputs: Outputs) -> None:
        """A node has given something."""
        if self._named is not None:
            self._named.note(step.node, outputs)

    def by_name(self) -> dict[str, Json]:
        """Outputs by id and by name."""
        if self._named is None:
            self._named = Named()
            for step in self._steps:
                outputs = self._outputs[step.index]
                if outputs is not None and step.kind != "open":
                    self._named.note(step.node, outputs)
        return self._named.values
