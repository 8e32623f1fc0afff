"""The revisions of server and engine lead to exactly the tables the code speaks of, and back again."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from collab_server.stores.inbox import notification
from collab_server.stores.migrations import HISTORY as SERVER
from engine.migrations import HISTORY as ENGINE
from flowroom.discussion import NoticeKind
from flowroom.revisions import History
from flowroom.sql import create_engine

both = pytest.mark.parametrize("history", [SERVER, ENGINE], ids=["server", "engine"])


@pytest.fixture
def opened(database: str) -> Iterator[Engine]:
    """An empty database."""
    engine = create_engine(database)
    yield engine
    engine.dispose()


def differences(engine: Engine, history: History) -> list[object]:
    """How the tables differ from those in the code."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
        return list(compare_metadata(context, history.metadata))


def described(engine: Engine) -> dict[str, Any]:
    """All that a database has in and says of its tables, in an order that doesn't hang on when something was added."""
    found = inspect(engine)

    def rows(name: str) -> list[Any]:
        with engine.connect() as connection:
            return [list(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]

    questions: dict[str, Callable[[str], Any]] = {
        "columns": found.get_columns,
        "primary key": found.get_pk_constraint,
        "foreign keys": found.get_foreign_keys,
        "indexes": found.get_indexes,
        "unique": found.get_unique_constraints,
        "checks": found.get_check_constraints,
        "rows": rows,
    }
    return {name: {what: spelled(ask(name)) for what, ask in questions.items()} for name in found.get_table_names()}


def spelled(answer: Any) -> list[str]:
    """One thing or several, so that they can be compared."""
    found = answer if isinstance(answer, list) else [answer]
    return sorted(json.dumps(each, default=str, sort_keys=True) for each in found)


def tables(engine: Engine) -> set[str]:
    """What is in a database."""
    return set(inspect(engine).get_table_names())


@both
def test_the_revisions_lead_to_the_tables_of_the_code_and_back(opened: Engine, history: History) -> None:
    """OPS-2: up, down a revision at a time to nothing, and up again."""
    history.upgrade(opened)
    assert differences(opened, history) == []
    while (at := history.current(opened)) is not None:
        history.downgrade(opened, "-1")
        assert history.current(opened) != at
    assert tables(opened) == {history.version_table}

    history.upgrade(opened)
    assert differences(opened, history) == []
    assert history.current(opened) == history.newest


@both
def test_a_new_database_is_what_the_revisions_lead_to(opened: Engine, history: History) -> None:
    """OPS-2: down to the last column, key, index, comment and row."""
    history.upgrade(opened)
    as_made = described(opened)
    history.downgrade(opened, "base")
    history.upgrade(opened)
    assert described(opened) == as_made


def test_a_column_says_all_the_kinds_of_notice_that_may_be_in_it() -> None:
    """OPS-2: whoever reads the tables by hand has nothing else."""
    said = (notification.c.kind.comment or "").replace(",", "").split()
    assert {kind for kind in get_args(NoticeKind) if kind not in said} == set()


@both
def test_upgrading_twice_changes_nothing(opened: Engine, history: History) -> None:
    history.upgrade(opened)
    history.upgrade(opened)
    assert history.current(opened) == history.newest


def test_server_and_engine_may_share_a_database(opened: Engine) -> None:
    SERVER.upgrade(opened)
    ENGINE.upgrade(opened)
    ENGINE.downgrade(opened, "base")
    assert tables(opened) == {*SERVER.metadata.tables, SERVER.version_table, ENGINE.version_table}


@both
def test_processes_that_start_together_upgrade_once(database: str, history: History) -> None:
    def start(_: int) -> None:
        engine = create_engine(database)
        history.upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(start, range(4)))


def test_a_run_log_from_before_there_were_revisions_is_taken_over(opened: Engine) -> None:
    """OPS-2: the first release made it without."""
    ENGINE.upgrade(opened)
    ENGINE.downgrade(opened, "0001")
    with opened.begin() as connection:
        connection.execute(text("DROP TABLE run_log_version"))

    ENGINE.upgrade(opened)
    assert ENGINE.current(opened) == ENGINE.newest
    assert differences(opened, ENGINE) == []


def test_whoever_is_signed_in_stays_so_over_the_change_that_brings_accounts(opened: Engine) -> None:
    """A session of the first release becomes a person's, with its name; and goes back with it."""
    SERVER.upgrade(opened)
    SERVER.downgrade(opened, "0001")
    with opened.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO session (id, hash, token_hash, person, name, colour, role, kind, created_at, expires_at) "
                "VALUES ('s-1', 'h', 't', 'p-1', 'Ada', '#123456', 'admin', 'person', 1, 2)"
            )
        )

    SERVER.upgrade(opened)

    with opened.connect() as connection:
        people = connection.execute(text("SELECT id, name, colour, role FROM person")).all()
        sessions = connection.execute(text("SELECT id, person, role, seen_at FROM session")).all()
    assert (people, sessions) == ([("p-1", "Ada", "#123456", None)], [("s-1", "p-1", "admin", 1)])

    SERVER.downgrade(opened, "0001")

    with opened.connect() as connection:
        found = connection.execute(text("SELECT id, person, name, colour, role, expires_at FROM session")).all()
    assert found == [("s-1", "p-1", "Ada", "#123456", "admin", 2)]


def test_what_earlier_purges_left_is_nobody_s_and_comments_are_found_by_their_thread(opened: Engine) -> None:
    """OPS-11, TALK-5: also where graphs were forgotten, and things said, by a release before this one."""
    SERVER.upgrade(opened)
    SERVER.downgrade(opened, "0008")
    document = "INSERT INTO document (kind, id, created_at, updated_at) VALUES (:kind, 'here', 1, 1)"
    grant = (
        'INSERT INTO graph_grant (graph, person, link, role, "by", at) '
        "VALUES (:graph, 'p-eve', '', 'viewer', 'p-ada', 1)"
    )
    row = (
        "INSERT INTO activity (id, turn, kind, graph, person, person_name, person_colour, person_kind, nodes, field, "
        "facts, at, until, count, key) VALUES (:id, :id, :kind, :graph, '', '', '', '', '[]', '', :facts, 1, 1, 1, '')"
    )
    done = [
        {"id": 1, "kind": "comment.created", "graph": "here", "facts": '{"thread": "t"}'},
        {"id": 2, "kind": "graph.deleted", "graph": "told", "facts": "{}"},
        {"id": 3, "kind": "activity.exported", "graph": "typed", "facts": "{}"},
        {"id": 4, "kind": "session.opened", "graph": None, "facts": "{}"},
    ]
    with opened.begin() as connection:
        connection.execute(text(document), [{"kind": "graph"}, {"kind": "discussion"}])
        connection.execute(text(grant), [{"graph": "here"}, {"graph": "gone"}])
        connection.execute(text(row), done)

    SERVER.upgrade(opened)

    with opened.connect() as connection:
        taken = set(connection.execute(text("SELECT id FROM document WHERE kind = 'purged'")).scalars())
        given = list(connection.execute(text("SELECT graph FROM graph_grant")).scalars())
        keys = list(connection.execute(text("SELECT key FROM activity ORDER BY id")).scalars())
    assert (taken, given, keys) == ({"gone", "told"}, ["here"], ["said in t", "", "", ""])

    SERVER.downgrade(opened, "0008")

    with opened.connect() as connection:
        assert set(connection.execute(text("SELECT kind FROM document")).scalars()) == {"graph", "discussion"}
        assert set(connection.execute(text("SELECT key FROM activity")).scalars()) == {""}
