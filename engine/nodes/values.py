"""How values look to people and to language models."""

from collections.abc import Mapping

from engine.expressions.references import as_text as as_template_text
from flowroom.model import Json


def as_text(value: Json) -> str:
    """A value in a text: a file's or a message's content, else what a template would write."""
    if isinstance(value, Mapping) and isinstance(value.get("content"), str):
        return str(value["content"])
    return as_template_text(value)
