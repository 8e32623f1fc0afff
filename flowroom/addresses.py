"""Which addresses a request may go to that somebody else chose: public ones, and those a setting names. Pure.

Nodes (engine/http.py) and webhooks (collab_server/webhooks/sending.py) resolve a host, ask here about each address,
and connect to exactly those.
"""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
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
        self._networks: list[Network] = []
        self._names: set[str] = set()
        for entry in allowed:
            try:
                self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._names.add(entry.lower())

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
