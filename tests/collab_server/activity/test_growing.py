"""A row that grows and is sealed at the same moment, by two workers."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from collab_server.activity.bursts import Done, Person, gather, keys_of
from collab_server.activity.edits import Named, Told
from collab_server.stores import activity, migrations, webhooks
from collab_server.webhooks import outbox
from flowroom.sql import create_engine, dispose
from tests.collab_server.webhooks.test_outbox import HOOK
from tests.services.postgres import Postgres

ADA = Person("p-ada", "Ada")


def edited(n: int) -> list[Done]:
    return [Done(ADA, float(n), [Told("node.changed", (Named("a", "A"),), "params.n", n - 1, n)], "g", "")]


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    engine = create_engine(postgres.database())
    migrations.upgrade(engine)
    yield engine
    dispose(engine)


@pytest.fixture
def impatient(engine: Engine) -> Iterator[Connection]:
    """Another worker's connection, which says at once that it would have to wait."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 100"))
        connection.commit()
        yield connection


def test_a_row_is_not_sealed_while_it_grows(engine: Engine, impatient: Connection) -> None:
    """HOOK-4: else it would be sent as it was, and become what nobody was sent."""
    with engine.begin() as connection:
        (row,) = activity.add(connection, gather([], edited(1)).new)

    with engine.begin() as connection:
        (growing,) = activity.growing(connection, "g", keys_of(edited(2)), 2.0)
        with pytest.raises(OperationalError, match="lock timeout"):
            activity.seal(impatient, row.id)
        impatient.rollback()
        activity.grow(connection, list(gather([growing], edited(2)).grown.values()))

    sealed = activity.seal(impatient, row.id)
    assert sealed is not None and sealed.facts["after"] == 2


def test_a_row_does_not_grow_while_it_is_sealed(engine: Engine, impatient: Connection) -> None:
    """HOOK-4: what is done then begins another row."""
    with engine.begin() as connection:
        (row,) = activity.add(connection, gather([], edited(1)).new)

    with engine.begin() as connection:
        activity.seal(connection, row.id)
        with pytest.raises(OperationalError, match="lock timeout"):
            activity.growing(impatient, "g", keys_of(edited(2)), 2.0)
        impatient.rollback()

    assert activity.growing(impatient, "g", keys_of(edited(2)), 2.0) == []


def test_what_grows_is_not_claimed_and_nobody_waits_for_it(engine: Engine, impatient: Connection) -> None:
    """HOOK-3, ACT-3: whoever claims would wait for the row, and whoever lets it grow for the delivery: a deadlock."""
    with engine.begin() as connection:
        webhooks.add_hook(connection, HOOK)
        new = activity.add(connection, gather([], edited(1)).new)
        outbox.post(connection, new, [])

    with engine.begin() as connection:
        rows = activity.growing(connection, "g", keys_of(edited(2)), 2.0)
        assert claimed(impatient) == []
        impatient.commit()
        grown = list(gather(rows, edited(2)).grown.values())
        activity.grow(connection, grown)
        outbox.post(connection, [], grown)

    assert [one.activity for one in claimed(impatient)] == [new[0].id]


def claimed(connection: Connection) -> list[webhooks.Delivery]:
    return webhooks.claim(connection, "another", now=1e12, lease_until=2e12, limit=4, room=lambda _: 4)
