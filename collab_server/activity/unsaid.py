"""What was said and then deleted or replaced: its text goes from the list of what was done, too. Pure.

All rows about what is said in one thread have a key in common, by which they are found. Who says something and who
changes or deletes it may be told in either order, for they are different requests; so both look for the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from collab_server.activity.bursts import Row
from flowroom.model import Json

SAID = frozenset({"comment.created", "comment.edited", "comment.reacted"})
ENDS = frozenset({"comment.deleted", "thread.deleted"})
TAKES = ENDS | {"comment.edited"}
"""Kinds of rows that take text out of others."""


def thread_key(kind: str, facts: Mapping[str, Json]) -> str:
    """The key of a row about what is said in a thread; of any other it is empty."""
    return key_of(str(facts["thread"])) if kind in SAID | ENDS and "thread" in facts else ""


def key_of(thread: str) -> str:
    """The key of all rows about what is said in a thread."""
    return f"said in {thread}"


def unsaid(rows: Iterable[Row]) -> list[Row]:
    """Those of a thread's rows that show what was deleted or replaced since, without its text."""
    found = list(rows)
    thread_is_gone = any(row.kind == "thread.deleted" for row in found)
    gone = {row.facts.get("message") for row in found if row.kind == "comment.deleted"}
    newest: dict[Json, float] = {}
    for row in found:
        newest[row.facts.get("message")] = max(newest.get(row.facts.get("message"), 0.0), _edited(row))

    def is_over(row: Row) -> bool:
        message = row.facts.get("message")
        return thread_is_gone or message in gone or _edited(row) < newest[message]

    return without_text(row for row in found if row.kind in SAID and is_over(row))


def without_text(rows: Iterable[Row]) -> list[Row]:
    """Those of some rows that show a text, without it."""
    return [replace(row, facts={**row.facts, "excerpt": ""}) for row in rows if row.facts.get("excerpt")]


def _edited(row: Row) -> float:
    """When what the row shows was put in place of what was there before; 0 for what was said first."""
    edited = row.facts.get("editedAt")
    return float(edited) if isinstance(edited, int | float) else 0.0
