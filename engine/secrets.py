"""Secrets that nodes call by name. Each is a variable of the engine's environment; a graph holds the name alone.

Who writes a graph also says where its nodes send a secret, and graphs are imported from others. So the environment may
bind a secret to hosts, and a node gets it for a request to one of them only.
"""

import os
from collections.abc import Mapping

import httpx

from engine.nodes.errors import Refused
from flowroom.addresses import AddressPolicy
from flowroom.checked_http import port_of
from flowroom.setting_values import in_parts

SECRET_PREFIX = "FLOWROOM_SECRET_"
RESERVED = frozenset({f"{SECRET_PREFIX}KEY"})
"""Settings of the server that are spelled like secrets. An engine isn't told them, but may share an environment."""
HOSTS_SUFFIX = "_HOSTS"
"""Ends the name of the variable that says which hosts a secret may go to, with a comma between."""


def secret(name: str, *, to: httpx.URL, environment: Mapping[str, str] = os.environ) -> str:
    """The secret of a name, for a request to an address: `my-team` is FLOWROOM_SECRET_MY_TEAM. Raises Refused."""
    variable = variable_of(name)
    if variable in RESERVED or variable.endswith(HOSTS_SUFFIX):
        raise Refused(
            f"{variable} is a setting, so {name!r} can't be the name of a secret: choose another name.", secret=name
        )
    value = environment.get(variable, "").strip()
    if not value:
        raise Refused(f"There is no secret {name!r}: set {variable} where Flowroom is started.", secret=name)
    hosts = environment.get(variable + HOSTS_SUFFIX, "").strip()
    if hosts and not _bound_to(hosts, variable).names(to.host, port_of(to)):
        raise Refused(
            f"The secret {name!r} may not be sent to {to.host}:{port_of(to)}, so this request was not sent. If it "
            f"should be, name the host in {variable}{HOSTS_SUFFIX} where Flowroom is started.",
            secret=name,
            host=to.host,
        )
    return value


def _bound_to(hosts: str, variable: str) -> AddressPolicy:
    """Where a secret may go. Raises Refused for what is no list of hosts: the secret goes nowhere then."""
    try:
        return AddressPolicy(in_parts(hosts))
    except ValueError as error:
        raise Refused(f"{variable}{HOSTS_SUFFIX} can't be used, so this request was not sent: {error}.") from error


def variable_of(name: str) -> str:
    """Where the secret of a name is: in capitals, with `_` for anything but letters and digits."""
    return SECRET_PREFIX + "".join(c if c.isalnum() else "_" for c in name).upper()
