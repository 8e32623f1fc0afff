"""What Flowroom is to reach in the scenarios of this benchmark, and what it reached.

The aims were set on another machine, before there was a server that commits before it shows anything; *durable*, which
does nothing else than that, says which of them lie below that floor here.
"""

import operator
from collections.abc import Mapping
from typing import NamedTuple

from rich.table import Table

from benchmarks.sync.disk import DISK
from benchmarks.sync.scenarios import BULKY, CRASH, FIFTY, HUNDRED, IDLE, LARGE, LONE, PACED, PRESENCE, ROOMS, STALLED

Medians = Mapping[tuple[str, str, str], float]
"""The median over all rounds of a scenario's figure, by scenario, server and figure."""


class Bound(NamedTuple):
    """At most so many, or at least; or so many times what the same figure is elsewhere, and `more`."""

    value: float
    at_least: bool = False
    elsewhere: tuple[str, str] | None = None
    """Scenario and server."""
    more: float = 0

    def of(self, figure: str, medians: Medians) -> float | None:
        """The number it comes to; None if what it refers to was not measured."""
        if self.elsewhere is None:
            return self.value
        other = medians.get((*self.elsewhere, figure))
        return None if other is None else self.value * other + self.more


AIMS: tuple[tuple[str, str, Bound], ...] = (
    (LONE, "p50 ms", Bound(1.0)),
    (LONE, "p99 ms", Bound(2.5)),
    (LONE, "CPU ms / 1,000 deliveries", Bound(50)),
    (PACED, "CPU ms / 1,000 deliveries", Bound(1.15, elsewhere=(PACED, "raw"))),
    (FIFTY, "delivered / s", Bound(2.5, at_least=True, elsewhere=(FIFTY, "raw"))),
    (FIFTY, "p99 ms", Bound(0.6, elsewhere=(FIFTY, "raw"))),
    (HUNDRED, "delivered / s", Bound(600_000, at_least=True)),
    (HUNDRED, "delivered / CPU s", Bound(1_500_000, at_least=True)),
    (HUNDRED, "p99 ms", Bound(100)),
    (ROOMS, "p99 ms", Bound(3.8)),
    (ROOMS, "CPU ms / 1,000 deliveries", Bound(90)),
    (ROOMS, "RSS MB", Bound(80)),
    (STALLED, "readers' p99 ms", Bound(2, elsewhere=(BULKY, "flowroom"))),
    (STALLED, "RSS + MB", Bound(1, elsewhere=(BULKY, "flowroom"), more=8)),
    (PRESENCE, "cores", Bound(0.3)),
    (LARGE, "one joins, ms", Bound(5)),
    (LARGE, "50 join at once, ms", Bound(220)),
    (LARGE, "first after a restart, ms", Bound(60)),
    (CRASH, "seen edits that survive, worst, %", Bound(100, at_least=True)),
    (IDLE, "KB / connection", Bound(30)),
    (IDLE, "connect all, s", Bound(0.4)),
    (DISK, "an append, 50 under way, p99 ms", Bound(5)),
)


def table_of_aims(medians: Medians) -> Table:
    """A row for each aim whose scenario was measured."""
    rows = []
    for scenario, figure, bound in AIMS:
        reached, limit = medians.get((scenario, "flowroom", figure)), bound.of(figure, medians)
        if reached is None or limit is None:
            continue
        holds = operator.ge if bound.at_least else operator.le
        floor = medians.get((scenario, "durable", figure))
        rows.append((f"{scenario}: {figure}", reached, bound.at_least, limit, floor, holds(reached, limit)))
    met = sum(row[-1] for row in rows)
    table = Table(title=f"Aims: {met} of {len(rows)} met", title_justify="left")
    for name in ("", "Flowroom", "aim", "durable", ""):
        table.add_column(name, justify="right" if name else "left")
    for name, reached, at_least, limit, floor, is_met in rows:
        sign = "≥" if at_least else "≤"
        table.add_row(
            name, shown(reached), f"{sign} {shown(limit)}", "" if floor is None else shown(floor), _said(is_met)
        )
    return table


def shown(value: float) -> str:
    """A figure as the tables show it."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _said(is_met: bool) -> str:
    return "met" if is_met else "[yellow]not met[/yellow]"
