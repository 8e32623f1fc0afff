"""Work on whole graphs takes turns, and nothing else waits for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from collab_server.bulk import AT_ONCE, Bulk
from collab_server.settings import Settings
from collab_server.workspace import Workspace
from tests.collab_server.portless import without_a_port


async def test_few_turns_are_taken_at_once_and_one_of_a_person() -> None:
    """OPS-18: in order, so that whoever asks for sixty keeps nobody else waiting for more than one of them."""
    bulk, going, done = Bulk(), set[str](), list[str]()
    most = 0

    async def work(name: str) -> None:
        nonlocal most
        person = name[0]
        async with bulk.turn(person):
            assert person not in {other[0] for other in going}
            going.add(name)
            most = max(most, len(going))
            for _ in range(3):
                await asyncio.sleep(0)
            going.remove(name)
            done.append(name)

    await asyncio.gather(*(work(f"a{n}") for n in range(10)), work("b0"), work("c0"))

    assert most == AT_ONCE
    assert [name for name in done if name[0] == "a"] == [f"a{n}" for n in range(10)]
    assert max(done.index("b0"), done.index("c0")) < 5


async def test_a_turn_ends_with_its_work_however_that_ends() -> None:
    bulk = Bulk()
    for _ in range(AT_ONCE + 1):
        try:
            async with bulk.turn("a"):
                raise ValueError
        except ValueError:
            pass
    async with asyncio.timeout(5), bulk.turn("a"), bulk.turn("b"):
        pass


@asynccontextmanager
async def a_server(data: Path) -> AsyncIterator[tuple[Workspace, httpx.AsyncClient]]:
    """The application without a port, and an admin's client of it."""
    async with without_a_port(Settings(data=data, examples=False)) as (here, client, token):
        client.headers["authorization"] = f"Bearer {token}"
        yield here, client


async def test_exports_and_imports_wait_for_their_turn_and_small_work_does_not(tmp_path: Path) -> None:
    """OPS-18"""
    content = {"nodes": {"a": {"type": "Log"}}}
    async with a_server(tmp_path) as (here, client), asyncio.timeout(30):
        id = (await client.post("/api/graphs", json={})).json()["id"]
        async with AsyncExitStack() as busy:
            for person in range(AT_ONCE):
                await busy.enter_async_context(here.bulk.turn(str(person)))
            bulky = [
                asyncio.create_task(asked)
                for asked in (
                    client.get(f"/api/graphs/{id}/export"),
                    client.get(f"/api/graphs/{id}/export", params={"format": "phase1"}),
                    client.post(f"/api/graphs/{id}/duplicate"),
                    client.post("/api/graphs", json={"graph": content}),
                    client.put("/api/graphs/another", json={"graph": content}),
                    client.post("/api/import", files={"file": ("a.json", b'{"nodes": {}}')}),
                )
            ]
            assert (await client.post("/api/graphs", json={"title": "Small"})).status_code == 201
            assert (await client.get("/api/graphs")).status_code == 200
            done, _ = await asyncio.wait(bulky, timeout=0.5)
            assert not done
        assert {answer.status_code for answer in await asyncio.gather(*bulky)} <= {200, 201}
