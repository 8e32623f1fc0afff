"""Wait: hands a value on after a while, or at a time."""

from datetime import UTC, datetime

from engine.context import Context
from engine.nodes.definition import Definition, Params, param, read_params
from engine.nodes.errors import InvalidParams
from flowroom.errors import shortened
from flowroom.model import Json
from flowroom.node_types import Port

MODES = {"duration": "For a while", "time": "Until a time"}
MOST_SECONDS = 366 * 86_400.0


class WaitParams(Params):
    """How long, or until when."""

    mode: str = param("duration", title="Wait", options=MODES, widget="select")
    seconds: float = param(
        60.0,
        title="Duration",
        help="A year at most",
        widget="duration",
        when={"mode": ("duration",)},
        ge=0,
        le=MOST_SECONDS,
    )
    until: str = param(
        "",
        title="Time",
        help="As 2030-01-31T09:00:00+01:00, UTC without an offset; may be {{ … }}. One that is over is not waited for",
        placeholder="2030-01-31T09:00:00Z",
        needed={"mode": ("time",)},
        when={"mode": ("time",)},
    )


async def run(ctx: Context, inputs: dict[str, Json]) -> dict[str, Json]:
    """Give what came in when the time has come. Raises InvalidParams."""
    params = read_params(WaitParams, ctx.params)
    match params.mode:
        case "duration":
            ctx.wait(params.seconds)
        case "time":
            ctx.wait_until(_time(params.until))
        case unknown:
            raise InvalidParams(f"There is no mode {unknown!r}; choose one of {', '.join(MODES)}.")
    return {"output": inputs.get("input")}


def _time(said: str) -> float:
    if not said.strip():
        raise InvalidParams("'Time' is empty. Say until when to wait, such as 2030-01-31T09:00:00Z.")
    try:
        at = datetime.fromisoformat(said.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise InvalidParams(
            f"'Time' should be a time such as 2030-01-31T09:00:00Z, and is {shortened(said)!r}."
        ) from error


WAIT = Definition(
    type="Wait",
    title="Wait",
    description="Hands a value on after a while, or at a time. It holds nothing up meanwhile, and survives restarts.",
    category="Flow",
    icon="timer",
    params=WaitParams,
    inputs=(Port(name="input", type="any"),),
    outputs=(Port(name="output", type="any"),),
    templated=frozenset({"until"}),
    run=run,
)
