"""The run log fails for a moment while an engine reads it: no run ends of that."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from engine.worker import Worker
from flowroom.model import Meta, NodeId
from tests.engine.graphs import graph, node
from tests.engine.kinds import KINDS
from tests.engine.test_worker import House, serving

CHAT = [node("chat", "Chat"), node("x", "Plain")]


class Outage:
    """The first statements of a kind fail."""

    def __init__(self, engine: Engine, statement: str, error: type[DBAPIError], times: int = 1) -> None:
        self.left = times

        @event.listens_for(engine, "before_cursor_execute")
        def asked(_connection: Any, _cursor: Any, said: str, parameters: Any, *_: Any) -> None:
            if statement in said and self.left:
                self.left -= 1
                raise error(said, parameters, Exception("server closed the connection"))


@pytest.fixture
async def worker(house: House) -> AsyncIterator[Worker]:
    """A worker that does not serve yet."""
    async with Worker(house.settings, catalogue=KINDS) as made:
        yield made


@pytest.fixture
async def house(tmp_path: Path, database: str) -> AsyncIterator[House]:
    """A run log. No lease of its ends while anybody waits here: what is not given back stays where it is."""
    made = House(tmp_path, database)
    made.settings = made.settings.model_copy(update={"lease_seconds": 600.0})
    yield made
    await made.runs.close()


@pytest.mark.parametrize("statement", ["FROM snapshot", "FROM node_state"])
async def test_a_run_that_can_not_be_read_for_a_moment_is_tried_again(
    house: House, worker: Worker, statement: str
) -> None:
    """RUN-29."""
    outage = Outage(worker.log_engine, statement, OperationalError)

    async with serving(house, worker, close=False):
        view = await house.run(graph([node("a", "Total", params={"add": 2})]))

    assert (view.status, view.error, outage.left) == ("succeeded", None, 0)


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_what_a_chat_said_is_read_again(house: House, worker: Worker, execution: Any) -> None:
    """RUN-29."""
    outage = Outage(worker.log_engine, "FROM node_entry", OperationalError, times=2)

    async with serving(house, worker, close=False):
        drawn = graph(CHAT, "chat.message>x", meta=Meta(execution=execution))
        view = await house.run(drawn, start=NodeId("chat"), inputs={"chat": "hello"})

    assert (view.status, view.error, outage.left) == ("succeeded", None, 0)


@pytest.mark.parametrize("statement", ["FROM snapshot", "FROM node_entry"])
async def test_no_error_of_a_run_or_a_node_quotes_sql(house: House, worker: Worker, statement: str) -> None:
    """RUN-29: what the database refuses for good ends the run, in words for whoever may read it."""
    Outage(worker.log_engine, statement, ProgrammingError)

    async with serving(house, worker, close=False):
        view = await house.run(graph(CHAT, "chat.message>x"), start=NodeId("chat"), inputs={"chat": "hello"})

    assert view.status == "failed"
    assert "ProgrammingError" in (view.error or "")
    for written in await house.events(view.id):
        assert "SELECT" not in str(written.payload)
