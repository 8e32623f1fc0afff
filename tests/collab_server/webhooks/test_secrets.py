"""Secrets of webhooks are stored encrypted, and replaced so that no receiver refuses anything. On both databases."""

import asyncio
import time
from pathlib import Path

from sqlalchemy import select, update

from collab_server import workspace
from collab_server.auth.sealing import Seal
from collab_server.errors import Conflict
from collab_server.settings import Settings
from collab_server.stores.webhooks import webhook
from collab_server.webhooks import messages
from tests.collab_server.activity.conftest import database as database
from tests.collab_server.webhooks.receiver import Receiver
from tests.collab_server.webhooks.test_deliveries import ADA, House, happening
from tests.collab_server.webhooks.test_deliveries import house as house
from tests.collab_server.webhooks.test_deliveries import receiver as receiver


async def test_a_secret_is_stored_encrypted_and_replaced_with_an_overlap(house: House, receiver: Receiver) -> None:
    """HOOK-1, HOOK-2"""
    hook, first = await house.hooks.add(receiver.url, events=(), graphs=(), description="", by=ADA)
    stored = house.database.read(lambda c: c.scalar(select(webhook.c.secret)))
    assert first not in str(stored) and Seal(["old key", "new key"]).open(str(stored)) == first
    _, second = await house.hooks.rotate(hook.id, by=ADA)
    house.tell(happening())
    await house.workers[0].deliver_due()
    house.database.write(lambda c: c.execute(update(webhook).values(old_until=time.time() - 1)).close())
    house.tell(happening())
    await house.workers[0].deliver_due()

    both, one = (got.headers["webhook-signature"].split(" ") for got in receiver.got)
    signed = [
        [messages.signature(key, got.id, int(got.headers["webhook-timestamp"]), got.body) for key in (second, first)]
        for got in receiver.got
    ]
    assert both == signed[0] and one == signed[1][:1]


async def test_a_secret_that_signs_for_a_while_yet_is_not_ended_by_replacing_the_next(
    house: House, receiver: Receiver
) -> None:
    """HOOK-2: as two admins do at the same moment; unless they say so, as after a theft."""
    hook, first = await house.hooks.add(receiver.url, events=(), graphs=(), description="", by=ADA)
    done = await asyncio.gather(*(house.hooks.rotate(hook.id, by=ADA) for _ in range(2)), return_exceptions=True)
    (rotated,) = [one for one in done if not isinstance(one, BaseException)]
    assert [type(one) for one in done if one is not rotated] == [Conflict]
    house.tell(happening())
    await house.workers[0].deliver_due()

    _, third = await house.hooks.rotate(hook.id, end_old=True, by=ADA)
    house.tell(happening())
    await house.workers[0].deliver_due()

    for got, keys in zip(receiver.got, [(rotated[1], first), (third, rotated[1])], strict=True):
        at = int(got.headers["webhook-timestamp"])
        assert got.headers["webhook-signature"].split(" ") == [
            messages.signature(key, got.id, at, got.body) for key in keys
        ]


async def test_a_secret_that_two_servers_replace_at_once_is_replaced_once(tmp_path: Path, database_url: str) -> None:
    """HOOK-2: each has a writer of its own, so it is the database that has to tell."""
    settings = Settings(data=tmp_path, database_url=database_url)
    async with workspace.opened(settings) as one, workspace.opened(settings) as other:
        for _ in range(10):
            hook, _ = await one.webhooks.add("https://example.com/", events=(), graphs=(), description="", by=ADA)
            both = (here.webhooks.rotate(hook.id, by=ADA) for here in (one, other))
            done = await asyncio.gather(*both, return_exceptions=True)
            assert [type(each) for each in done if isinstance(each, BaseException)] == [Conflict]
