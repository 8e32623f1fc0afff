"""Flowroom's own file: one JSON object for one graph, in an order that never changes, so that it reads well in git.

    {"meta": {"schemaVersion": 1, …}, "nodes": {id: node}, "edges": {id: edge}, "breakpoints": {…}, "templates": {…}}

Records are as in the model, with keys that hold their default left out. `dump` of what `load` gave is the same bytes.
The canonical form (RFC 8785) is for hashes only: it pins what a run runs.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson
import rfc8785

from flowroom import migrations
from flowroom.errors import InvalidFile, InvalidGraph, NewerSchema, shortened
from flowroom.model import Breakpoint, Edge, EdgeId, Graph, Json, Meta, Node, NodeId, Value
from flowroom.plain import MAX_DEPTH_READ, put_right
from flowroom.records import checked, written

V = TypeVar("V", bound=Value)

MAX_FILE_BYTES = 50 * 2**20
_PARTS = ("meta", "nodes", "edges", "breakpoints", "templates")


def dump(graph: Graph) -> bytes:
    """The file of a graph: UTF-8, indented by two, ids sorted, edges in the order they were drawn."""
    return orjson.dumps(_plain(graph), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def load(data: bytes, *, file: str | None = None) -> Graph:
    """The graph in a file, older schema versions brought up to date.

    Raises InvalidFile, which says where and what, for anything that is no graph of this or an older version, and
    NewerSchema for one of a newer.
    """
    try:
        return _graph(migrations.upgrade(_parse(data)))
    except NewerSchema:
        raise
    except InvalidGraph as error:
        raise InvalidFile(str(error), file=file) from error
    except InvalidFile as error:
        raise InvalidFile(error.what, file=file) from error


def canonical(graph: Graph) -> bytes:
    """The one spelling of a graph (RFC 8785): equal graphs have equal bytes."""
    return rfc8785.dumps(_plain(graph))


def digest(graph: Graph) -> str:
    """The SHA-256 of the canonical form, in hex: the name of a snapshot."""
    return hashlib.sha256(canonical(graph)).hexdigest()


def _plain(graph: Graph) -> dict[str, Json]:
    meta = written(graph.meta)
    meta.pop("lastRun", None)  # points into a server that the reader of a file may not have
    edges = sorted(graph.edges.items(), key=lambda item: (item[1].order, item[0]))
    return {
        "meta": _inner_sorted(meta),
        "nodes": {id: _inner_sorted(written(node)) for id, node in sorted(graph.nodes.items())},
        "edges": {id: _inner_sorted(written(edge)) for id, edge in edges},
        "breakpoints": {id: _inner_sorted(written(stop)) for id, stop in sorted(graph.breakpoints.items())},
        "templates": _sorted(put_right(graph.templates, max_depth=MAX_DEPTH_READ)),
        **_sorted(put_right(graph.model_extra or {}, max_depth=MAX_DEPTH_READ)),
    }


def _inner_sorted(record: dict[str, Json]) -> dict[str, Json]:
    """A record keeps the order of its schema; the values in it have none of their own."""
    return {key: _sorted(value) for key, value in record.items()}


def _sorted(value: Json) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(item) for key, item in sorted(value.items())}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _parse(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_FILE_BYTES:
        raise InvalidFile(f"a graph file may have {MAX_FILE_BYTES // 2**20} MB, this has {len(data) / 2**20:.0f} MB")
    try:
        raw = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise InvalidFile(f"expected UTF-8 text, found other bytes at {error.start}") from error
    except RecursionError as error:
        raise InvalidFile("expected a graph, found brackets nested a thousand deep") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidFile(f"expected JSON, a graph, found something else in {where}") from error
    except ValueError as error:
        raise InvalidFile("expected JSON, a graph, found a number that is too long") from error
    if not isinstance(raw, dict) or not isinstance(raw.get("nodes"), dict):
        raise InvalidFile('expected a graph: an object with "nodes", an object of nodes by id')
    return raw


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = counts.most_common(1)[0][0]
        raise InvalidFile(f"the key {shortened(twice)!r} stands twice in one object; which of the two is meant?")
    return found


def _no_constant(name: str) -> Any:
    raise InvalidFile(f"JSON has no {name}; use null or a text")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise InvalidFile(f"there is no number {number}: {shortened(digits)} is too large for JSON readers")
    return number


def _graph(raw: dict[str, Any]) -> Graph:
    parts: dict[str, dict[str, Any]] = {part: _part(raw, part) for part in _PARTS}
    return Graph(
        **put_right({key: value for key, value in raw.items() if key not in _PARTS}),
        meta=_record(Meta, parts["meta"], "meta"),
        nodes={NodeId(id): _own(Node, "nodes", id, value) for id, value in parts["nodes"].items()},
        edges={EdgeId(id): _own(Edge, "edges", id, value) for id, value in parts["edges"].items()},
        breakpoints={
            NodeId(id): _record(Breakpoint, value, f"breakpoints.{id}") for id, value in parts["breakpoints"].items()
        },
        templates=put_right(parts["templates"]),
    )


def _part(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = raw.get(name, {})
    if not isinstance(part, dict):
        raise InvalidFile(f"{name}: expected an object, found {type(part).__name__}")
    return part


def _own(kind: type[V], part: str, id: str, raw: object) -> V:
    where = f"{part}.{id:.80}"
    if not id or "/" in id:
        raise InvalidFile(f"{where}: an id is not empty and has no '/' in it")
    if isinstance(raw, dict) and raw.get("id", id) != id:
        raise InvalidFile(f"{where}: calls itself {raw['id']!r:.80}; key and id must be the same")
    return _record(kind, {**raw, "id": id} if isinstance(raw, dict) else raw, where)


def _record(kind: type[V], raw: object, where: str) -> V:
    if not isinstance(raw, dict):
        raise InvalidFile(f"{where}: expected an object, found {type(raw).__name__}")
    try:
        return checked(kind, raw)
    except InvalidGraph as error:
        raise InvalidFile(f"{where}: {error}") from error
