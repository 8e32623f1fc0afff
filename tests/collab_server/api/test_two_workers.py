"""Two servers with one database: what one takes away is gone at the other, whether they can talk or not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from collab_server.settings import Settings
from flowroom.protocol import CloseCode
from tests.collab_server.access_house import House, a_house, id_of
from tests.collab_server.api.places import joined
from tests.services.postgres import Postgres
from tests.services.redis import Redis

TOKENS = {"token": SecretStr("the same everywhere"), "service_token": SecretStr("the same everywhere, too")}


@pytest.fixture(params=["by the sweep alone", "by messages alone"])
def workers(
    request: pytest.FixtureRequest, tmp_path: Path, postgres: Postgres, redis: Redis
) -> Iterator[tuple[House, House]]:
    """Two servers: with no way to talk and the sweep as it comes, or with Redis and hardly any sweep."""
    chosen: dict[str, Any] = {"port": 0, "examples": False, "database_url": postgres.database(), **TOKENS}
    if request.param == "by messages alone":
        chosen |= {"redis_url": redis.url, "recheck_seconds": 60}
    with (
        a_house(Settings(data=tmp_path / "one", **chosen)) as one,
        a_house(Settings(data=tmp_path / "other", **chosen)) as other,
    ):
        yield one, other


async def test_what_is_taken_away_at_one_worker_is_gone_at_the_other_within_five_seconds(
    workers: tuple[House, House],
) -> None:
    """ACCESS-10"""
    one, other = workers
    graph = one.graph(private=True)
    bot, guest, member = one.bot("editor", graphs=[graph]), one.guest(graph, "editor"), one.person("m@x.org", "editor")
    one.give(graph, member, "editor")
    path = f"/sync/graphs/{graph}"
    async with joined(other, bot, path) as a, joined(other, guest, path) as b, joined(other, member, path) as c:
        await asyncio.gather(a.sync(), b.sync(), c.sync())

        one.admin.delete(f"/api/tokens/{id_of(bot)}")
        one.admin.delete(f"/api/graphs/{graph}/access/people/{id_of(guest)}")
        one.give(graph, member, "viewer")

        async with asyncio.timeout(5):
            codes = tuple(await asyncio.gather(a.closed(), b.closed(), c.closed()))
    assert codes == (CloseCode.NOT_SIGNED_IN, CloseCode.NOT_ALLOWED, CloseCode.NOT_ALLOWED)
