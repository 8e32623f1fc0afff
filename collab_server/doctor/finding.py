"""What the doctor found out about one thing, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is. `advice` says what to mend, and is empty where there is nothing to."""

    check: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A finding before it is known which check made it."""

    state: State
    found: str
    advice: str = ""


def ok(found: str) -> Verdict:
    """As it should be."""
    return Verdict("ok", found)


def warning(found: str, advice: str) -> Verdict:
    """It works, and may not for long, or not for everyone."""
    return Verdict("warning", found, advice)


def failed(found: str, advice: str) -> Verdict:
    """It does not work."""
    return Verdict("failed", found, advice)


def skipped(found: str) -> Verdict:
    """There is nothing to look at."""
    return Verdict("skipped", found)
