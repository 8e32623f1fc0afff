"""Workers that store the same things at once lock rows in one order: else each would wait for what the other has."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text

from collab_server.auth.identity import Identity
from collab_server.stores import accounts, inbox, migrations, people
from collab_server.stores.people import PersonRow, add_person, person
from flowroom.sql import create_engine, dispose
from tests.collab_server.rooms.conftest import DEADLINE
from tests.services.postgres import Postgres

Work = Callable[[Connection], object]
MEETING_SECONDS = 1.0
"""How long the first to have locked a row waits for the second, which can't come if it wants the same row first."""


@pytest.fixture
def engine(postgres: Postgres) -> Iterator[Engine]:
    """A database with two people, each of whom has two sessions: `a1` and `a2` are of `a`."""
    engine = create_engine(postgres.database())
    migrations.upgrade(engine)
    with engine.begin() as connection:
        for id in "ab":
            add_person(connection, PersonRow(id, None, id, "#112233", None, None, 0, None, None))
            for number in "12":
                add_session(connection, id, id + number)
    yield engine
    dispose(engine)


def add_session(connection: Connection, person_id: str, id: str) -> None:
    identity = Identity(person_id, person_id, "#112233", None, session=id)
    accounts.add_session(
        connection, identity, id, token_hash="", role=None, method="token", agent="", now=1, expires=1e12
    )


def at_once(engine: Engine, beginning: str | tuple[str, ...], *works: Work) -> None:
    """Do works at the same time; none goes on from its first statement that begins so before the others are there."""
    barrier = Barrier(len(works))

    def do(work: Work) -> None:
        with engine.begin() as connection:
            waits = [True]

            @event.listens_for(connection, "after_cursor_execute")
            def _meet(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                if waits and statement.startswith(beginning):
                    waits.clear()
                    try:
                        barrier.wait(MEETING_SECONDS)
                    except BrokenBarrierError:
                        pass  # the other one waits for this one's row

            work(connection)

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(do, work) for work in works]:
            done.result()


def test_two_workers_note_who_was_seen(engine: Engine) -> None:
    """The same people, by other sessions, in the opposite order."""
    one, other = {"a1": 10.0, "b1": 11.0}, {"b2": 12.0, "a2": 13.0}
    at_once(
        engine,
        "UPDATE person",
        lambda connection: accounts.note_seen(connection, one),
        lambda connection: accounts.note_seen(connection, other),
    )
    with engine.connect() as connection:
        seen = dict(map(tuple, connection.execute(select(person.c.id, person.c.seen_at))))
    assert seen["a"] in (10, 13) and seen["b"] in (11, 12)


def test_a_token_is_revoked_while_it_is_noted_that_it_was_used(engine: Engine) -> None:
    """ACCESS-20: and a browser that is signed in with it; these are noted in the opposite order."""
    bot = Identity("t-bot", "Bot", "#112233", "admin", "bot", "t-bot")
    with engine.begin() as connection:
        accounts.add_token(connection, bot, "its hash", by="a", now=1)
        connection.execute(accounts.session.update().where(accounts.session.c.id == "a1").values(token_hash="its hash"))

    def revoke(connection: Connection) -> None:
        people.hold_rights(connection)
        assert accounts.hold_token(connection, bot.id, now=2)
        assert accounts.revoke_token(connection, bot.id, now=2) == [bot.id, "a1"]

    at_once(
        engine,
        ("UPDATE session", "UPDATE token"),
        revoke,
        lambda connection: accounts.note_seen(connection, {"a1": 3.0, bot.id: 3.0}),
    )


def test_someone_reads_the_same_threads_in_two_windows(engine: Engine) -> None:
    one, other = {"t1": 1.0, "t2": 1.0}, {"t2": 2.0, "t1": 2.0}
    at_once(
        engine,
        "INSERT INTO read_mark",
        lambda connection: inbox.mark(connection, "a", "g", one, now=3),
        lambda connection: inbox.mark(connection, "a", "g", other, now=3),
    )
    with engine.connect() as connection:
        assert inbox.marks(connection, "a", "g") == {"t1": 2, "t2": 2}


def told(connection: Connection, *threads: str) -> None:
    """One person was told something of each thread of a graph, in this order."""
    row = {"person": "a", "kind": "reply", "graph": "g", "message": "m", "by": "b", "author": {}, "at": 1.0}
    rows = [{**row, "quote": "", "excerpt": "", "emoji": "", "thread": thread} for thread in threads]
    connection.execute(insert(inbox.notification), rows)


@pytest.mark.parametrize(
    "all_at_once",
    [
        lambda connection: inbox.mark(connection, "a", "g", {"": 2.0}, now=3),
        lambda connection: inbox.read(connection, "a", None, now=3),
    ],
    ids=["of a graph", "of all"],
)
def test_someone_reads_everything_in_one_window_and_thread_after_thread_in_another(
    engine: Engine, all_at_once: Work
) -> None:
    """FAN-25: news comes in another order than that of the threads' names."""
    with engine.begin() as connection:
        told(connection, "t2", "t1")
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as one:
            inbox.mark(one, "a", "g", {"t1": 2.0}, now=3)
            other = pool.submit(in_a_transaction, engine, all_at_once)
            wait_for_a_lock(engine)
            inbox.mark(one, "a", "g", {"t2": 2.0}, now=3)
        other.result()
    with engine.connect() as connection:
        assert inbox.unread(connection, ["a"]) == {"a": 0}


def in_a_transaction(engine: Engine, work: Work) -> None:
    with engine.begin() as connection:
        work(connection)


def wait_for_a_lock(engine: Engine) -> None:
    """Until somebody waits for what somebody else has."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    until = time.monotonic() + DEADLINE
    while True:
        with engine.connect() as connection:
            if connection.scalar(waiting):
                return
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.005)


def test_people_make_place_for_news_in_one_order(engine: Engine) -> None:
    """Sets have another order in each process, so it is looked at which rows are deleted first."""
    people = [f"p{number:02}" for number in range(20)]
    row = {"kind": "reply", "graph": "g", "thread": "t", "message": "m", "by": "b", "author": {}, "at": 1.0}
    rows = [{**row, "quote": "", "excerpt": "", "emoji": "", "person": id} for id in reversed(people)]
    deleted: list[str] = []
    with engine.begin() as connection:
        connection.execute(insert(inbox.notification), rows)

        @event.listens_for(connection, "before_cursor_execute")
        def _note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if statement.startswith("DELETE FROM notification"):
                deleted.append(parameters["person_1"])

        inbox.put(connection, rows, most=1)
    assert deleted == people
