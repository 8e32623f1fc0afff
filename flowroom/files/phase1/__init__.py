"""Phase 1 workspaces: folders of JSON files, one a node, that the product's first version kept its graphs in.

`read_workspace` makes graphs of a folder and reports what it could not take as it was; `write_workspace` writes a
graph back as such a folder. What the format can't hold goes under a key `flowroom` of its own, and what Flowroom
does not use is kept, so that reading what was written gives the same graph.
"""

from flowroom.files.phase1.reader import read_workspace, workspace_roots
from flowroom.files.phase1.report import ImportedGraph, ImportReport, Problem
from flowroom.files.phase1.writer import write_workspace

__all__ = ["ImportReport", "ImportedGraph", "Problem", "read_workspace", "workspace_roots", "write_workspace"]
