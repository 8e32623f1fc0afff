"""Rows: what is kept of values, what is masked, and when a row ends."""

from typing import Any

import pytest

from collab_server import runs
from collab_server.activity.bursts import MASK, MAX_NODES, Done, Person, Row, gather, row_of, secrets_of, short
from collab_server.activity.edits import Named, Told
from collab_server.activity.sentences import EDITED, EDITS, KINDS, matches, sentence
from flowroom.node_types import NodeType

ADA, BEN = Person("p-ada", "Ada"), Person("p-ben", "Ben")
A = (Named("a", "Ask"),)


def kept(field: str, before: Any, after: Any, **facts: Any) -> dict[str, Any]:
    """The facts of a changed field."""
    return dict(row_of(Told("node.changed", A, field, before, after, facts), Done(ADA, 1.0, [], "g", "")).facts)


def change(by: Person, at: float, before: int, after: int) -> Done:
    return Done(by, at, [Told("node.changed", A, "params.n", before, after)], "g", "")


def test_a_sentence_says_its_of_one_node_and_their_of_several() -> None:
    """ACT-1"""
    two, edges = (*A, Named("b", "Answer")), {"edges": 4}
    said = [
        sentence(Row(kind, 1.0, nodes=nodes, facts=facts))
        for kind, facts in (("node.removed", edges), ("node.placed", {}))
        for nodes in (A, two)
    ]
    assert said == [
        "removed Ask, and 4 of its connections",
        "removed Ask and Answer, and 4 of their connections",
        "took Ask out of its group",
        "took Ask and Answer out of their group",
    ]
    more = Row("node.removed", 1.0, nodes=A, facts={"more": 2, "edges": 4})
    assert sentence(more) == "removed Ask and 2 more, and 4 of their connections"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.34, "340 ms"),
        (2.41, "2.4 s"),
        (9.97, "10 s"),
        (16.143, "16 s"),
        (59.7, "1 min"),
        (72, "1 min 12 s"),
        (3_600, "1 h"),
        (10_930, "3 h 2 min"),
        (190_900, "2 d 5 h"),
    ],
)
def test_a_sentence_says_how_long_a_run_took_as_exactly_as_it_matters(seconds: float, said: str) -> None:
    """As the editor's badge of the same run does."""
    facts = {"state": "succeeded", "seconds": seconds}
    assert sentence(Row("run.finished", 1.0, facts=facts)) == f"a run succeeded after {said}"


def test_a_sentence_names_whose_role_changed() -> None:
    """ACT-1: the id only where no name was kept."""
    facts = {"person": "p-1", "role": "editor"}
    assert sentence(Row("grant.changed", 1.0, facts=facts)) == "changed who may do what: p-1 editor"
    assert sentence(Row("grant.changed", 1.0, facts=facts | {"name": "Cy"})) == "changed who may do what: Cy editor"
    assert sentence(Row("grant.changed", 1.0, facts={"visibility": "private"})) == "changed who may do what: private"
    assert sentence(Row("grant.removed", 1.0, facts={"person": "p-1", "name": "Cy"})) == "took away the role of Cy"


def test_a_long_value_is_shortened() -> None:
    """ACT-6"""
    assert kept("params.cases", [1], ["x" * 500]) == {"before": [1], "after": '["' + "x" * 197 + "…"}
    assert len(short({"a": ["y" * 1000]})) == 200


def test_a_long_text_shows_the_place_where_it_changed() -> None:
    """ACT-6"""
    before, after = "x" * 1000 + "cat" + "y" * 1000, "x" * 1000 + "dog and cat" + "y" * 1000
    facts = kept("params.prompt", before, after)
    assert (facts["added"], facts["removed"]) == (8, 0)
    assert "cat" in facts["before"] and "dog and cat" in facts["after"]
    assert len(facts["before"]) == len(facts["after"]) == 200


@pytest.mark.parametrize(
    "field", ["params.apiKey", "params.api_key", "params.password", "params.accessToken", "secret"]
)
def test_what_is_called_secret_is_masked(field: str) -> None:
    """ACT-6"""
    assert kept(field, "sk-1", "sk-2") == {"before": MASK, "after": MASK}
    assert kept(field, None, "sk-2") == {"before": None, "after": MASK}


