"""What several workers do with one outbox at the same moment."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from collab_server.activity.bursts import Person, Row
from collab_server.auth.sealing import Seal
from collab_server.settings import Settings
from collab_server.stores import activity
from collab_server.stores import webhooks as store
from collab_server.stores.activity import Wanted
from collab_server.stores.webhooks import Hook, webhook_delivery
from collab_server.webhooks import outbox
from collab_server.webhooks.deliveries import Deliveries
from collab_server.webhooks.retries import Outcome
from tests.collab_server.activity.conftest import Database, opened
from tests.collab_server.activity.conftest import database as database
from tests.collab_server.rooms.conftest import eventually
from tests.services.postgres import Postgres

HOOK = Hook("h1", "https://x.example/", "", (), (), True, "s", None, None, 1.0, "ada", None, "")


def test_a_webhook_that_is_removed_meanwhile_costs_nothing_but_its_deliveries(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HOOK-3, ACT-8: another worker removed it since this one has read which there are."""
    database.write(lambda c: store.add_hook(c, HOOK))
    monkeypatch.setattr(store, "hooks", lambda *_, **__: [replace(HOOK, id="h0"), HOOK])
    told = Row("graph.deleted", time.time(), Person("p"), "g")
    database.write(lambda c: outbox.post(c, activity.add(c, [told]), []))

    [row] = database.read(lambda c: activity.page(c, Wanted(), before=None, limit=9))
    assert row.kind == "graph.deleted"
    assert database.read(lambda c: c.scalars(select(webhook_delivery.c.webhook)).all()) == ["h1"]


@pytest.fixture
def shared(postgres: Postgres) -> Iterator[Database]:
    """A database that several servers write to, with a webhook and a delivery that waits."""
    with opened(postgres.database()) as found:
        found.write(lambda c: store.add_hook(c, HOOK))
        found.write(lambda c: outbox.post(c, activity.add(c, [Row("graph.deleted", 1.0, Person("p"), "g")]), []))
        yield found


def remove(shared: Database) -> None:
    with shared.engine.begin() as connection:
        store.remove_hook(connection, HOOK.id)


@pytest.mark.parametrize("status", [500, 410], ids=["failed", "gone"])
async def test_who_says_how_a_delivery_went_holds_nothing_that_who_removes_its_webhook_wants(
    shared: Database, postgres: Postgres, status: int
) -> None:
    """ACT-17: else PostgreSQL would end one of them after a second."""
    deliveries = Deliveries(shared.engine, shared.writer, Settings(), Seal(["key"]))
    [attempt] = shared.write(lambda c: deliveries._claimed(c, time.time(), 1))

    def settle() -> None:
        with shared.engine.begin() as connection:
            deliveries._settle(connection, attempt, Outcome(status), time.time(), False)

    with ThreadPoolExecutor() as elsewhere, shared.engine.begin() as removing:
        activity.hold(removing)
        store.hook(removing, HOOK.id, held=True)
        settling = elsewhere.submit(settle)
        await eventually(postgres.somebody_waits, "it did not wait")
        store.remove_hook(removing, HOOK.id)
        removing.commit()
        settling.result(timeout=10)


async def test_who_removes_a_webhook_waits_for_who_claims_deliveries_and_not_the_other_way_round(
    shared: Database, postgres: Postgres
) -> None:
    """ACT-17"""
    with ThreadPoolExecutor() as elsewhere, shared.engine.begin() as claiming:
        now = time.time()
        [claimed] = store.claim(claiming, "me", now=now, lease_until=now + 9, limit=1, room=lambda _: 1)
        removing = elsewhere.submit(remove, shared)
        await eventually(postgres.somebody_waits, "it did not wait")
        store.compose(claiming, claimed.id, "{}")
        claiming.commit()
        removing.result(timeout=10)
    assert shared.read(lambda c: c.scalars(select(webhook_delivery.c.id)).all()) == []
