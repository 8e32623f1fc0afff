"""What is still to be made known is made known once, in order, whoever asks meanwhile. TALK-16 of docs/spec.md."""

import asyncio

import pytest

from collab_server.errors import NotReady
from collab_server.owed import Owed, Step


class Told:
    """Steps that note their names, of which some wait, and some are refused at first."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    def step(self, name: str) -> Step:
        async def tell() -> None:
            self.names.append(name)

        return tell

    def slow(self, name: str, error: Exception | None = None) -> Step:
        """A step that waits until it may go on, and is refused once if there is an error."""
        errors = [error] if error else []

        async def tell() -> None:
            self.begun.set()
            await self.go_on.wait()
            if errors:
                raise errors.pop()
            self.names.append(name)

        return tell


async def test_what_is_owed_while_another_pays_is_paid_too() -> None:
    told, owed = Told(), Owed()
    owed.owe("g", [told.slow("first")])
    paying = asyncio.create_task(owed.pay("g"))
    await told.begun.wait()
    owed.owe("g", [told.step("second")])
    told.go_on.set()
    await owed.pay("g")
    await paying
    assert told.names == ["first", "second"]
    assert "g" not in owed


async def test_what_is_refused_while_more_comes_is_owed_still_and_comes_first() -> None:
    told, owed = Told(), Owed()
    owed.owe("g", [told.slow("first", error=NotReady("The database does not answer."))])
    paying = asyncio.create_task(owed.pay("g"))
    await told.begun.wait()
    owed.owe("g", [told.step("second")])
    told.go_on.set()
    with pytest.raises(NotReady):
        await paying
    assert told.names == []
    await owed.pay("g")
    assert told.names == ["first", "second"]
    assert "g" not in owed


async def test_a_step_that_can_never_be_taken_holds_up_none_after_it() -> None:
    told, owed = Told(), Owed()
    told.go_on.set()
    owed.owe("g", [told.slow("first", error=ValueError("no such kind")), told.step("second")])
    with pytest.raises(ValueError):
        await owed.pay("g")
    await owed.pay("g")
    assert told.names == ["second"]
    assert "g" not in owed