def test_secrets_inside_a_value_are_masked() -> None:
    """ACT-6: as in the headers of a request, in both of the shapes that people use."""
    headers = {"Authorization": "Bearer sk-1", "Accept": "text/plain", "X-Api-Key": "k"}
    masked = {"Authorization": MASK, "Accept": "text/plain", "X-Api-Key": MASK}
    assert kept("params.headers", {}, headers)["after"] == masked
    assert kept("params.headers", [], [{"name": "Cookie", "value": "c"}])["after"] == [
        {"name": "Cookie", "value": MASK}
    ]
    assert kept("params.maxTokens", 1, 2) == {"before": 1, "after": 2}


def test_what_a_schema_calls_secret_is_masked() -> None:
    """ACT-6"""
    schema = {"properties": {"pin": {"format": "password"}, "n": {}, "once": {"writeOnly": True}}}
    secret = secrets_of([NodeType(type="Safe", title="Safe", params=schema), *runs.node_types()])
    assert secret == {("Safe", "pin"), ("Safe", "once")}
    told = Told("node.changed", A, "params.pin", 1234, 4321, {"type": "Safe"})
    assert row_of(told, Done(ADA, 1.0, [], "g", ""), secret).facts["after"] == MASK


def test_a_row_ends_after_a_while() -> None:
    """ACT-5"""
    rows = gather([], [change(ADA, 0, 0, 1), change(ADA, 59, 1, 2), change(ADA, 120, 2, 3)]).new
    assert [(row.at, row.until, row.count) for row in rows] == [(0, 59, 2), (120, 120, 1)]
    busy = gather([], [change(ADA, n * 30.0, n, n + 1) for n in range(40)]).new
    assert [row.until - row.at for row in busy] == [600, 540]


def test_a_row_ends_when_somebody_else_touches_the_same() -> None:
    """ACT-5"""
    rows = gather([], [change(ADA, 0, 0, 1), change(BEN, 1, 1, 2), change(ADA, 2, 2, 3)]).new
    assert [(row.by.name, row.facts["before"], row.facts["after"]) for row in rows] == [
        ("Ada", 0, 1), ("Ben", 1, 2), ("Ada", 2, 3),
    ]  # fmt: skip


def test_what_went_back_is_said_so() -> None:
    (row,) = gather([], [change(ADA, 0, 0, 1), change(ADA, 1, 1, 0)]).new
    assert sentence(row) == "n of Ask changed 2 times, and is as it was"


def test_a_row_names_so_many_nodes_and_counts_the_others() -> None:
    nodes = tuple(Named(f"n{n}", f"N{n}") for n in range(70))
    places = {node.id: [0, 0] for node in nodes}
    (row,) = gather([], [Done(ADA, 0, [Told("node.moved", nodes, "pos", places, places)], "g", "")]).new
    assert len(row.nodes) == MAX_NODES == len(row.facts["after"])
    assert sentence(row) == "moved N0, N1, N2 and 67 more"


@pytest.mark.parametrize("kind", [*KINDS, "plugin.did_something"])
def test_every_kind_is_said_with_and_without_facts(kind: str) -> None:
    assert sentence(Row(kind, 1.0)) and "None" not in sentence(Row(kind, 1.0))


@pytest.mark.parametrize(
    ("kind", "facts", "said"),
    [
        ("token.created", {"token": "t-1", "name": "Namer", "role": "editor"}, "made the API token Namer as editor"),
        ("invitation.created", {"email": "a@b.c", "role": "viewer"}, "invited a@b.c as viewer"),
        ("invitation.created", {"email": None, "role": "viewer"}, "invited somebody as viewer"),
        ("invitation.created", {"purpose": "password"}, "made a link by which a member sets a new password"),
        ("member.changed", {"name": "Ada", "role": "admin", "disabled": None}, "made the member Ada admin"),
        ("member.changed", {"name": "Ada", "role": None, "disabled": None}, "made the member Ada a guest"),
        ("member.changed", {"name": "Ada", "disabled": True}, "shut out the member Ada"),
        ("member.changed", {"name": "Ada", "disabled": False}, "let the member Ada in again"),
    ],
)  # fmt: skip
def test_what_is_done_to_people_and_tokens_is_said_whole(kind: str, facts: dict[str, Any], said: str) -> None:
    assert sentence(Row(kind, 1.0, facts=facts)) == said


def test_filters_name_kinds() -> None:
    assert matches("run.started", ["run.*"]) and matches("run.started", ["*"]) and matches("x.y", ["a.b", "x.y"])
    assert not matches("run.started", ["run", "runs.*", EDITED])
    assert all(matches(kind, [EDITED]) for kind in EDITS) and not matches("graph.created", [EDITED])
