"""Rows of the list, and which of them grow: what one person does to one thing within a while is one row.

A row says from what it was first to what it was last, how often, and from when until when. Pure: what is open is
given, what to store is answered.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from collab_server.activity.edits import Named, Told
from collab_server.activity.storable import indexable
from flowroom.model import PROSE_PARAMS, Json

BURST_SECONDS = 60.0
"""How long nobody may have touched a thing before the next touch is another row."""
LONGEST_BURST_SECONDS = 600.0
MAX_VALUE_CHARS = 200
MAX_NODES = 50
"""Nodes that a row names; `facts.more` says how many others there were."""
CONTEXT_CHARS = 60
"""What is shown of a long text before the place where it changed."""
GROWING = frozenset(
    {"node.changed", "node.renamed", "node.moved", "node.resized", "edge.changed", "graph.renamed", "graph.changed"}
)
TOGETHER = frozenset({"node.moved", "node.resized"})
"""Kinds of which one row holds many nodes: a before and an after for each."""
MASK = "••••••"
SECRET_NAME = re.compile(r"secret|passw|token(?!s)|api[-_ ]?key|authori[sz]ation|cookie|private[-_ ]?key", re.I)


@dataclass(frozen=True, slots=True)
class Person:
    """Who did it, as they were called then. `kind` is person, bot, agent, engine, or server for nobody."""

    id: str = ""
    name: str = ""
    colour: str = ""
    kind: str = "server"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list. `id` and `turn` are 0 until it is stored; times are seconds since 1970."""

    kind: str
    at: float
    by: Person = Person()
    graph: str | None = None
    title: str = ""
    nodes: tuple[Named, ...] = ()
    field: str = ""
    facts: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    until: float = 0.0
    count: int = 1
    key: str = ""
    """What the row is about, for growing, or for losing its text (unsaid.py); empty for one that stays as it is."""
    id: int = 0
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """Things told of one row of the log: whose it was, and when."""

    by: Person
    at: float
    told: Sequence[Told]
    graph: str
    title: str


@dataclass(slots=True)
class Gathered:
    """What a fold leaves to be stored: rows that grew, by id, and new ones, in order."""

    grown: dict[int, Row] = dataclasses.field(default_factory=dict)
    new: list[Row] = dataclasses.field(default_factory=list)


Secret = frozenset[tuple[str, str]]
"""Node type and parameter of the values that are never shown."""


def gather(open_rows: Iterable[Row], done: Iterable[Done], secret: Secret = frozenset()) -> Gathered:
    """Fold what was done into rows that may still grow, and new rows. `open_rows` come oldest first."""
    rows = list(open_rows)
    stored = len(rows)
    newest = {row.key: place for place, row in enumerate(rows) if row.key}
    grown = set[int]()
    for one in done:
        for told in one.told:
            row = row_of(told, one, secret)
            place = newest.get(row.key) if row.key else None
            if place is not None and _joins(rows[place], row):
                rows[place] = _joined(rows[place], row)
                grown.add(place)
                continue
            rows.append(row)
            if row.key:
                newest[row.key] = len(rows) - 1
    return Gathered({rows[place].id: rows[place] for place in sorted(grown) if place < stored}, rows[stored:])


def row_of(told: Told, done: Done, secret: Secret = frozenset()) -> Row:
    """What is kept of a thing told: shortened, and without secrets."""
    return Row(
        kind=told.kind,
        at=done.at,
        until=done.at,
        by=done.by,
        graph=done.graph,
        title=done.title,
        nodes=told.nodes[:MAX_NODES],
        field=told.field,
        facts={**_facts(told), **_values(told, secret)},
        key=_key(told),
    )


def keys_of(done: Iterable[Done]) -> set[str]:
    """The keys of the rows that things done may join."""
    return {_key(told) for one in done for told in one.told} - {""}


def _key(told: Told) -> str:
    if told.kind not in GROWING:
        return ""
    if told.kind in TOGETHER:
        return told.kind
    about = told.facts.get("edge") or told.facts.get("template") or (told.nodes[0].id if told.nodes else "")
    return indexable(f"{told.kind} {about} {told.field}")


def _joins(row: Row, new: Row) -> bool:
    """Whether a row grows by what was done: the same person's, soon after, and nobody else's in between."""
    is_same = row.by.id == new.by.id
    return is_same and new.at - row.until <= BURST_SECONDS and new.until - row.at <= LONGEST_BURST_SECONDS


