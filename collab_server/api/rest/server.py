"""What the server can do and how it is set: node types, settings, and the log level that changes while it runs."""

from fastapi import APIRouter
from pydantic import Field

from collab_server import runs
from collab_server.api.rest.bodies import Body
from collab_server.api.rest.callers import Admin, Here, SignedIn
from collab_server.api.rest.problems import documented
from flowroom import __version__
from flowroom.logging import LogLevel, get_level
from flowroom.model import Value
from flowroom.node_types import NodeType

router = APIRouter(tags=["Server"])


class NodeTypes(Value):
    """Every node type that graphs may use here."""

    items: list[NodeType]


class Limits(Value):
    """What a client should know before it sends something. Sizes are bytes."""

    max_upload_bytes: int
    max_body_bytes: int
    max_frame_bytes: int
    max_presence_bytes: int
    max_page: int
    max_graph_nodes: int
    max_title_chars: int
    max_document_bytes: int
    warn_document_share: float
    max_comment_chars: int


class ServerSettings(Value):
    """How this server is set, without its secrets."""

    version: str
    log_level: str
    create_on_join: bool
    limits: Limits


class SettingsChange(Body):
    """What an admin may change while the server runs; it holds for all of its workers, until they end."""

    log_level: LogLevel | None = Field(default=None, description="Least important log lines that are written")


@router.get("/node-types", responses=documented())
def list_node_types(_caller: SignedIn) -> NodeTypes:
    """Every node type with its ports and the JSON Schema of its parameters."""
    return NodeTypes(items=runs.node_types())


@router.get("/settings", responses=documented())
async def get_settings(_caller: SignedIn, here: Here) -> ServerSettings:
    """How this server is set."""
    limits = Limits(**{field: getattr(here.settings, field) for field in Limits.model_fields})
    return ServerSettings(
        version=__version__,
        log_level=get_level(),
        create_on_join=here.settings.create_on_join,
        limits=limits,
    )


@router.patch("/settings", responses=documented())
async def change_settings(change: SettingsChange, caller: Admin, here: Here) -> ServerSettings:
    """Change how the running server behaves."""
    if change.log_level is not None:
        here.deployment.set_log_level(change.log_level, by=caller.id)
    return await get_settings(caller, here)
