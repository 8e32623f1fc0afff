"""How long it is waited for a socket that takes nothing. One that takes a little at a time may take minutes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def unless_stalled(seconds: float, unsent: Callable[[], int] | None) -> AsyncIterator[None]:
    """Wait in the block for as long as something is taken; `unsent` says how much is still to be, if anyone knows.

    Raises TimeoutError once nothing was taken for so many seconds.
    """
    loop = asyncio.get_running_loop()
    looking: asyncio.Handle | None = None
    async with asyncio.timeout(seconds) as limit:

        def look(unsent: Callable[[], int], before: int) -> None:
            nonlocal looking
            left = unsent()
            if left < before:
                limit.reschedule(loop.time() + seconds)
            looking = loop.call_later(seconds / 4, look, unsent, left)

        if unsent is not None:
            look(unsent, 0)
        try:
            yield
        finally:
            if looking is not None:
                looking.cancel()
