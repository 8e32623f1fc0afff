"""A plain reference gives the same text whether it is read in process or by the template language."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from engine.expressions import ExpressionFailed, Expressions
from flowroom.model import Json

VALUES: dict[str, Json] = {
    "input": {
        "text": "  <b>&é😀\n",
        "int": -3,
        "big": 2**53,
        "float": 250.0,
        "half": -0.5,
        "yes": True,
        "none": None,
        "whole": [250.0],
        "list": [1, "a", None, [2.5]],
        "object": {"b": 1, "a": {"c": "é"}},
        "empty": {},
        "names": {"with space": 1},
    }
}


@pytest_asyncio.fixture
async def expressions() -> AsyncIterator[Expressions]:
    pool = Expressions(workers=1)
    yield pool
    await pool.close()


@pytest.mark.parametrize(
    "path",
    [
        *"text int big float half yes none list whole list[3][0] list[-1] object object.a empty".split(),
        'names["with space"]',
        "names['with space']",
    ],
)
async def test_both_ways_give_the_same_text(expressions: Expressions, path: str) -> None:
    template = f"[{{{{ input.{path} }}}}]\n"
    in_process = await expressions.render(template, VALUES)
    assert not expressions.all_pids
    assert in_process == await expressions.evaluate("template", template, VALUES)


@pytest.mark.parametrize("path", ["nothing", "text.nothing", "list[9]", "none.x"])
async def test_both_ways_refuse_what_is_not_there(expressions: Expressions, path: str) -> None:
    template = f"{{{{ input.{path} }}}}"
    with pytest.raises(ExpressionFailed):
        await expressions.render(template, VALUES)
    with pytest.raises(ExpressionFailed):
        await expressions.evaluate("template", template, VALUES)
