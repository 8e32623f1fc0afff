"""A layered layout: boxes and arrows become places, with arrows that point to the right and cross as little as may be.

This is Sugiyama's way, in four steps: give each box a column (no arrow stays within one); put a bend into each column
that a long arrow passes; order the columns so that few arrows cross (boxes go to the middle of their neighbours, sweep
by sweep, the best order is kept); then move each box as near to its neighbours as order and gaps allow. Pure: it knows
nothing of graphs or servers, see layout_bot.py for that.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

Size = tuple[float, float]
Place = tuple[float, float]
Arrow = tuple[str, str]
Columns = list[list[str]]
Neighbours = Mapping[str, Sequence[str]]

COLUMN_GAP = 96.0
ROW_GAP = 32.0
PIECE_GAP = 64.0
BEND: Size = (0.0, 0.0)
SWEEPS = 12


def layered(sizes: Mapping[str, Size], arrows: Iterable[Arrow], now: Mapping[str, Place]) -> dict[str, Place]:
    """Where each box goes, its top left corner, from (0, 0) on; `now` is where they are, which decides between equals.

    What hangs together is laid out together, one piece below the other; boxes without arrows come last, in rows.
    """
    known = [(a, b) for a, b in dict.fromkeys(arrows) if a != b and a in sizes and b in sizes]
    pieces = _pieces(sorted(sizes, key=lambda id: (now[id][1], now[id][0], id)), known)
    places: dict[str, Place] = {}
    top = right = 0.0
    for piece in (piece for piece in pieces if len(piece) > 1):
        inside = set(piece)
        placed = _piece(piece, sizes, [arrow for arrow in known if arrow[0] in inside])
        places |= {id: (x, y + top) for id, (x, y) in placed.items()}
        top = PIECE_GAP + max(y + sizes[id][1] for id, (_, y) in places.items())
        right = max(right, *(x + sizes[id][0] for id, (x, _) in placed.items()))
    return places | _rows([piece[0] for piece in pieces if len(piece) == 1], sizes, top, right)


def crossings(columns: Columns, after: Neighbours) -> int:
    """How many pairs of arrows cross between neighbouring columns."""
    total = 0
    for left, right in pairwise(columns):
        at = {id: n for n, id in enumerate(right)}
        ends: list[int] = []
        for id in left:
            reached = [at[other] for other in after.get(id, ()) if other in at]
            total += sum(len(ends) - bisect_right(ends, end) for end in reached)
            for end in reached:
                insort(ends, end)
    return total


def _pieces(ids: Sequence[str], arrows: Sequence[Arrow]) -> list[list[str]]:
    """What hangs together, in the order of `ids`."""
    beside: dict[str, list[str]] = defaultdict(list)
    for a, b in arrows:
        beside[a].append(b)
        beside[b].append(a)
    found: list[list[str]] = []
    seen: set[str] = set()
    for start in ids:
        if start in seen:
            continue
        piece, waiting = {start}, [start]
        while waiting:
            fresh = set(beside[waiting.pop()]) - piece
            piece |= fresh
            waiting += fresh
        seen |= piece
        found.append([id for id in ids if id in piece])
    return found


def _piece(ids: Sequence[str], sizes: Mapping[str, Size], arrows: Sequence[Arrow]) -> dict[str, Place]:
    forward = _forward(ids, arrows)
    columns, after = _with_bends(ids, forward, _ranks(ids, forward))
    before: dict[str, list[str]] = defaultdict(list)
    for id, others in after.items():
        for other in others:
            before[other].append(id)
    columns = _ordered(columns, before, after)
    heights = {id: sizes.get(id, BEND)[1] for column in columns for id in column}
    middles = _middles(columns, before, after, heights)
    top = min(middles[id] - heights[id] / 2 for id in heights)
    places: dict[str, Place] = {}
    x = 0.0
    for column in columns:
        places |= {id: (x, middles[id] - heights[id] / 2 - top) for id in column if id in sizes}
        x += COLUMN_GAP + max(sizes.get(id, BEND)[0] for id in column)
    return places


def _forward(ids: Sequence[str], arrows: Sequence[Arrow]) -> list[Arrow]:
    """The arrows with those turned round that would close a circle."""
    after: dict[str, list[str]] = defaultdict(list)
    for a, b in arrows:
        after[a].append(b)
    entered = {b for _, b in arrows}
    done: set[str] = set()
    back: set[Arrow] = set()
    for start in sorted(ids, key=entered.__contains__):  # what nothing leads to comes first
        trail = [(start, iter(after[start]))] if start not in done else []
        on_trail = {start}
        while trail:
            id, others = trail[-1]
            if (other := next(others, None)) is None:
                trail.pop()
                on_trail.discard(id)
                done.add(id)
            elif other in on_trail:
                back.add((id, other))
            elif other not in done:
                trail.append((other, iter(after[other])))
                on_trail.add(other)
    return list(dict.fromkeys((b, a) if (a, b) in back else (a, b) for a, b in arrows))


def _ranks(ids: Sequence[str], arrows: Sequence[Arrow]) -> dict[str, int]:
    """The column of each box: one after the last that leads to it; what begins stands next to what it leads to."""
    after: dict[str, list[str]] = defaultdict(list)
    waits = dict.fromkeys(ids, 0)
    for a, b in arrows:
        after[a].append(b)
        waits[b] += 1
    begins = [id for id in ids if not waits[id]]
    ranks = dict.fromkeys(ids, 0)
    ready = list(begins)
    for id in ready:  # a list is walked as it grows
        for other in after[id]:
            ranks[other] = max(ranks[other], ranks[id] + 1)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    return ranks | {id: min(ranks[other] for other in after[id]) - 1 for id in begins if after[id]}


def _with_bends(
    ids: Sequence[str], arrows: Sequence[Arrow], ranks: Mapping[str, int]
) -> tuple[Columns, dict[str, list[str]]]:
    """The columns, with a bend wherever an arrow passes one; and what leads to what, from column to column."""
    columns: Columns = [[] for _ in range(max(ranks.values()) + 1)]
    for id in ids:
        columns[ranks[id]].append(id)
    after: dict[str, list[str]] = defaultdict(list)
    for number, (a, b) in enumerate(arrows):
        last = a
        for rank in range(ranks[a] + 1, ranks[b]):
            bend = f"/{number}/{rank}"  # no id of a box has a slash
            columns[rank].append(bend)
            after[last].append(bend)
            last = bend
        after[last].append(b)
    return columns, after


def _ordered(columns: Columns, before: Neighbours, after: Neighbours) -> Columns:
    """The best order that sweeping to and fro finds."""
    best, fewest = columns, crossings(columns, after)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        columns = _swept(columns, before) if sweep % 2 == 0 else _swept(columns[::-1], after)[::-1]
        count = crossings(columns, after)
        if count < fewest:
            best, fewest = columns, count
    return best


def _swept(columns: Columns, towards: Neighbours) -> Columns:
    """Each column in the order of where its neighbours in the one before stand."""
    swept = columns[:1]
    for column in columns[1:]:
        at = {id: n for n, id in enumerate(swept[-1])}
        wanted = {id: _middle([at[other] for other in towards.get(id, ())], n) for n, id in enumerate(column)}
        swept.append(sorted(column, key=wanted.__getitem__))
    return swept


def _middles(columns: Columns, before: Neighbours, after: Neighbours, heights: Mapping[str, float]) -> dict[str, float]:
    """The middle of each box: as near to those of its neighbours as the order and the gaps allow."""
    middles: dict[str, float] = {}
    for column in columns:
        middles |= _spread(column, lambda _: 0.0, heights)
    for _ in range(SWEEPS):
        for way, towards in ((columns, before), (columns[::-1], after)):
            for column in way:
                wanted = {id: _middle([middles[o] for o in towards.get(id, ())], middles[id]) for id in column}
                middles |= _spread(column, wanted.__getitem__, heights)
    return middles


def _spread(column: Sequence[str], wanted: Callable[[str], float], heights: Mapping[str, float]) -> dict[str, float]:
    """The places nearest to those that are wanted, in this order and without touching.

    Boxes that want the same room become a block, which stands at the mean of what they want (pool adjacent violators).
    """
    offsets, offset = [0.0], 0.0
    for above, below in pairwise(column):
        offset += (heights[above] + heights[below]) / 2 + ROW_GAP
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # sum of what is wanted, and of how many
    for id, offset in zip(column, offsets, strict=True):
        total, count = wanted(id) - offset, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            more, others = blocks.pop()
            total, count = total + more, count + others
        blocks.append((total, count))
    tops = [total / count for total, count in blocks for _ in range(count)]
    return {id: top + offset for id, top, offset in zip(column, tops, offsets, strict=True)}


def _middle(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _rows(ids: Sequence[str], sizes: Mapping[str, Size], top: float, right: float) -> dict[str, Place]:
    """Boxes beside each other, in rows that are about as wide as the rest."""
    places: dict[str, Place] = {}
    x = tallest = 0.0
    for id in ids:
        width, height = sizes[id]
        if x > 0 and x + width > max(right, 1200.0):
            x, top, tallest = 0.0, top + tallest + ROW_GAP, 0.0
        places[id] = (x, top)
        x, tallest = x + width + ROW_GAP, max(tallest, height)
    return places
