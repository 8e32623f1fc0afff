"""What an expression is given of all that there is: what it names. Pure.

Whatever its child is given is written down and read again for every call; all that a run's nodes gave so far would be
most of the work, and once it is large, more than an expression may have, though it asks for nothing of it.
"""

import re
from collections.abc import Mapping

from flowroom.model import Json

GATHERED = ("input", "nodes")
"""The variables that hold others, by name."""
_NODES = re.compile(r"""\bnodes\b(?P<one>\s*(\.\s*["\w]|\[\s*["']))?""")


def needed(source: str, variables: Mapping[str, Json]) -> dict[str, Json]:
    """The variables that an expression may ask for: what gathers others is empty unless it is named, and of `nodes`
    only those are there whose names are, if it names them one by one.
    """
    given = {name: {} if name in GATHERED and name not in source else value for name, value in variables.items()}
    nodes = given.get("nodes")
    one_by_one = all(found["one"] for found in _NODES.finditer(source)) and "\\" not in source  # which may spell a name
    if isinstance(nodes, Mapping) and one_by_one:
        given["nodes"] = {name: value for name, value in nodes.items() if name in source}
    return given
