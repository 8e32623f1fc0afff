"""How values look to people and to language models."""

from collections.abc import Mapping

import orjson

from flowroom.model import Json


def as_text(value: Json) -> str:
    """A value in a text: text as it is, a file's content, nothing for null, JSON for everything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and isinstance(value.get("content"), str):
        return str(value["content"])
    return "" if value is None else orjson.dumps(value, default=str).decode()
