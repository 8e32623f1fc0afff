"""The shape of a node type: what it says about itself and what it does.

A file beside this one holds one type: a `Params` model (its JSON Schema is the form in the editor), the ports, and
`async def run(ctx, inputs)`. `describe` turns that into the `NodeType` that editors and checks read; nothing else
about a type is written down twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from engine.nodes.errors import InvalidParams
from flowroom.model import Json
from flowroom.node_types import Body, Effect, NodeType, Port

if TYPE_CHECKING:
    from engine.context import Context

Run = Callable[["Context", dict[str, Json]], Awaitable[dict[str, Json]]]
Widget = Literal["text", "code", "select", "slider", "duration", "keyvalue", "cases"]


class Params(BaseModel):
    """The base of every params model: camelCase outside, unknown keys kept, so that no import loses data."""

    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=to_camel, populate_by_name=True)


ParamsModel = type[Params]
ParamsT = TypeVar("ParamsT", bound=Params)


def param(
    default: Any = ...,
    *,
    title: str,
    help: str = "",
    widget: Widget | None = None,
    language: str | None = None,
    group: str | None = None,
    options: tuple[str, ...] | Mapping[str, str] = (),
    placeholder: str | None = None,
    hidden: bool = False,
    needed: bool | Mapping[str, tuple[Json, ...]] = False,
    when: Mapping[str, tuple[Json, ...]] | None = None,
    ports: tuple[str, ...] = (),
    **limits: Any,
) -> Any:
    """A field of a params model with its hints for the form.

    `options` become the schema's `enum`, so a form shows a choice and checks warn; of a mapping people read the words
    for each. The node itself decides what to do with a value it doesn't know, so that an import with one still opens.
    A field that is `needed`, always or while other params have one of some values, is a problem while it is empty and
    nothing is connected to one of `ports`. One with a `when` means nothing unless other params have one of some values,
    and stands in a form only then.
    """
    extra: dict[str, Any] = {
        "x-widget": widget,
        "x-language": language,
        "x-group": group,
        "enum": list(options) or None,
        "x-labels": dict(options) if isinstance(options, Mapping) else None,
        "x-placeholder": placeholder,
        "x-hidden": hidden or None,
        "x-needed": (needed or None) if isinstance(needed, bool) else _conditions(needed),
        "x-when": _conditions(when or {}),
        "x-ports": list(ports) or None,
    }
    factory = type(default) if isinstance(default, list | dict) else None
    if factory:
        extra["default"] = default
    chosen: dict[str, Any] = {"default_factory": factory} if factory else {"default": default}
    field: FieldInfo = Field(
        **chosen,
        title=title,
        description=help or None,
        json_schema_extra={key: value for key, value in extra.items() if value is not None},
        **limits,
    )
    return field


def _conditions(values: Mapping[str, tuple[Json, ...]]) -> Json:
    return {to_camel(name): list(some) for name, some in values.items()} or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One node type. `run` is None for types that only hold data.

    `templated` names the params that the engine renders (`{{ … }}`) before `run` sees them; any other param
    reaches the node as it is written.
    """

    type: str
    title: str
    description: str
    category: str
    icon: str
    params: ParamsModel = Params
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    ports_from: str | None = None
    templated: frozenset[str] = frozenset()
    effect: Effect = "pure"
    body: Body = "plain"
    container: bool = False
    run: Run | None = None

    def describe(self) -> NodeType:
        """What `GET /api/node-types` tells about this type."""
        return NodeType(
            type=self.type,
            title=self.title,
            description=self.description,
            category=self.category,
            icon=self.icon,
            inputs=self.inputs,
            outputs=self.outputs,
            params=schema_of(self.params),
            effect=self.effect,
            body=self.body,
            container=self.container,
            ports_from=self.ports_from,
            runnable=self.run is not None,
        )


def read_params(model: type[ParamsT], params: Mapping[str, Json]) -> ParamsT:
    """The params of a node, checked; raises InvalidParams that names each wrong field by its title."""
    try:
        return model.model_validate(dict(params))
    except ValidationError as error:
        schema = schema_of(model)
        wrong = "; ".join(f"{_called(one['loc'], schema)}: {one['msg']}" for one in error.errors())
        raise InvalidParams(f"The settings of this node are not right: {wrong}.") from error


def _called(place: tuple[int | str, ...], schema: dict[str, Any]) -> str:
    """A place in params as the form shows it: titles of fields, and which of a list, counted from one."""
    words: list[str] = []
    for step in place:
        field = schema.get("items", {}) if isinstance(step, int) else schema.get("properties", {}).get(step, {})
        words.append(str(step + 1) if isinstance(step, int) else field.get("title", step))
        schema = field if isinstance(field, dict) else {}
    return ", ".join(words)


def schema_of(model: ParamsModel) -> dict[str, Any]:
    """The JSON Schema of a params model, with its few references written out so that a form needs no resolver."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    schema.pop("title", None)
    schema.pop("description", None)
    schema.setdefault("properties", {})
    return {key: _without_references(value, definitions) for key, value in schema.items()}


def _without_references(part: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_without_references(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _without_references(definitions[part["$ref"].rpartition("/")[2]], definitions)
    whole = {key: _without_references(value, definitions) for key, value in part.items()}
    return _without_null(whole)


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    """A field that may be left out, as a form sees it: its type alone instead of a choice between it and null."""
    choices = [choice for choice in part.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return part
    kept = {key: value for key, value in part.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**kept, **choices[0]}
