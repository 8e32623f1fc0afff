"""What a child answers, one request at a time, without the process around it."""

import datetime
from typing import Any

import pytest

from engine.expressions import child


def asked(language: str, source: str, **variables: Any) -> dict[str, Any]:
    return child.answer({"language": language, "source": source, "variables": variables, "seconds": 30})


@pytest.mark.parametrize(
    ("language", "source", "value"),
    [
        ("cel", "a + 1", 3),
        ("jq", ".a, .a", [2, 2]),
        ("jq", "empty", None),
        ("template", "{{ [a, none] }}", "[2,null]"),
    ],
)
def test_an_answer_is_a_value(language: str, source: str, value: object) -> None:
    assert asked(language, source, a=2) == {"value": value}


@pytest.mark.parametrize(
    ("language", "source", "kind"),
    [
        ("cel", "a +", "syntax"),
        ("cel", "a.b", "failed"),
        ("cel", "{'b': 1}.c", "failed"),
        ("jq", ".a |", "syntax"),
        ("jq", ".a.b", "failed"),
        ("template", "{{ a", "syntax"),
        ("template", "{{ a is nothing }}", "syntax"),
        ("template", "{{ b }}", "failed"),
    ],
)
def test_or_an_error_with_its_kind(language: str, source: str, kind: str) -> None:
    assert asked(language, source, a=2)["error"]["kind"] == kind


def test_a_program_is_compiled_once() -> None:
    before = child.compiled.cache_info().hits
    for _ in range(3):
        asked("cel", "a * 17", a=1)
    assert child.compiled.cache_info().hits == before + 2


def test_results_become_json_or_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert child.encoded({"value": datetime.timedelta(seconds=3)}) == b'{"value":"0:00:03"}'
    assert b"no JSON value" in child.encoded({"value": {(): 1}})
    monkeypatch.setattr(child, "MAX_ANSWER_BYTES", 10)
    assert b"at most 10 are allowed" in child.encoded({"value": "x" * 20})


def test_warming_up_hides_the_errors_it_provokes() -> None:
    child.warm_up()
