"""What a deleted graph leaves is kept for a while, in case the deletion was a mistake, and then forgotten.

That is its log, snapshots and versions, its discussion, its files, and its runs, which no address leads to any more.
States that nothing refers to any more go with it, and files whose graph a server was killed before making.
Any number of servers may look at once: forgetting twice does no harm.
"""

import time

from anyio import sleep, to_thread

from collab_server.files.attachments import GraphFiles
from collab_server.logging import logger
from collab_server.runs import GraphRuns
from collab_server.stores.graphs import GraphRows
from collab_server.stores.states import States

log = logger("purging")
LOOK_SECONDS = 3600.0
DAY_SECONDS = 86_400.0
AT_ONCE = 100
UNFINISHED_SECONDS = DAY_SECONDS
"""How long files wait for their graph: far longer than making one takes, whatever clocks say."""


class Purging:
    """Forgets graphs that were deleted long enough ago."""

    def __init__(self, rows: GraphRows, runs: GraphRuns, files: GraphFiles, states: States, *, days: float) -> None:
        self._rows = rows
        self._runs = runs
        self._files = files
        self._states = states
        self._seconds = days * DAY_SECONDS

    async def watch(self) -> None:
        """Look every hour, until cancelled."""
        while True:
            await sleep(LOOK_SECONDS)
            for step in (self.look, self._states.sweep, self.sweep):
                try:
                    await step(time.time())
                except Exception as error:  # storage fails just now: there is a next hour
                    log.warning("not all that is deleted was forgotten", error=repr(error))

    async def look(self, now: float) -> list[str]:
        """Forget all that is due; the graphs it was. One that can't be forgotten keeps no other, and is due again."""
        forgotten: list[str] = []
        kept = 0
        while due := await self._rows.deleted_before(now - self._seconds, AT_ONCE, skip=kept):
            for id in due:
                try:
                    await self._forget(id)
                except Exception as error:
                    log.warning("deleted graph not forgotten", graph=id, error=repr(error))
                    kept += 1
                else:
                    forgotten.append(id)
        return forgotten

    async def sweep(self, now: float) -> None:
        """Forget files whose graph was begun long ago, and isn't there."""
        for id in await to_thread.run_sync(self._files.unfinished, now - UNFINISHED_SECONDS):
            is_there = await self._rows.has(id)
            await to_thread.run_sync(self._files.finish if is_there else self._files.forget, id)
            log.info("graph was never finished", graph=id, files_kept=is_there)

    async def _forget(self, id: str) -> None:
        """The runs go first: without the graph's row nobody would look again."""
        await self._runs.forget(id)
        await to_thread.run_sync(self._files.forget, id)
        await self._rows.purge(id)
        log.info("deleted graph forgotten", graph=id)
