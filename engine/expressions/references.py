"""Plain references, read without leaving the process: `{{ nodes.a.output.x[0] }}`, `{{ input.message }}`.

A reference is a name followed by `.name`, `[number]` or `["any key"]`. A name may contain `-`, as node ids do.
Anything else between the braces (filters, arithmetic, blocks) is a template's business: `parse` then gives None.
"""

import functools
import re
from collections.abc import Mapping
from typing import NamedTuple

import orjson

from engine.expressions.errors import UnknownReference
from engine.sizes import joined
from flowroom.errors import shortened
from flowroom.model import Json

MAX_EXACT = 2**53
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_STEP = rf"""\.{_NAME}|\.\d+|\[-?\d+\]|\["(?:[^"\\]|\\.)*"\]|\['[^'\\]*'\]"""
_REFERENCE = re.compile(rf"\s*({_NAME})((?:{_STEP})*)\s*", re.ASCII)
_STEPS = re.compile(_STEP)
_OPENING = re.compile(r"\{\{|\{%|\{#")
_RESERVED = frozenset({"true", "false", "none", "True", "False", "None", "loop", "self", "super"})

Step = str | int


class Reference(NamedTuple):
    """A path to a value: the first step is a top-level name. `line` and `column` say where it stands."""

    path: tuple[Step, ...]
    text: str
    line: int = 1
    column: int = 1


Part = str | Reference


@functools.lru_cache(1024)
def parse(template: str) -> tuple[Part, ...] | None:
    """Split a template into text and references; None when it contains anything that is no plain reference."""
    parts: list[Part] = []
    at, line, line_start, counted = 0, 1, 0, 0
    while opening := _OPENING.search(template, at):
        if breaks := template.count("\n", counted, opening.start()):
            line, line_start = line + breaks, template.rindex("\n", counted, opening.start()) + 1
        counted = opening.start()
        reference = _reference_at(template, opening, line, counted - line_start + 1)
        if reference is None:
            return None
        if opening.start() > at:
            parts.append(template[at : opening.start()])
        parts.append(reference)
        at = template.index("}}", opening.end() + len(reference.text)) + 2
    if at < len(template):
        parts.append(template[at:])
    return tuple(parts)


def render(parts: tuple[Part, ...], variables: Mapping[str, Json]) -> str:
    """The text of a parsed template; raises UnknownReference, TooLarge."""
    return joined(part if isinstance(part, str) else as_text(resolve(part, variables)) for part in parts)


def resolve(reference: Reference, variables: Mapping[str, Json]) -> Json:
    """The value a reference names; raises UnknownReference that says how far the path was good."""
    value: Json = variables
    for index, step in enumerate(reference.path):
        try:
            value = _step(value, step)
        except (KeyError, IndexError, TypeError):
            raise _unknown(reference, index, value) from None
    return value


def as_text(value: Json) -> str:
    """A value in a text, as templates write it: text as it is, nothing for null, 250 for 250.0, else JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < MAX_EXACT:
        return str(int(value))
    return "" if value is None else orjson.dumps(value, default=str).decode()


def _reference_at(template: str, opening: re.Match[str], line: int, column: int) -> Reference | None:
    found = _REFERENCE.match(template, opening.end()) if opening[0] == "{{" else None
    if found is None or found[1] in _RESERVED or not template.startswith("}}", found.end()):
        return None
    return Reference(
        path=(found[1], *(_read_step(step) for step in _STEPS.findall(found[2]))),
        text=found[0].strip(),
        line=line,
        column=column,
    )


def _read_step(step: str) -> Step:
    if step.startswith("."):
        return int(step[1:]) if step[1:].isdigit() else step[1:]
    inside = step[1:-1]
    if inside.startswith('"'):
        key: str = orjson.loads(inside)
        return key
    return inside[1:-1] if inside.startswith("'") else int(inside)


def _step(value: Json, step: Step) -> Json:
    if isinstance(value, Mapping):
        return value[step] if step in value else value[str(step)]
    if isinstance(value, list | tuple) and isinstance(step, int):
        return value[step]
    raise KeyError(step)


def _unknown(reference: Reference, index: int, value: Json) -> UnknownReference:
    step = reference.path[index]
    whole = ".".join(map(str, reference.path[:index])) or "the values here"
    match value:
        case Mapping():
            has = f"it has {', '.join(map(str, list(value)[:12])) or 'nothing'}"
        case list() | tuple():
            has = f"it has {len(value)} items"
        case _:
            has = f"it is {shortened(as_text(value), 40)!r}"
    message = f"{{{{ {reference.text} }}}}: there is no {step!r} in {whole}; {has}."
    return UnknownReference(message, source=reference.text, line=reference.line, column=reference.column)
