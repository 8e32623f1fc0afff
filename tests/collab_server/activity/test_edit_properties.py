"""What holds of every edit and every burst. Seeds are printed by hypothesis on a failure."""

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from pycrdt import Doc

from collab_server.activity.bursts import BURST_SECONDS, Done, Person, Row, gather
from collab_server.activity.edits import Named, Told, edits
from collab_server.activity.shadow import Shadow
from flowroom.model import Graph
from flowroom.ydoc import GraphDocument
from tests.collab_server.activity.replay import Replayed
from tests.flowroom import strategies
from tests.flowroom.test_document_properties import _gesture as gesture
from tests.flowroom.test_document_properties import gestures


@given(strategies.graphs(), strategies.graphs())
def test_what_is_told_leads_from_any_graph_to_any_other(before: Graph, after: Graph) -> None:
    """ACT-1"""
    replayed = Replayed(before)
    for told in edits(before, after):
        replayed.do(told)

    assert _compared(replayed) == _compared(Replayed(after))


@given(gestures, st.integers(0, 3))
def test_a_log_replays_to_the_same_values_wherever_telling_was_taken_up(
    steps: list[tuple[int, int, int]], parts: int
) -> None:
    """ACT-1, ACT-2: two people edit at once; the log is what a third document saw, in order."""
    rows = log_of(steps)
    shadow, told = Shadow(None, 0), list[Told]()
    for seq, update in enumerate(rows, 1):
        told += shadow.step(seq, update)
        if parts and seq % parts == 0:  # killed here, and taken up again from the base
            state = shadow.state()
            shadow.close()
            shadow = Shadow(state, seq)
    replayed = Replayed(Graph())
    for one in told:
        replayed.do(one)

    assert _compared(replayed) == _compared(Replayed(shadow.graph))
    shadow.close()


def log_of(steps: Sequence[tuple[int, int, int]]) -> list[bytes]:
    """The updates that a room would log while two people make these gestures."""
    room, rows = GraphDocument(), list[bytes]()
    people = [GraphDocument(Doc(client_id=n + 1)) for n in range(2)]
    room.doc.observe(lambda event: rows.append(event.update))
    for who, what, seed in steps:
        person = people[who % 2]
        gesture(person, what, random.Random(seed))
        if seed % 3:
            room.doc.apply_update(person.doc.get_update(room.doc.get_state()))
        if seed % 2:
            person.doc.apply_update(room.doc.get_update(person.doc.get_state()))
    for person in people:
        room.doc.apply_update(person.doc.get_update(room.doc.get_state()))
    return [row for row in rows if row != b"\0\0"]


def _compared(replayed: Replayed) -> object:
    """Compared as JSON, in which 1 and 1.0 are the same and a null is an absence; templates may be null."""
    templates = {name: value for name, value in replayed.templates.items() if value is not None}
    meta = {
        key: value for key, value in replayed.meta.items() if key not in ("schemaVersion", "lastRun", "createdFrom")
    }
    return replayed.nodes, replayed.edges, meta, templates


touches = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 5), st.floats(0, 2 * BURST_SECONDS)),
    max_size=30,
)


@given(touches, st.integers(1, 7))
def test_a_burst_never_loses_the_first_before_or_the_last_after(
    steps: list[tuple[str, str, int, float]], part: int
) -> None:
    """ACT-5: the rows of a field, put one after the other, are its whole story, however it was cut into passes."""
    values, at, done = {"x": 0, "y": 0}, 0.0, list[Done]()
    for who, node, value, wait in steps:
        at += wait
        told = Told("node.changed", (Named(node, node),), "params.n", values[node], value)
        values[node] = value
        done.append(Done(Person(who, who), at, [told], "g", ""))
    rows = _gathered(done, part)

    assert sum(row.count for row in rows) == len(steps)
    for node in "xy":
        own = [row for row in rows if row.nodes[0].id == node]
        story = [(row.facts["before"], row.facts["after"]) for row in own]
        assert [before for before, _ in story] == [0, *(after for _, after in story)][: len(story)]
        assert not story or story[-1][1] == values[node]
        assert all(row.at <= row.until <= row.at + 600 for row in own)
    assert rows == _gathered(done, 1)


def _gathered(done: list[Done], part: int) -> list[Row]:
    """The rows after so many passes, each of which has to find those that are still open."""
    rows: list[Row] = []
    for start in range(0, len(done), part):
        found = gather(rows, done[start : start + part])
        rows = [found.grown.get(row.id, row) for row in rows]
        rows += [_numbered(row, len(rows) + n) for n, row in enumerate(found.new, 1)]
    return rows


def _numbered(row: Row, id: int) -> Row:
    return replace(row, id=id)


positions = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=12)


@given(positions)
def test_moving_about_is_one_row_from_where_each_node_was_to_where_it_is(moves: list[tuple[str, int]]) -> None:
    """ACT-5"""
    places = dict.fromkeys("abc", -1)
    begun: dict[str, int] = {}
    done = []
    for node, place in moves:
        begun.setdefault(node, places[node])
        told = Told("node.moved", (Named(node, node),), "pos", {node: places[node]}, {node: place})
        places[node] = place
        done.append(Done(Person("ada"), 1.0, [told], "g", ""))
    (row,) = gather([], done).new

    assert row.facts["before"] == begun
    assert row.facts["after"] == {node: places[node] for node in begun}
    assert {node.id for node in row.nodes} == begun.keys()
