"""`runWhen`: whether a node runs, from how many of its edges are live or died of a failure. Pure.

    inputs       one is live, none failed, every required port has a live edge    none_failed_min_one_success
    all_live     all are live                                                     all_success
    any          one is live, once all have resolved                              all_done_min_one_success
    first        one is live, at once                                             one_success
    all_done     all have resolved, whatever happened                             all_done
    any_failed   one died of a failure, at once                                   one_failed
    all_failed   all died of a failure                                            all_failed
    all_skipped  all are dead, none of them of a failure                          all_skipped
    always       at once, whatever becomes of the edges                           always

On the right, what Airflow calls it.
"""

from typing import NamedTuple, assert_never

from engine.decisions import SkipState
from flowroom.model import RunWhen

TOLERANT = frozenset({"any", "first", "all_done", "any_failed", "all_failed", "always"})
"""A node that runs after a failure by one of these has handled it."""


class Counts(NamedTuple):
    """A node's edges: all of them, the live ones, those that died of a failure."""

    all: int
    live: int
    failed: int


def why_not(when: RunWhen, edges: Counts, *, starved: bool) -> tuple[SkipState, str] | None:
    """Why a node does not run, now that its edges are resolved; None when it does.

    `starved`: a required port has edges, and none of them is live.
    """
    dead: tuple[SkipState, str] = (
        ("upstream_failed", "something before it failed") if edges.failed else ("skipped", "nothing reached it")
    )
    match when:
        case "inputs":
            runs = not edges.failed and (edges.live > 0 or not edges.all) and not starved
        case "all_live":
            runs = edges.live == edges.all
        case "any" | "first":
            runs = edges.live > 0 or not edges.all
        case "any_failed":
            runs = edges.failed > 0
            dead = ("skipped", "nothing before it failed")
        case "all_failed":
            runs = edges.all > 0 and edges.failed == edges.all
            dead = ("skipped", "not everything before it failed")
        case "all_skipped":
            runs = edges.all > 0 and edges.live == edges.failed == 0
            dead = ("skipped", "not everything before it was skipped")
        case "all_done" | "always":
            runs = True
        case other:
            assert_never(other)
    return None if runs else dead


def is_early(when: RunWhen, live: int, failed: int) -> bool:
    """Whether a node runs although some of its edges are still unresolved."""
    match when:
        case "always":
            return True
        case "first":
            return live > 0
        case "any_failed":
            return failed > 0
        case _:
            return False
