"""Which addresses a request may go to that somebody else chose: public ones, and those a setting names. Pure.

Nodes (engine/http.py) and webhooks (collab_server/webhooks/sending.py) resolve a host, ask here about each address,
and connect to exactly those.
"""

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HOST_PORT = re.compile(r"(\[[^\]]+\]|[^:\[\]]+)(?::(\d{1,5}))?")
_NAME = re.compile(r"[\w-]+(\.[\w-]+)*")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that is given out on the public internet. What lies outside is local, outdated or not given out yet."""
_NEVER: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocols of the network itself, and the metadata of one cloud
            "192.88.99.0/24",  # outdated relays of 6to4
            "168.63.129.16/32",  # Azure's host, as its machines see it
            "2001::/32",  # Teredo: an IPv4 address behind somebody's relay
            "3fff::/20",  # for examples in texts
        ),
    )
)
"""What is public in some version of Python's tables, and leads to no one on the public internet."""


class AddressPolicy:
    """Which addresses may be reached: public ones, and those allowed as `host`, `host:port`, address or network."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        """Raises ValueError for an entry that is none of these."""
        self._networks: list[Network] = []
        self._names: set[str] = set()
        for entry in map(allowance, allowed):
            if isinstance(entry, str):
                self._names.add(entry)
            else:
                self._networks.append(entry)

    def names(self, host: str, port: int) -> bool:
        """Whether this host is allowed by name, whatever its address; an address in brackets counts without them."""
        name = host.lower().rstrip(".").strip("[]")
        address = address_of(name)
        if address is not None and any(address in network for network in self._networks):
            return True
        return name in self._names or f"{name}:{port}" in self._names

    def allows(self, host: str, port: int, address: Address) -> bool:
        """Whether a request to this host and port may go to this address."""
        return self.names(host, port) or is_public(address) or any(address in network for network in self._networks)


def allowance(entry: str) -> str | Network:
    """What an entry of a list of allowed hosts lets through: a network, which may be one address, or `host` or
    `host:port` in the form in which they are compared. Raises ValueError for what could never match anything.
    """
    with suppress(ValueError):
        return ipaddress.ip_network(entry.strip("[]"), strict=False)
    host, port = split.groups() if (split := _HOST_PORT.fullmatch(entry.lower())) else ("", None)
    host = host.rstrip(".")
    if address_of(host) is None and not is_name(host):
        raise ValueError(
            f"expected a host, host:port, an address or a network, such as ollama, ollama:11434, 10.0.0.7 or "
            f"10.0.0.0/8, not {entry!r}; write it without http://, a path or a *"
        )
    if port is not None and not 0 < int(port) < 2**16:
        raise ValueError(f"expected a port from 1 to 65535 in {entry!r}")
    return host.strip("[]") if port is None else f"{host.strip('[]')}:{port}"


def is_name(host: str) -> bool:
    """Whether a host may be called so; whatever ends in a number is meant to be an address."""
    return _NAME.fullmatch(host) is not None and not host.rpartition(".")[2].isdigit()


def address_of(host: str) -> Address | None:
    """The address that a host is, if it is one and no name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also when it is hidden in an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        if (hidden := _hidden(address)) is not None:
            return is_public(hidden)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER)


def _hidden(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that a packet to this one ends at: mapped, 6to4 or NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
