"""Running a frozen graph: plan, scheduler, run log, node types and the worker that writes results back.

This is the engine's public face: the server starts runs and reads their log through it, and nothing else.

    runs = Runs("sqlite:///data/runs.db")
    record = await runs.start("g1", graph, by="ada")
    await runs.view(record.id)

Whoever starts a run doesn't execute it: a worker (`python -m engine`) claims it from the same database.
"""

from typing import TYPE_CHECKING, Any

from engine.errors import AlreadyStarted, NoSuchRun, TooManyRuns
from engine.record import Cancellation, RunRecord
from flowroom.node_types import NodeType
from flowroom.revisions import History

if TYPE_CHECKING:
    from engine.attendance import Attendance
    from engine.runs import Runs


def node_types() -> list[NodeType]:
    """Every node type this engine can run, as editors and checks read them."""
    from engine.nodes import node_types as catalogue  # imported late: the server starts without httpx and openai

    return catalogue()


def history() -> History:
    """The history of the run log's tables."""
    from engine.migrations import HISTORY

    return HISTORY


def setting_names() -> set[str]:
    """The variables that an engine reads its settings from."""
    from engine.settings import EngineSettings

    return {f"FLOWROOM_{name.upper()}" for name in EngineSettings.model_fields}


def is_secret(variable: str) -> bool:
    """Whether a variable holds a secret that nodes may send, or says where to."""
    from engine.secrets import SECRET_PREFIX

    return variable.upper().startswith(SECRET_PREFIX)


def refused_settings() -> list[str]:
    """What an engine can't use of this environment's settings, a sentence for each."""
    from pydantic import ValidationError

    from engine.settings import EngineSettings
    from flowroom.setting_values import refusals

    try:
        EngineSettings()
    except ValidationError as error:
        return refusals(error)
    return []


async def greet_mail_server() -> str | None:
    """Which mail server takes what nodes write, by this environment; None when it names none. Raises NodeError, which
    says what is wrong with it.
    """
    from engine.mail import Mail
    from engine.settings import EngineSettings

    return await Mail(EngineSettings()).greet()


def __getattr__(name: str) -> Any:
    """`Runs` is imported on first use: it knows every node type, which takes longer than starting the server."""
    if name == "Runs":
        from engine.runs import Runs

        return Runs
    if name == "Attendance":
        from engine.attendance import Attendance

        return Attendance
    raise AttributeError(f"module 'engine' has no attribute {name!r}")


__all__ = [
    "AlreadyStarted",
    "Attendance",
    "Cancellation",
    "NoSuchRun",
    "RunRecord",
    "Runs",
    "TooManyRuns",
    "greet_mail_server",
    "history",
    "node_types",
    "refused_settings",
]
