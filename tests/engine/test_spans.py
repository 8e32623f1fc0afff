"""The spans of a run are read off its events."""

from engine.spans import NodeSpans
from flowroom import tracing
from flowroom.runs import NodePath, RunEvent
from flowroom.tracing import Span

A, B = NodePath("a"), NodePath("group/b")
RUN = tracing.begun(None)


def told(*batches: list[RunEvent]) -> list[Span]:
    spans: list[Span] = []
    nodes = NodeSpans("r1", RUN)
    with tracing.collected(spans.append):
        for batch in batches:
            nodes.committed(batch)
    return spans


def test_each_attempt_has_a_span_in_that_of_its_run() -> None:
    """OPS-16: from begin to end, also when they are in different commits; only the type of an error is told."""
    spans = told(
        [RunEvent(1, 10.0, "run.started"), RunEvent(2, 11.0, "node.started", A, 0, 1)],
        [
            RunEvent(3, 12.0, "node.retry", A, 0, 1, {"error": {"type": "HttpError", "message": "secret"}, "delay": 1}),
            RunEvent(4, 13.0, "node.started", A, 0, 2),
            RunEvent(5, 13.5, "node.started", B, 3, 1),
            RunEvent(6, 14.0, "node.succeeded", A, 0, 2, {"outputs": {}}),
            RunEvent(7, 15.0, "node.failed", B, 3, 1, {"error": {"type": "NodeError", "message": "secret"}}),
        ],
    )
    assert [(span.trace.since, span.until, span.error) for span in spans] == [
        (11.0, 12.0, "HttpError"),
        (13.0, 14.0, None),
        (13.5, 15.0, "NodeError"),
    ]
    assert {(span.trace.id, span.trace.parent) for span in spans} == {(RUN.id, RUN.number)}
    assert spans[2].facts == {
        "flowroom.run": "r1",
        "flowroom.node": B,
        "flowroom.iteration": 3,
        "flowroom.attempt": 1,
    }


def test_what_another_worker_had_begun_has_no_span_here() -> None:
    assert told([RunEvent(9, 20.0, "node.failed", A, 0, 1, {"error": {}}), RunEvent(10, 21.0, "node.skipped", B)]) == []
