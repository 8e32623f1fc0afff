"""Plans as values: what is read out of an answer, what is put right, what is refused, and in which words."""

from collections.abc import Mapping

import pytest

from planner import EXAMPLES, Plan, mended, read


def plan(*steps: Mapping[str, object]) -> Plan:
    return Plan.model_validate({"steps": [{"name": "", **step} for step in steps]})


@pytest.mark.parametrize(("request_", "answer"), EXAMPLES)
def test_the_examples_that_models_are_shown_are_right(request_: str, answer: str) -> None:
    assert mended(read(answer), request_)[1] == []


def test_a_plan_is_found_whatever_stands_around_it() -> None:
    said = 'Sure!\n```json\n{"steps": [{"tool": "ask", "name": "A", "text": "x"}]}\n``` Anything {else}?'
    assert [step.tool for step in read(said).steps] == ["ask"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("I would read the file first.", "it holds no JSON object."),
        ('{"steps": [{"tool": "ask"', "its JSON breaks off or is malformed."),
        ('{"steps": [{"tool": "destroy", "name": "x"}]}', "steps.0.tool: input should be"),
        ('{"steps": []}', "steps: list should have at least 1 item"),
    ],
)
def test_what_is_no_plan_is_refused_with_a_reason(said: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace(".", r"\.")):
        read(said)


def test_a_made_up_address_or_file_becomes_the_one_that_was_named() -> None:
    made_up = plan({"tool": "fetch", "text": "https://a.org"}, {"tool": "read", "text": "Summary"})

    steps = mended(made_up, "Fetch https://example.org/news.html, and read docs/notes.txt.")[0].steps

    assert [step.text for step in steps] == ["https://example.org/news.html", "docs/notes.txt"]


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        ("Fetch the news", "the request names none"),
        ("http://a.org or http://b.org", "names http://a.org, http://b.org"),
    ],
)
def test_what_only_the_person_can_know_is_never_guessed(request_: str, known: str) -> None:
    """KIT-7."""
    _, (problem,) = mended(plan({"tool": "fetch", "text": "https://c.org"}), request_)
    assert problem.startswith("Step 1 (fetch): it needs a web address, and ") and known in problem


def test_steps_take_from_what_gives_something_and_stands_before_them() -> None:
    steps = mended(
        plan(
            {"tool": "write", "after": [1, 7]},
            {"tool": "show"},
            {"tool": "ask", "after": [2, 3]},
            {"tool": "listen", "after": [1]},
            {"tool": "merge", "after": [3, 1, 3]},
            {"tool": "write", "after": []},
        ),
        "",
    )[0].steps

    assert [step.after for step in steps] == [[], [1], [1], [], [1, 3], []]


def test_every_node_has_a_name_of_its_own_that_templates_can_say() -> None:
    steps = mended(plan(*({"tool": "ask", "name": name} for name in ("A", "A", 'a "}} b', ""))), "")[0].steps
    assert [step.name for step in steps] == ["A", "A 2", "a b", "Ask"]


def test_a_plan_that_does_nothing_is_refused() -> None:
    assert mended(plan({"tool": "show"}, {"tool": "merge"}), "")[1][0].startswith("The plan does nothing")
