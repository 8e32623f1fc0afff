"""Expressions run in children that can be ended: whatever one does, only its own call fails."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engine.expressions import (
    ExpressionCrashed,
    ExpressionError,
    ExpressionFailed,
    Expressions,
    ExpressionTimeout,
    InvalidExpression,
    Language,
)

VALUES: dict[str, Any] = {"value": {"total": 150, "tags": ["a", "b"]}, "n": None, "yes": True}


async def until(holds: Callable[[], bool], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.001)


@pytest_asyncio.fixture
async def expressions() -> AsyncIterator[Expressions]:
    pool = Expressions(workers=2)
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("cel", "value.total > 100 && 'a' in value.tags", True),
        ("cel", "value.tags.map(t, t + '!')", ["a!", "b!"]),
        ("cel", "timestamp('2026-01-01T00:00:00Z')", "2026-01-01T00:00:00+00:00"),
        ("jq", ".value.total", 150),
        ("jq", ".value.tags[]", ["a", "b"]),
        ("jq", "empty", None),
        ("template", "{% for t in value.tags %}{{ t | upper }}{% endfor %}\n", "AB\n"),
        ("template", "{{ value }} {{ n }} {{ yes }} {{ '<&>' }}", '{"total":150,"tags":["a","b"]}  true <&>'),
    ],
)
async def test_each_language_gives_its_value(
    expressions: Expressions, language: Language, source: str, expected: object
) -> None:
    assert await expressions.evaluate(language, source, VALUES) == expected


@pytest.mark.parametrize(
    ("language", "source", "place"),
    [
        ("cel", "value.total >", (1, 14)),
        ("jq", ".value |\n foo(", (2, 5)),
        ("template", "fine\nand {{ value. }}", (2, 15)),
        ("template", "{{ value | nothing }}", (1, 12)),
    ],
)
async def test_a_wrong_expression_says_where(
    expressions: Expressions, language: Language, source: str, place: tuple[int, int]
) -> None:
    with pytest.raises(InvalidExpression) as caught:
        await expressions.evaluate(language, source, VALUES)
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.to_json()["line"] == place[0]


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("cel", "value.nothing > 1"),
        ("cel", "value.total + 1.5"),
        ("jq", ".value.total.x"),
        ("jq", 'error("no")'),
        ("template", "{{ value.nothing }}"),
        ("template", "{% include '/etc/hostname' %}"),
    ],
)
async def test_an_expression_that_fails_on_its_values_says_so(
    expressions: Expressions, language: Language, source: str
) -> None:
    with pytest.raises(ExpressionFailed):
        await expressions.evaluate(language, source, VALUES)


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("jq", "def f: f; f"),
        ("jq", "last(range(1e12))"),
        ("template", "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"),
        ("cel", "a.map(a, b.map(b, c.map(c, d.map(d, e.map(e, f.map(f, g.map(g, 1)))))))"),
    ],
)
async def test_an_endless_expression_is_ended(expressions: Expressions, language: Language, source: str) -> None:
    variables = {name: list(range(20)) for name in "abcdefg"}
    with pytest.raises(ExpressionTimeout, match=r"longer than 0\.2 s"):
        await expressions.evaluate(language, source, variables, deadline=0.2)
    assert await expressions.evaluate("cel", "1 + 1", {}) == 2


@pytest.mark.parametrize(
    ("language", "source"),
    [
        ("jq", '"x" * 1000000000 | length'),
        ("template", "{% set x = 'a' * 90000000 %}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}"),
    ],
)
async def test_a_memory_bomb_ends_only_its_own_child(expressions: Expressions, language: Language, source: str) -> None:
    with pytest.raises(ExpressionCrashed):
        await expressions.evaluate(language, source, {}, deadline=10)
    assert await expressions.evaluate("cel", "1 + 1", {}) == 2


async def test_no_expression_sees_the_environment_or_a_file(
    expressions: Expressions, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("FLOWROOM_TOKEN", "secret")
    (tmp_path / "leak.json").write_text('"secret"')
    assert await expressions.evaluate("jq", "env", {}) == {}
    assert await expressions.evaluate("jq", "$ENV", {}) == {}
    with pytest.raises(ExpressionError):
        await expressions.evaluate("jq", f'import "leak" as $x {{search: "{tmp_path}"}}; $x', {})


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors are counted in /proc")
def test_a_child_inherits_no_descriptor_on_any_loop() -> None:
    import uvloop

    async def descriptors() -> list[list[str]]:
        async with Expressions(workers=1) as pool:
            return [sorted(os.listdir(f"/proc/{pid}/fd")) for pid in pool.all_pids]

    kept = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(kept, True)
    try:
        assert asyncio.run(descriptors()) == [["0", "1", "2"]]
        assert uvloop.run(descriptors()) == [["0", "1", "2"]]
    finally:
        os.close(kept)


async def test_many_at_once_get_their_own_answers(expressions: Expressions) -> None:
    asked = [expressions.evaluate("cel", "n * 2", {"n": n}) for n in range(300)]
    assert await asyncio.gather(*asked) == [2 * n for n in range(300)]


async def test_a_killed_child_fails_only_its_own_call() -> None:
    async with Expressions(workers=2) as pool:
        endless = asyncio.ensure_future(pool.evaluate("jq", "last(range(1e12))", {}, deadline=20))
        await until(lambda: len(pool.pids) == 1)
        os.kill(next(iter(pool.all_pids - pool.pids)), 9)
        assert await pool.evaluate("cel", "1 + 1", {}) == 2
        with pytest.raises(ExpressionCrashed):
            await endless


async def test_a_cancelled_call_ends_its_child_and_leaves_the_pool_whole(expressions: Expressions) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await expressions.evaluate("jq", "last(range(1e12))", {}, deadline=30)
    assert await asyncio.gather(*(expressions.evaluate("cel", "1", {}) for _ in range(4))) == [1] * 4


async def test_children_are_renewed_after_a_number_of_calls() -> None:
    async with Expressions(workers=1, max_calls_per_worker=2) as pool:
        seen = set()
        for _ in range(6):
            await until(lambda: bool(pool.pids))
            seen |= pool.all_pids
            await pool.evaluate("cel", "1", {})
        assert len(seen) >= 3


async def test_closing_ends_every_child() -> None:
    pool = Expressions(workers=2)
    await pool.warm()
    pids = pool.all_pids
    await pool.close()
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_a_condition_must_be_true_or_false(expressions: Expressions) -> None:
    assert await expressions.condition("value.total == 150", VALUES)
    with pytest.raises(ExpressionFailed, match="true or false"):
        await expressions.condition("value.total", VALUES)


@pytest.mark.parametrize(
    ("source", "told"),
    [("value", f'"{"x" * 198}…'), ("null", "null"), ("1", "1"), ('{"a": ["b"]}', '{"a":["b"]}')],
)
async def test_what_a_condition_gave_instead_is_told_as_json_and_only_so_much_of_it(
    expressions: Expressions, source: str, told: str
) -> None:
    with pytest.raises(ExpressionFailed, match=re.escape(f"this one gave {told}.")):
        await expressions.condition(source, {"value": "x" * 1_000_000})


async def test_plain_references_start_no_child() -> None:
    pool = Expressions()
    assert await pool.render("{{ value.total }} and {{ value.tags[1] }}", VALUES) == "150 and b"
    assert not pool.all_pids
    await pool.close()


async def test_an_unknown_language_is_named(expressions: Expressions) -> None:
    with pytest.raises(InvalidExpression, match="perl"):
        await expressions.evaluate("perl", "1", {})  # type: ignore[arg-type]
