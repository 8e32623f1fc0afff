"""Making a shared graph equal a plain one by touching only what differs.

So a migration, a restored version or a file edited on disk reaches people as one small transaction: what is the same
stays the same object, with everybody's cursors in it.
"""

from typing import Any

from flowroom.migrations import MIGRATIONS, Migration, upgrade
from flowroom.model import SCHEMA_VERSION, Edge, EdgeId, Graph, Meta, Node, NodeId
from flowroom.plain import put_right
from flowroom.records import read, written
from flowroom.ydoc import SharedGraph
from flowroom.yrecords import is_same


def become(document: SharedGraph, graph: Graph) -> None:
    """Make a shared graph equal `graph`, in one transaction; edges that hang in the air are left out.

    Raises InvalidGraph before anything is changed.
    """
    nodes = {id: written(node) for id, node in graph.nodes.items()}
    edges = {id: written(e) for id, e in graph.edges.items() if e.source in nodes and e.target in nodes}
    templates = put_right(graph.templates)
    have = document.raw()
    with document.transaction():
        _become_nodes(document, nodes)
        _become_edges(document, edges)
        for id in nodes:
            if id in have["breakpoints"] or id in graph.breakpoints:
                document.set_breakpoint(id, graph.breakpoints.get(id))
        for name in have["templates"].keys() | templates.keys():
            document.set_template(name, templates.get(name))
        document.set_meta(**_difference(written(read(Meta, have["meta"])), written(graph.meta)))


def upgrade_document(
    document: SharedGraph, *, migrations: tuple[Migration, ...] = MIGRATIONS, to: int = SCHEMA_VERSION
) -> bool:
    """Bring a shared graph of an older schema up to date; says whether there was anything to do.

    Done once, by the server as it loads the document. Raises NewerSchema.
    """
    before = document.raw()
    after = upgrade(before, migrations=migrations, to=to)
    if after is before:
        return False
    become(document, _graph(after))
    return True


def _become_nodes(document: SharedGraph, wanted: dict[NodeId, dict[str, Any]]) -> None:
    have = document.nodes
    for id, raw in wanted.items():
        if id in have and (difference := _difference(written(have[id]), raw)):
            document.update_node(id, **difference)
    document.delete(have.keys() - wanted.keys(), contents=False)
    for id in wanted.keys() - have.keys():
        document.add_node(**wanted[id])


def _become_edges(document: SharedGraph, wanted: dict[EdgeId, dict[str, Any]]) -> None:
    have = document.edges
    document.delete(have.keys() - wanted.keys())
    for id, raw in wanted.items():
        if id not in have:
            document.connect(**raw)
        elif difference := _difference(written(have[id]), raw):
            document.update_edge(id, **difference)


def _difference(have: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The keys to set; one that is no longer wanted is set to None, which takes it away."""
    changed = {key: value for key, value in wanted.items() if key not in have or not is_same(have[key], value)}
    return {**dict.fromkeys(have.keys() - wanted.keys()), **changed}


def _graph(raw: dict[str, Any]) -> Graph:
    nodes = {NodeId(id): read(Node, node, id=id, type="") for id, node in raw["nodes"].items()}
    edges = {EdgeId(id): read(Edge, edge, id=id, source="", target="") for id, edge in raw["edges"].items()}
    return Graph.model_validate({**raw, "nodes": nodes, "edges": edges}, by_name=False, by_alias=True)
