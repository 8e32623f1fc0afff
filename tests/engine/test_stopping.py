"""An engine that stops gives back what it can't end, whatever its nodes do."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.catalogue import Catalogue
from engine.worker import Worker
from flowroom.model import Execution, Meta, NodeId
from tests.engine.graphs import graph, node
from tests.engine.kinds import KINDS, kind
from tests.engine.test_worker import House, until

PATIENT_SECONDS = 600.0


@pytest.mark.parametrize("execution", ["dataflow", "cascade"])
async def test_a_run_whose_node_ignores_being_cancelled_is_given_back_before_the_end(
    tmp_path: Path, database: str, execution: Execution
) -> None:
    """RUN-18: whatever `cancel_seconds` and the lease are; another engine goes on with it at once."""
    begun, may_end = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def stubborn(ctx: Any, inputs: dict[str, Any]) -> dict[str, Any]:
        if not begun.done():
            begun.set_result(None)
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                pass
        return {"output": 1}

    house = House(tmp_path, database)
    patient = {"cancel_seconds": PATIENT_SECONDS, "lease_seconds": PATIENT_SECONDS, "shutdown_seconds": 1.0}
    settings = house.settings.model_copy(update=patient)
    kinds = Catalogue({"Stubborn": kind("Stubborn", stubborn), "Total": KINDS["Total"]})
    drawn = graph([node("a", "Stubborn")], meta=Meta(execution=execution))
    record = await house.runs.start("g1", drawn, by="ada", start=NodeId("a") if execution == "cascade" else None)

    async def free() -> bool:
        return begun.done() and (await house.runs.attendance()).waiting == 1

    async def work() -> None:
        async with Worker(settings, catalogue=kinds) as worker:
            begun.add_done_callback(lambda _: worker.stop())
            await worker.serve()

    stopping = asyncio.create_task(work())
    try:
        await until(free)
    finally:
        may_end.set()
        await stopping
    async with Worker(settings, catalogue=kinds) as other:
        serving = asyncio.create_task(other.serve())
        assert (await house.finished(record.id)).state == "succeeded"
        other.stop()
        await serving
    await house.runs.close()
