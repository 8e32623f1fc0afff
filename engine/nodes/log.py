"""Log: shows everything that reaches it, in the order in which it arrives."""

from engine.context import Context
from engine.entries import log_entry
from engine.nodes.definition import Definition, Params, param
from flowroom.model import Json
from flowroom.node_types import Port


class LogParams(Params):
    """How much a log keeps. `history` is what an imported graph brought along."""

    max_entries: int = param(300, title="Keep entries", help="Older entries leave the log", ge=1)
    filter_includes: list[str] = param([], title="Show only", help="Entries that contain one of these words")
    history: list[Json] = param([], title="History", hidden=True)


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Write an entry for every value. The filter only hides entries from view: nothing is lost."""
    for arrival in ctx.arrivals.get("input", ()):
        ctx.entry(log_entry(arrival.value, source=arrival.source.id, port=arrival.port, at=arrival.at))
    return {}


LOG = Definition(
    type="Log",
    title="Log",
    description="Shows every value that arrives, newest last.",
    category="Output",
    icon="scroll-text",
    params=LogParams,
    inputs=(Port(name="input", label="Entries", type="any", arity="list", required=True),),
    outputs=(),
    body="log",
    run=run,
)
