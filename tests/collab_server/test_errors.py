"""Each error has one row, and one form over HTTP."""

import pytest

from collab_server.errors import ANSWERS, UNEXPECTED, NotAllowed, ServerError, answer, problem
from flowroom.errors import FlowroomError, NoSuchNode
from flowroom.protocol import CloseCode, is_final


def test_every_refusal_has_a_row() -> None:
    kinds = [ServerError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert [kind.__name__ for kind in kinds[1:] if answer(kind.__new__(kind)) is UNEXPECTED] == []


def test_a_refusal_that_is_final_for_http_is_final_for_a_socket() -> None:
    for row in ANSWERS.values():
        assert (row.status < 500) == (is_final(row.close) or row.close is CloseCode.RATE_LIMITED)


def test_a_problem_has_the_facts_and_nothing_that_is_missing() -> None:
    body = problem(NotAllowed("No.", expected="editor", received="viewer"), request_id="r1")

    assert body == {
        "type": "/problems/not-allowed",
        "title": "Not allowed",
        "status": 403,
        "detail": "No.",
        "expected": "editor",
        "received": "viewer",
        "requestId": "r1",
    }


def test_an_unexpected_error_tells_nothing_of_the_inside() -> None:
    assert "password" not in str(problem(RuntimeError("password=x")))


@pytest.mark.parametrize("error", [NoSuchNode("n"), FlowroomError("x")])
def test_errors_of_the_graph_language_are_answered_too(error: FlowroomError) -> None:
    assert problem(error)["status"] in (404, 500)
