"""A server's process ends when what it serves does."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collab_server import workspace
from collab_server.serving import StoppedByItself, serve
from collab_server.settings import Settings
from collab_server.workspace import Workspace


@pytest.mark.timeout(60)
def test_a_server_whose_inside_is_closed_unasked_ends_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPS-19: it would take connections and call itself alive, and nobody would start it again."""
    serves, opened = threading.Event(), workspace.opened

    @asynccontextmanager
    async def fragile(settings: Settings) -> AsyncIterator[Workspace]:
        async def break_down() -> None:
            await asyncio.to_thread(serves.wait)
            raise RuntimeError("something nobody thought of")

        async with opened(settings) as here, asyncio.TaskGroup() as group:
            group.create_task(break_down())
            yield here

    monkeypatch.setattr(workspace, "opened", fragile)

    with pytest.raises(StoppedByItself, match="log says why"):
        serve(Settings(data=tmp_path, port=0), with_engine=False, announce=lambda _server: serves.set())
