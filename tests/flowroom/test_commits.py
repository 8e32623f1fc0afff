"""Whether anything was committed to a database."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import text

from flowroom.commits import Commits
from flowroom.sql import create_engine

ADD_ONE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    connection.execute("INSERT INTO thing VALUES (1)")
"""


def test_a_commit_by_whichever_connection_or_process_is_new_once(tmp_path: Path) -> None:
    """RUN-33."""
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    with closing(Commits(engine)) as commits:
        assert [commits.may_be_new(), commits.may_be_new()] == [True, False]

        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE thing (id INTEGER)"))
        assert [commits.may_be_new(), commits.may_be_new()] == [True, False]

        subprocess.run([sys.executable, "-c", ADD_ONE, tmp_path / "test.db"], check=True, timeout=60)
        assert [commits.may_be_new(), commits.may_be_new()] == [True, False]

        with engine.connect() as connection:
            connection.execute(text("INSERT INTO thing VALUES (2)"))
            connection.rollback()
        assert not commits.may_be_new()
    engine.dispose()


def test_what_cannot_be_read_may_be_new(tmp_path: Path) -> None:
    """RUN-33."""
    engine = create_engine(f"sqlite:///{tmp_path}/nowhere/test.db")
    with closing(Commits(engine)) as commits:
        assert [commits.may_be_new(), commits.may_be_new()] == [True, True]
    engine.dispose()
