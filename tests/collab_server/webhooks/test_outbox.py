"""What several workers do with one outbox at the same moment."""

import time
from dataclasses import replace

import pytest
from sqlalchemy import select

from collab_server.activity.bursts import Person, Row
from collab_server.stores import activity
from collab_server.stores import webhooks as store
from collab_server.stores.activity import Wanted
from collab_server.stores.webhooks import Hook, webhook_delivery
from collab_server.webhooks import outbox
from tests.collab_server.activity.conftest import Database
from tests.collab_server.activity.conftest import database as database

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
