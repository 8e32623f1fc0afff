"""Statements that are compiled once do what SQLAlchemy's own execution would, errors included."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from flowroom.sql import create_engine
from flowroom.statements import MAX_ROWS_AT_ONCE, Statement, execute

word = Table("word", MetaData(), Column("id", Integer, primary_key=True), Column("bytes", LargeBinary, nullable=False))
ADD = Statement(insert(word))
ALL = Statement(select(word.c.id, word.c.bytes).order_by(word.c.id))


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path}/test.db")
    word.metadata.create_all(engine)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_rows_come_as_they_were_put_in(connection: Connection) -> None:
    ADD.run(connection, {"id": 1, "bytes": b"\0one"})
    assert ALL.run(connection, {}) == [(1, b"\0one")]


@pytest.mark.parametrize("count", [1, 2, MAX_ROWS_AT_ONCE, MAX_ROWS_AT_ONCE + 1, 3 * MAX_ROWS_AT_ONCE])
def test_any_number_of_rows_goes_in_in_order(connection: Connection, count: int) -> None:
    ADD.run_for(connection, [{"bytes": b"%d" % n, "id": n} for n in range(count)])
    assert ALL.run(connection, {}) == [(n, b"%d" % n) for n in range(count)]


def test_a_change_tells_what_it_returns(connection: Connection) -> None:
    ADD.run(connection, {"id": 1, "bytes": b"one"})
    raised = Statement(
        update(word).where(word.c.id == bindparam("of")).values(id=word.c.id + bindparam("by")).returning(word.c.id)
    )
    assert raised.run(connection, {"of": 1, "by": 4}) == [(5,)]
    assert raised.run(connection, {"of": 1, "by": 4}) == []


def test_errors_are_those_of_sqlalchemy(connection: Connection) -> None:
    ADD.run(connection, {"id": 1, "bytes": b"one"})
    with pytest.raises(IntegrityError):
        ADD.run(connection, {"id": 1, "bytes": b"two"})
    with pytest.raises(OperationalError, match="no such table"):
        execute(connection, "SELECT * FROM nowhere")
