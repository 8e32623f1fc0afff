"""The node types as the engine looks them up: by name, with a placeholder for the ones nobody registered."""

from collections.abc import Iterator, Mapping

from engine.nodes import NODE_TYPES, definition_of
from engine.nodes.definition import Definition
from flowroom.node_types import NodeType


class Catalogue(Mapping[str, Definition]):
    """Definitions by type name; every name has one. `more` are types beside the registered ones."""

    def __init__(self, more: Mapping[str, Definition] | None = None) -> None:
        self._more = dict(more or {})
        self._described: dict[str, NodeType] = {}

    def __getitem__(self, name: str) -> Definition:
        return self._more.get(name) or definition_of(name)

    def __contains__(self, name: object) -> bool:
        return name in self._more or name in NODE_TYPES

    def __iter__(self) -> Iterator[str]:
        return iter({**NODE_TYPES, **self._more})

    def __len__(self) -> int:
        return len({**NODE_TYPES, **self._more})

    def type_of(self, name: str) -> NodeType:
        """A type as plan and checks read it."""
        if name not in self._described:
            self._described[name] = self[name].describe()
        return self._described[name]


CATALOGUE = Catalogue()
type_of = CATALOGUE.type_of
