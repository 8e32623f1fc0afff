"""What resolution.py decides by itself, for the log: a tagged union."""

from dataclasses import dataclass
from typing import Any, Literal

from engine.plan import Step, Wire
from flowroom.model import Json

SkipState = Literal["skipped", "upstream_failed", "cancelled"]
Outputs = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Opened:
    """A container begins."""

    step: Step


@dataclass(frozen=True, slots=True)
class Succeeded:
    """A step that needs no worker ended well."""

    step: Step
    outputs: Outputs


@dataclass(frozen=True, slots=True)
class Failed:
    """A step ended badly without having run."""

    step: Step
    error: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step will not run."""

    step: Step
    state: SkipState
    reason: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """A value reached a feedback input of a step."""

    step: Step
    wire: Wire
    value: Json


Decision = Opened | Succeeded | Failed | Skipped | Delivered
