"""The node types this engine can run: one visible table, one file a type.

To add a type: one file with a `Definition`, one row here, one test.
"""

from engine.nodes.chat import CHAT
from engine.nodes.code import CODE
from engine.nodes.definition import Definition, Params, Run, read_params
from engine.nodes.email import EMAIL
from engine.nodes.file_reader import FILE_READER
from engine.nodes.group import GROUP, GROUP_INPUT, GROUP_OUTPUT
from engine.nodes.http_request import HTTP_REQUEST
from engine.nodes.llm import LLM
from engine.nodes.log import LOG
from engine.nodes.merge import MERGE
from engine.nodes.placeholder import placeholder
from engine.nodes.switch import SWITCH
from engine.nodes.template import TEMPLATE
from engine.nodes.transform import TRANSFORM
from engine.nodes.wait import WAIT
from flowroom.node_types import NodeType

NODE_TYPES: dict[str, Definition] = {
    definition.type: definition
    for definition in (
        CHAT,
        LLM,
        LOG,
        FILE_READER,
        TEMPLATE,
        TRANSFORM,
        HTTP_REQUEST,
        EMAIL,
        SWITCH,
        MERGE,
        WAIT,
        CODE,
        GROUP,
        GROUP_INPUT,
        GROUP_OUTPUT,
    )
}


def definition_of(type: str) -> Definition:
    """The definition of a type; one that keeps data and refuses to run when nobody registered it."""
    return NODE_TYPES.get(type) or placeholder(type)


def node_types() -> list[NodeType]:
    """All registered types as editors and checks read them."""
    return [definition.describe() for definition in NODE_TYPES.values()]


__all__ = ["NODE_TYPES", "Definition", "Params", "Run", "definition_of", "node_types", "read_params"]
