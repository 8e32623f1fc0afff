"""Plain references are read in process; anything else is left to a template."""

import pytest

from engine.expressions.errors import UnknownReference
from engine.expressions.references import parse, render, resolve
from flowroom.model import Json

VALUES: dict[str, Json] = {
    "nodes": {"a": {"output": {"x": [10, {"deep": "é"}]}}, "LLM--a1_B": {"output": "said"}},
    "input": {"x": None, "yes": True, "odd key": 1.5, "text": "{{ input.x }}"},
}


def text_of(template: str) -> str:
    parts = parse(template)
    assert parts is not None, f"{template!r} should be plain references"
    return render(parts, VALUES)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no references", "no references"),
        ("", ""),
        ("{{ nodes.a.output.x[0] }}", "10"),
        ("{{nodes.a.output.x[-1].deep}}!", "é!"),
        ("{{ nodes.a.output.x.1.deep }}", "é"),
        ("{{ nodes.LLM--a1_B.output }}", "said"),
        ('{{ nodes["a"].output }}', '{"x":[10,{"deep":"é"}]}'),
        ("{{ input['odd key'] }} {{ input.yes }} [{{ input.x }}]", "1.5 true []"),
        ("a } b { c {single}", "a } b { c {single}"),
        ("{{ input.text }}", "{{ input.x }}"),
    ],
)
def test_references_are_filled_in_once(template: str, expected: str) -> None:
    assert text_of(template) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ input.x | upper }}",
        "{{ 1 + 1 }}",
        "{% if input %}a{% endif %}",
        "{# note #}",
        "{{ input.x",
        "{{ true }}",
        "{{ }}",
        "{{ f() }}",
    ],
)
def test_anything_else_is_a_template(template: str) -> None:
    assert parse(template) is None


def test_an_unknown_reference_says_where_the_path_ends() -> None:
    parts = parse("line one\n  {{ nodes.a.outptu.x }}")
    assert parts is not None
    with pytest.raises(UnknownReference) as caught:
        render(parts, VALUES)
    assert (caught.value.line, caught.value.column) == (2, 3)
    assert "no 'outptu' in nodes.a" in caught.value.message
    assert "it has output" in caught.value.message


def test_the_value_of_a_reference_keeps_its_type() -> None:
    parts = parse("{{ nodes.a.output.x }}")
    assert parts is not None and not isinstance(parts[0], str)
    assert resolve(parts[0], VALUES) == [10, {"deep": "é"}]
