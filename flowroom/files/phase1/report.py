"""What an import tells the person who asked for it: the graphs it made, and everything it could not take as it was."""

from dataclasses import dataclass, field
from typing import NamedTuple

from flowroom.model import Graph


class Problem(NamedTuple):
    """One thing that was approximated or left out. `kept` says whether its data is still there to be written back."""

    file: str
    what: str
    kept: bool


@dataclass(slots=True)
class ImportedGraph:
    """A graph made from files. `files` are those its nodes may read and an export writes back, by relative path."""

    title: str
    graph: Graph
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class ImportReport:
    """The result of an import; never raised, so that one bad file does not cost a whole workspace."""

    graphs: list[ImportedGraph] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, file: str, what: str, *, kept: bool) -> None:
        """Note a problem found while reading."""
        self.problems.append(Problem(file, what, kept))
