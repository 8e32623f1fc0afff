"""What an expression is given of all that there is: what it names. Pure.

Whatever its child is given is written down and read again for every call; all that a run's nodes gave so far would be
most of the work, and once it is large, more than an expression may have, though it asks for nothing of it. Where it
can't be told what an expression asks for it is given everything.
"""

import re
from collections.abc import Mapping

from flowroom.model import Json

GATHERED = ("input", "nodes")
"""The variables that hold others, by name."""

_NODES = re.compile(r"\bnodes\b")
_ONE_NODE = re.compile(r"""\bnodes\s*(?:\.\s*\w+\b(?!\s*\()|\.\s*"[^"]*"|\[\s*(?:"[^"]*"|'[^']*')\s*\])""")
_TOKEN = re.compile(r"""\.?"[^"]*"|\.\w+|\w+\s*:(?!:)|\w+|\|=|[=!<>]=|\S""")
"""What a jq program without a backslash consists of, as far as it matters here."""
_NAMING = re.compile(r"""\.?"[^"]*"|\.\w+|\w+\s*:|\d\w*|and|or|true|false|null|[=!<>]=|[<>+\-*/%,:?]""")
"""The tokens of those that ask for nothing but what they name."""


def needed(language: str, source: str, variables: Mapping[str, Json]) -> dict[str, Json]:
    """The variables that an expression may ask for: what gathers others is empty unless it is named, and of `nodes`
    only those are there whose names are, if it names them one by one.
    """
    if language == "jq" and _sees_all(source):
        return dict(variables)
    given = {name: {} if name in GATHERED and name not in source else value for name, value in variables.items()}
    nodes = given.get("nodes")
    if isinstance(nodes, Mapping) and _names_one_by_one(source):
        given["nodes"] = {name: value for name, value in nodes.items() if name in source}
    return given


def _names_one_by_one(source: str) -> bool:
    """Whether all that an expression wants of `nodes` are nodes whose names stand there."""
    spells_none = "\\" not in source  # a backslash may spell a name
    return spells_none and len(_NODES.findall(source)) == len(_ONE_NODE.findall(source))


def _sees_all(program: str) -> bool:
    """Whether a jq program may look at the whole of its input. It can only where nothing was piped yet: whoever names
    all they want there doesn't.
    """
    if "\\" in program:
        return True
    levels = [("", False)]
    """The brackets that are open, and whether something was piped in them."""
    for token in _TOKEN.findall(program):
        opened, piped = levels[-1]
        if token in "([{":
            levels.append((token, piped))
        elif token in ")]}":
            levels.pop()
            if not levels:
                return True
        elif token == "|":
            levels[-1] = opened, True
        elif token == "," and opened == "{":  # the next field sees what the first one saw
            levels[-1] = opened, levels[-2][1]
        elif token == "#" or not (piped or _NAMING.fullmatch(token)):
            return True
    return False
