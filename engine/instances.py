"""The instances of a node whose port takes values one by one (arity `each`), and what they give together."""

from typing import Any, Literal

from engine.decisions import Outputs
from flowroom.model import Json


class Instances:
    """One instance a live value, in edge order; one without a value when none is live."""

    def __init__(self, values: list[Json]) -> None:
        self.values = values
        self.count = max(len(values), 1)
        self.error: dict[str, Any] | None = None
        self.state: Literal["failed", "timed_out"] = "failed"
        self._outputs: dict[int, Outputs | None] = {}

    @property
    def unfinished(self) -> list[int]:
        """The instances that have not ended."""
        return [number for number in range(self.count) if number not in self._outputs]

    def end(
        self,
        number: int,
        outputs: Outputs | None,
        error: dict[str, Any] | None,
        state: Literal["failed", "timed_out"] = "failed",
    ) -> bool:
        """An instance has ended; says whether it was the last. The first error is the node's error."""
        self._outputs[number] = outputs
        if error is not None and self.error is None:
            self.error, self.state = error, state
        return len(self._outputs) == self.count

    def gathered(self) -> Outputs:
        """Port → list of what the instances gave there, in order."""
        together: Outputs = {}
        for number in range(self.count):
            for port, value in (self._outputs.get(number) or {}).items():
                together.setdefault(port, []).append(value)
        return together
