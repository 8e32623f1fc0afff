"""The layout by itself: nothing lies on anything, arrows point to the right, and few cross."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layered import COLUMN_GAP, ROW_GAP, Arrow, Place, Size, crossings, layered

IDS = [f"n{number}" for number in range(12)]
SIZES = st.fixed_dictionaries({id: st.tuples(st.integers(40, 400), st.integers(40, 300)) for id in IDS})
ARROWS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=24)
NOW: dict[str, Place] = {id: (0, number * 10) for number, id in enumerate(IDS)}


def overlapping(places: dict[str, Place], sizes: dict[str, Size]) -> list[Arrow]:
    def apart(a: str, b: str) -> bool:
        (ax, ay), (bx, by), (aw, ah), (bw, bh) = places[a], places[b], sizes[a], sizes[b]
        return ax + aw <= bx or bx + bw <= ax or ay + ah <= by + 1e-6 or by + bh <= ay + 1e-6

    return [(a, b) for a, b in combinations(places, 2) if not apart(a, b)]


@settings(max_examples=200, deadline=None)
@given(SIZES, ARROWS)
def test_every_box_has_a_place_and_lies_on_no_other(sizes: dict[str, Size], arrows: list[Arrow]) -> None:
    places = layered(sizes, arrows, NOW)

    assert places.keys() == sizes.keys()
    assert overlapping(places, sizes) == []
    assert min(x for x, _ in places.values()) >= 0 and min(y for _, y in places.values()) >= -1e-6


@settings(max_examples=200, deadline=None)
@given(SIZES, ARROWS)
def test_arrows_point_to_the_right_unless_they_close_a_circle(sizes: dict[str, Size], arrows: list[Arrow]) -> None:
    downhill = [(a, b) for a, b in arrows if a < b]

    places = layered(sizes, downhill, NOW)

    assert all(places[a][0] + sizes[a][0] + COLUMN_GAP <= places[b][0] for a, b in downhill)


@given(st.permutations(range(6)), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20))
def test_crossings_are_counted_as_one_would_by_hand(order: list[int], pairs: list[tuple[int, int]]) -> None:
    drawn = [(f"a{a}", f"b{b}") for a, b in dict.fromkeys(pairs)]
    columns = [[f"a{n}" for n in range(6)], [f"b{n}" for n in order]]
    after: dict[str, list[str]] = {}
    for a, b in drawn:
        after.setdefault(a, []).append(b)
    at = {id: n for column in columns for n, id in enumerate(column)}

    by_hand = sum((at[a] - at[c]) * (at[b] - at[d]) < 0 for (a, b), (c, d) in combinations(drawn, 2))

    assert crossings(columns, after) == by_hand


def test_a_tangled_tree_is_drawn_without_a_crossing() -> None:
    """A binary tree of 31, whose children are named in an order that tangles them."""
    arrows = [(str(n), str(child)) for n in range(15) for child in (2 * n + 2, 2 * n + 1)]
    sizes: dict[str, Size] = {str(n): (100, 50) for n in range(31)}
    now: dict[str, Place] = {str(n): (0, n * 17 % 31) for n in range(31)}

    places = layered(sizes, arrows, now)

    columns: dict[float, list[str]] = {}
    for id in sorted(places, key=lambda id: places[id][1]):
        columns.setdefault(places[id][0], []).append(id)
    after = {str(n): [str(2 * n + 1), str(2 * n + 2)] for n in range(15)}
    assert crossings([columns[x] for x in sorted(columns)], after) == 0


def test_a_chain_is_a_straight_line_and_what_stands_alone_comes_below() -> None:
    sizes: dict[str, Size] = {"a": (100, 40), "b": (100, 80), "c": (100, 60), "alone": (100, 40), "too": (100, 40)}
    places = layered(sizes, [("a", "b"), ("b", "c"), ("c", "c"), ("c", "gone")], dict.fromkeys(sizes, (0, 0)))

    assert {places[id][1] + sizes[id][1] / 2 for id in "abc"} == {40.0}
    assert [places[id][0] for id in "abc"] == [0, 196, 392]
    assert places["alone"][1] == places["too"][1] > 80 and places["too"][0] == 100 + ROW_GAP


@pytest.mark.timeout(60)
def test_a_thousand_boxes_are_laid_out() -> None:
    sizes: dict[str, Size] = {str(n): (256, 96) for n in range(1000)}
    arrows = [(str(n), str(other)) for n in range(1000) for other in (2 * n + 1, 2 * n + 2, n + 7) if other < 1000]

    assert overlapping(layered(sizes, arrows, dict.fromkeys(sizes, (0, 0))), sizes) == []
