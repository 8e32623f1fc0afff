"""Whether the server is well: alive at all (/livez), and able to do its work now (/readyz)."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from anyio import to_thread
from sqlalchemy import Engine, text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from collab_server.metrics import LOOP_LAG

BEAT_SECONDS = 0.25
SQL_SECONDS = 2.0


class LoopWatch:
    """How late the event loop runs its timers: the worst of about the last second."""

    def __init__(self) -> None:
        self._lags = [0.0] * 4
        self._due = time.monotonic()

    @property
    def lag(self) -> float:
        """Seconds; counts the present delay as well, so that a stalled loop shows as soon as it answers."""
        return max(*self._lags, time.monotonic() - self._due - BEAT_SECONDS, 0.0)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LoopWatch"]:
        """Watch while the block runs."""
        task = asyncio.create_task(self._beat(), name="loop watch")
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _beat(self) -> None:
        while True:
            self._due = time.monotonic() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self._lags = [*self._lags[1:], max(0.0, time.monotonic() - self._due)]
            LOOP_LAG.set(self._lags[-1])


async def alive(_request: Request) -> Response:
    """GET /livez: the process answers."""
    return JSONResponse({"status": "alive"}, headers={"cache-control": "no-store"})


async def ready(request: Request) -> Response:
    """GET /readyz: each check by name, 503 when one fails.

    A bus that is away makes nobody unready: this worker serves all the same, and if that were a failure, all of them
    would be taken out of service at once.
    """
    here = request.state.workspace
    checks = {"sql": await _sql(here.engine), "loop": _loop(here.loop.lag, here.settings.max_loop_lag)}
    well = all(found == "ok" for found in checks.values())
    checks["bus"] = here.rooms.fanout.trouble or "ok"
    body = {"status": "ready" if well else "not ready", "checks": checks}
    return JSONResponse(body, 200 if well else 503, headers={"cache-control": "no-store"})


async def _sql(engine: Engine) -> str:
    def ask() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    try:
        async with asyncio.timeout(SQL_SECONDS):
            await to_thread.run_sync(ask, abandon_on_cancel=True)
    except TimeoutError:
        return f"no answer in {SQL_SECONDS:g} s"
    except Exception as error:  # whatever the driver raises, the answer is the same: not ready
        return f"the database refuses: {type(error).__name__}"
    return "ok"


def _loop(lag: float, limit: float) -> str:
    return "ok" if lag <= limit else f"{lag:.2f} s late, expected at most {limit:g} s"
