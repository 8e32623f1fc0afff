"""Traces are taken from callers and passed on, to the engine too."""

from pathlib import Path

import pytest
from sqlalchemy import text

from collab_server.cli.remote import started
from collab_server.settings import Settings
from engine import Runs, runlog
from flowroom.sql import create_engine
from flowroom.tracing import begun, current, inside, trace_id
from flowroom.writer import Writer
from tests.collab_server.api.rest.conftest import client_of
from tests.engine.graphs import graph, node

CALLERS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_callers_trace_goes_on_in_a_span_of_ours() -> None:
    """OPS-14."""
    ours = begun(CALLERS)
    assert ours.id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert ours.span != "00f067aa0ba902b7"
    assert trace_id(ours.header) == ours.id


def test_parts_are_counted_on_and_know_what_they_are_part_of() -> None:
    """OPS-15."""
    socket = begun(CALLERS)
    first, second = socket.part(1), socket.part(2)
    assert first.id == second.id == socket.id
    assert (second.number - first.number) % 2**64 == 1
    assert first.parent == second.parent == socket.number
    assert len(first.span) == 16 and first.since >= socket.since
    assert socket._replace(number=2**64 - 1).part(1).number != 0  # which would be no span at all


def test_what_is_done_inside_is_of_the_same_trace() -> None:
    with inside() as alone:
        with inside() as deeper:
            assert (deeper.id, deeper.parent) == (alone.id, alone.number)
            assert current.get() == deeper
        assert alone.parent == 0
    assert current.get() is None


@pytest.mark.parametrize("odd", [None, "", "x", CALLERS.upper(), f"00-{'0' * 32}-00f067aa0ba902b7-01", CALLERS + "-x"])
def test_whatever_else_is_said_a_new_trace_begins(odd: str | None) -> None:
    assert begun(odd).id not in (begun(odd).id, "4bf92f3577b34da6a3ce929d0e0e4736")


async def test_a_run_knows_which_request_started_it(database: str) -> None:
    """OPS-14: the worker that claims it goes on with that trace."""
    runs, engine = Runs(database), create_engine(database)
    token = current.set(begun(CALLERS))
    started_run = await runs.start("g", graph([node("a", "Log")]), by="ada")
    current.reset(token)
    with Writer(engine) as writer:
        claim = await writer.write(
            lambda connection: runlog.claim(connection, started_run.id, owner="w", was=None, lease_seconds=0.0)
        )
    assert claim is not None and trace_id(claim.trace) == trace_id(CALLERS)
    engine.dispose()
    await runs.close()


def test_the_answer_and_the_runs_row_have_the_callers_trace(tmp_path: Path) -> None:
    """OPS-14, on a real server."""
    settings = Settings(data=tmp_path / "data", port=0, examples=False)
    with started(settings) as here, client_of(here, here.token) as api:
        id = api.post("/api/graphs", json={"graph": {"nodes": {"a": {"type": "Template"}}}}).json()["id"]
        answer = api.post(f"/api/graphs/{id}/runs", json={}, headers={"traceparent": CALLERS})
        assert trace_id(answer.headers["traceparent"]) == trace_id(CALLERS)
        engine = create_engine(settings.run_log_url)
        with engine.connect() as connection:
            kept = connection.execute(text("SELECT trace FROM run")).scalar()
        engine.dispose()
    assert kept == answer.headers["traceparent"]
