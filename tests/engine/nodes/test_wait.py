"""Wait: how long, and what it hands on. That it survives restarts is in tests/engine/test_waiting.py."""

import time
from datetime import UTC, datetime

import pytest

from engine.nodes.errors import InvalidParams
from tests.engine.nodes.contexts import Bench


async def test_a_duration_is_counted_from_now_and_the_value_goes_on(bench: Bench) -> None:
    """RUN-32"""
    ctx = bench.context("Wait", {"seconds": 90})
    before = time.time()

    assert await bench.run(ctx, {"input": {"a": 1}}) == {"output": {"a": 1}}
    assert before + 90 <= ctx.waits[0] <= time.time() + 90


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2030-01-31T09:00:00Z", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("2030-01-31T10:00:00+01:00", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        (" 2030-01-31T09:00 ", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("{{ input.at }}", datetime(2030, 1, 31, tzinfo=UTC)),
    ],
)
async def test_a_time_is_read_with_its_offset_or_as_utc(bench: Bench, said: str, meant: datetime) -> None:
    """RUN-32"""
    ctx = bench.context("Wait", {"mode": "time", "until": said})
    await bench.run(ctx, {"input": 1, "at": "2030-01-31"})

    assert ctx.waits == [meant.timestamp()]


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"mode": "time", "until": "tomorrow"}, "'Time' should be .* 'tomorrow'"),
        ({"mode": "time"}, "'Time' is empty. Say until when"),
        ({"mode": "never"}, "no mode 'never'"),
        ({"seconds": -1}, "Duration"),
        ({"seconds": 1e12}, "Duration"),
    ],
)
async def test_what_is_no_duration_or_time_is_told(bench: Bench, params: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidParams, match=told):
        await bench.run(bench.context("Wait", params))
