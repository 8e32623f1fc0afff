"""How a worker gets runs to execute: a narrow port, and its adapters.

One task is one run. Who owns a run is decided in SQL by its epoch, whatever the queue says, so a queue may deliver
twice or late without harm.
"""

from collections.abc import Mapping
from typing import Protocol

from engine.runlog import Claim


class RunQueue(Protocol):
    """Where runs come from. Adapters: local.py (the run log itself)."""

    def has_news(self) -> bool:
        """Whether to look now may find what the last look did not. One that can't tell says yes."""
        ...

    async def claim(self, limit: int, *, besides: Mapping[str, str] | None = None) -> list[Claim]:
        """Become the owner of up to `limit` unfinished runs, all or none: new ones, and those whose lease ran out.

        `besides` are runs that go on here, with their graphs: they are left alone, however late their lease is renewed.
        """
        ...

    async def renew(self, claim: Claim) -> None:
        """Say that a run is still being worked on. Raises Fenced when it has been taken over."""
        ...

    async def release(self, claim: Claim, *, until: float = 0.0) -> None:
        """Give an unfinished run back, to be claimed at once, or `until` a time by the run log (flowroom/clock.py)."""
        ...

    async def cancellations(self) -> dict[str, str]:
        """Which of this worker's runs someone wants to end: run id → who."""
        ...

    def close(self) -> None:
        """Let go of what only looking took."""
        ...
