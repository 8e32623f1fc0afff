"""Records as they are written down, in a document as in a file: camelCase keys, absent where the default holds. Pure.

Reading is lenient where others may have written anything (`read`), strict where the caller is at fault (`checked`).
"""

import math
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from flowroom.errors import InvalidGraph
from flowroom.model import Breakpoint, Edge, Meta, Node, Value
from flowroom.plain import MAX_DEPTH, MAX_DEPTH_READ, put_right

V = TypeVar("V", bound=Value)

_ALWAYS: dict[type[Value], frozenset[str]] = {
    Meta: frozenset({"schemaVersion", "title"}),
    Breakpoint: frozenset({"when"}),
    Node: frozenset({"type", "typeVersion", "name", "pos", "params"}),
    Edge: frozenset({"source", "sourcePort", "target", "targetPort", "kind", "order"}),
}
"""Keys that are written even when they have their default value."""


def written(value: Value) -> dict[str, Any]:
    """A record as plain JSON: all keys that are not default, and those that everyone expects to see.

    Keys come in the order of the schema, unknown ones after them by name.
    """
    always, defaults = _ALWAYS.get(type(value), frozenset()), _defaults(type(value))
    extra = value.model_extra or {}
    known = {key: item for key, item in value.model_dump(by_alias=True).items() if key not in extra}
    raw: dict[str, Any] = put_right({**known, **dict(sorted(extra.items()))}, max_depth=MAX_DEPTH_READ)
    return {key: item for key, item in raw.items() if key in always or key not in defaults or item != defaults[key]}


def read(kind: type[V], raw: object, **own: str) -> V:
    """A record as others wrote it: a field that breaks the model counts as absent, so that no peer stops a reader.

    `own` are keys that must be there: the id, and what a ghost has lost (as empty text).
    """
    found = rounded(dict(sorted(raw.items()))) if isinstance(raw, dict) else {}
    found.pop("id", None)
    if isinstance(found.get("params"), dict):
        found["params"] = dict(sorted(found["params"].items()))
    try:
        return kind.model_validate({**own, **found}, by_name=False, by_alias=True)
    except ValidationError as error:
        for problem in error.errors():
            found.pop(str(problem["loc"][0]), None)
        return kind.model_validate({**own, **found}, by_name=False, by_alias=True)


def checked(kind: type[V], raw: Mapping[str, Any], *, kept: Collection[str] = ()) -> V:
    """A record from fields given by a caller. Raises InvalidGraph that names the field and what came.

    Fields in `kept` were there before: others may have written them, and deeper than a caller may.
    """
    plain = {key: written(value) if isinstance(value, Value) else value for key, value in raw.items()}
    right = {
        str(put_right(key)): put_right(value, max_depth=MAX_DEPTH_READ if key in kept else MAX_DEPTH + 1)
        for key, value in rounded(plain).items()
    }
    try:
        return kind.model_validate(right, by_name=False, by_alias=True)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        what = f"{kind.__name__} can't have {where} = {problem['input']!r:.80}: {problem['msg']}"
        raise InvalidGraph(what) from error


def changed_by(now: V, changed: Mapping[str, Any]) -> V:
    """A record with a caller's changes in it; a key that is set to None is one that is no longer there."""
    raw = {**written(now), **changed, **({"id": now.id} if isinstance(now, Node | Edge) else {})}
    there = {key: value for key, value in raw.items() if value is not None}
    return checked(type(now), there, kept=there.keys() - changed.keys())


def rounded(raw: dict[str, Any]) -> dict[str, Any]:
    """Positions and sizes are whole canvas units; a peer that drags by fractions is rounded."""
    for key in ("pos", "size"):
        pair = raw.get(key)
        if isinstance(pair, list | tuple) and float in map(type, pair) and all(map(_is_finite, pair)):
            raw = {**raw, key: [round(number) for number in pair]}
    return raw


def _is_finite(number: object) -> bool:
    return isinstance(number, int) or (isinstance(number, float) and math.isfinite(number))


def aliased(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments as they are written down: `run_when` is `runWhen`; other names stay."""
    return {to_camel(key) if "_" in key else key: value for key, value in fields.items()}


@cache
def _defaults(kind: type[Value]) -> dict[str, Any]:
    return {
        to_camel(name): field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
        if not field.is_required()
    }
