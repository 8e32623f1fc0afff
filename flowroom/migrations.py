"""Schema versions: what a graph written by an older Flowroom becomes, and the refusal of one by a newer.

A migration works on the plain JSON of a graph, so the same one serves files and shared documents. To change the
schema: raise `model.SCHEMA_VERSION`, add one line to `MIGRATIONS`, and a test with a graph of the version before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowroom.errors import InvalidGraph, NewerSchema
from flowroom.model import SCHEMA_VERSION

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: what makes a graph of version `to - 1` one of version `to`. `apply` returns a new object."""

    to: int
    what: str
    apply: Callable[[Raw], Raw]


MIGRATIONS: tuple[Migration, ...] = ()
"""Every step there ever was, oldest first. Version 1 is the first."""


def version_of(raw: Raw) -> int:
    """The schema version a graph's JSON declares; one that says nothing is of version 1."""
    meta = raw.get("meta")
    found = meta.get("schemaVersion", 1) if isinstance(meta, dict) else 1
    if isinstance(found, bool) or not isinstance(found, int | float) or found != int(found) or found < 1:
        raise InvalidGraph(f"meta.schemaVersion: expected a whole number from 1 on, got {found!r:.80}")
    return int(found)


def upgrade(raw: Raw, *, migrations: tuple[Migration, ...] = MIGRATIONS, to: int = SCHEMA_VERSION) -> Raw:
    """The JSON of a graph in the newest schema. Raises NewerSchema when it is newer than `to`."""
    found = version_of(raw)
    if found > to:
        raise NewerSchema(found, to)
    for step in migrations:
        if found < step.to <= to:
            raw = step.apply(raw)
            raw = {**raw, "meta": {**raw.get("meta", {}), "schemaVersion": step.to}}
    return raw
