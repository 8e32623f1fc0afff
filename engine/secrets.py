"""Secrets that nodes call by name. Each is a variable of the engine's environment; a graph holds the name alone."""

import os
from collections.abc import Mapping

from engine.nodes.errors import Refused

SECRET_PREFIX = "FLOWROOM_SECRET_"
RESERVED = frozenset({f"{SECRET_PREFIX}KEY"})
"""Settings of the server that are spelled like secrets. An engine isn't told them, but may share an environment."""


def secret(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The secret of a name: that of `my-team` is FLOWROOM_SECRET_MY_TEAM. Raises Refused."""
    variable = variable_of(name)
    if variable in RESERVED:
        raise Refused(
            f"{variable} is a setting of the server, so {name!r} can't be the name of a secret: choose another name.",
            secret=name,
        )
    value = environment.get(variable, "").strip()
    if not value:
        raise Refused(f"There is no secret {name!r}: set {variable} where Flowroom is started.", secret=name)
    return value


def variable_of(name: str) -> str:
    """Where the secret of a name is: in capitals, with `_` for anything but letters and digits."""
    return SECRET_PREFIX + "".join(c if c.isalnum() else "_" for c in name).upper()
