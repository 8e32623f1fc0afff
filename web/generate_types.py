"""What the editor must agree on with Python, as one JSON object on standard output.

`npm run generate` turns it into src/document/schema.gen.ts, src/document/protocol.gen.ts and src/api/rest.gen.ts,
so that the browser never spells a key, a close code or a route in its own words.
"""

import json
import sys
from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import models_json_schema

from collab_server.api.rest import create_api
from flowroom import discussion, model, node_types, presence, protocol, runs

MODELS = (model.Graph, node_types.NodeType, presence.Presence, discussion.Thread)


def schema() -> dict[str, Any]:
    """JSON Schema of every model that crosses the wire, all under `$defs`."""
    _, document = models_json_schema([(each, "serialization") for each in MODELS], by_alias=True)
    view = TypeAdapter(runs.RunView).json_schema(mode="serialization")
    definitions = {**document["$defs"], **view.pop("$defs"), "RunView": view}
    for name, literal in {
        "RunState": runs.RunState,
        "NodeState": runs.NodeState,
        "EventType": runs.EventType,
        "RunWhen": model.RunWhen,
        "PortType": node_types.PortType,
    }.items():
        definitions[name] = {"enum": list(get_args(literal))}
    return {"$defs": {name: plain(definition) for name, definition in definitions.items()}}


def plain(part: Any, *, named: bool = False) -> Any:
    """The dialect that json-schema-to-typescript reads: tuples as `items`, no title per field, objects closed and
    complete (whoever reads a record fills in its defaults)."""
    if isinstance(part, list):
        return [plain(each) for each in part]
    if not isinstance(part, dict):
        return part
    if named:
        return {key: plain(each) for key, each in part.items()}
    kept = {
        key: plain(each, named=key == "properties") for key, each in part.items() if key not in {"title", "default"}
    }
    if "prefixItems" in kept:
        kept["items"] = kept.pop("prefixItems")
    if "properties" in kept:
        kept["additionalProperties"] = False
        kept["required"] = list(kept["properties"])
    return kept


def constants() -> dict[str, Any]:
    """Names and numbers of flowroom/protocol.py and its neighbours."""
    return {
        "MessageType": {each.name: each.value for each in protocol.MessageType},
        "SyncType": {each.name: each.value for each in protocol.SyncType},
        "AuthType": {each.name: each.value for each in protocol.AuthType},
        "CloseCode": {each.name: each.value for each in protocol.CloseCode},
        "closeReasons": {int(code): reason for code, reason in protocol.CLOSE_REASONS.items()},
        "roles": list(protocol.ROLES),
        "peerKinds": list(get_args(protocol.PeerKind)),
        "maxFrameBytes": protocol.MAX_FRAME_BYTES,
        "maxPresenceBytes": protocol.MAX_PRESENCE_BYTES,
        "schemaVersion": model.SCHEMA_VERSION,
        "proseParams": sorted(model.PROSE_PARAMS),
        "containerTypes": sorted(model.CONTAINER_TYPES),
        "maxNesting": model.MAX_NESTING,
        "maxCoordinate": model.MAX_COORDINATE,
        "terminalRunStates": sorted(runs.TERMINAL_RUN_STATES),
        "terminalNodeStates": sorted(runs.TERMINAL_NODE_STATES),
        "doors": {
            "graphPath": protocol.graph_path("{id}"),
            "discussionPath": protocol.discussion_path("{id}"),
            "runPath": protocol.run_path("{id}"),
        },
        "nodeDefaults": model.Node(id=model.NodeId("x"), type="x").model_dump(exclude={"id", "type"}),
        "edgeDefaults": model.Edge(id=model.EdgeId("x"), source=model.NodeId("x"), target=model.NodeId("x")).model_dump(
            exclude={"id", "source", "target"}
        ),
        "metaDefaults": model.Meta().model_dump(),
    }


if __name__ == "__main__":
    json.dump({"schema": schema(), "constants": constants(), "openapi": create_api().openapi()}, sys.stdout)