def _joined(row: Row, new: Row) -> Row:
    """A row from its first before to the new one's last after."""
    facts: dict[str, Json] = {**new.facts, **row.facts}
    nodes = row.nodes
    if row.kind in TOGETHER:
        nodes = _union(row.nodes, new.nodes)
        kept = {node.id for node in nodes}
        facts["before"] = _of({**new.facts["before"], **row.facts["before"]}, kept)
        facts["after"] = _of({**row.facts["after"], **new.facts["after"]}, kept)
    elif "after" in new.facts:
        facts["after"] = new.facts["after"]
    for key in ("added", "removed"):
        if key in row.facts or key in new.facts:
            facts[key] = row.facts.get(key, 0) + new.facts.get(key, 0)
    return replace(row, nodes=nodes, facts=facts, until=max(row.until, new.until), count=row.count + 1)


def _union(nodes: tuple[Named, ...], others: tuple[Named, ...]) -> tuple[Named, ...]:
    """Each node once, by the name it had first; as many as a row names."""
    known = {node.id for node in nodes}
    return (*nodes, *(node for node in others if node.id not in known))[:MAX_NODES]


def _facts(told: Told) -> dict[str, Json]:
    facts = {key: value for key, value in told.facts.items() if value not in (None, [])}
    if isinstance(facts.get("edges"), list):
        facts["edges"] = len(facts["edges"])
    if len(told.nodes) > MAX_NODES:
        facts["more"] = len(told.nodes) - MAX_NODES
    return facts


def _values(told: Told, secret: Secret) -> dict[str, Json]:
    """`before` and `after`, and for texts how many characters came and went."""
    before, after = told.before, told.after
    if not told.field:
        return {}  # whole records came or went: their names say enough
    if told.kind in TOGETHER or told.kind == "node.placed":
        kept = {node.id for node in told.nodes[:MAX_NODES]}
        return {"before": _of(before, kept), "after": _of(after, kept)}
    name = told.field.removeprefix("params.")
    if (str(told.facts.get("type", "")), name) in secret or SECRET_NAME.search(name):
        return {"before": None if before is None else MASK, "after": None if after is None else MASK}
    if isinstance(before, str) and isinstance(after, str) and (name in PROSE_PARAMS or len(before) > MAX_VALUE_CHARS):
        return _texts(before, after)
    return {"before": short(masked(before)), "after": short(masked(after))}


def _of(values: Mapping[str, Json], ids: set[str]) -> dict[str, Json]:
    return {id: value for id, value in values.items() if id in ids}


def _texts(before: str, after: str) -> dict[str, Json]:
    """A text's change: the characters that came and went, and each text around the place, or whole if it is short."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    changed = {"added": len(after) - head - tail, "removed": len(before) - head - tail}
    start = max(0, head - CONTEXT_CHARS)
    return {"before": _excerpt(before, start), "after": _excerpt(after, start), **changed}


def _common(one: str, other: str) -> int:
    """How many characters two texts both begin with; by halves, since this is done for each key that is pressed."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _excerpt(text: str, start: int) -> str:
    if len(text) <= MAX_VALUE_CHARS:
        return text
    lead = "…" if start else ""
    rest = text[start:]
    room = MAX_VALUE_CHARS - len(lead)
    return lead + (rest if len(rest) <= room else rest[: room - 1] + "…")


def short(value: Json) -> Json:
    """A value as it is if that is short; else the beginning of its text, or of its JSON."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    if len(text) <= MAX_VALUE_CHARS:
        return value
    return text[: MAX_VALUE_CHARS - 1] + "…"


def masked(value: Json) -> Json:
    """A value without what its own keys call secret: such as the header `Authorization` of a request."""
    match value:
        case {"name": str(name), "value": _} if SECRET_NAME.search(name):
            return {**value, "value": MASK}
        case dict():
            return {key: MASK if SECRET_NAME.search(key) and item else masked(item) for key, item in value.items()}
        case list():
            return [masked(item) for item in value]
    return value


def secrets_of(types: Iterable[Any]) -> Secret:
    """The parameters of node types whose schema says that they are secret."""
    return frozenset(
        (one.type, name)
        for one in types
        for name, schema in one.params.get("properties", {}).items()
        if schema.get("format") == "password" or schema.get("writeOnly") or schema.get("x-widget") in WIDGETS
    )


WIDGETS = frozenset({"password", "secret"})
