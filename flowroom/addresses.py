"""Which addresses a request may go to that somebody else chose: public ones, and those a setting names. Pure.

Nodes (engine/http.py) and webhooks (collab_server/webhooks/sending.py) resolve a host, ask here about each address,
and connect to exactly those.
"""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressPolicy:
    """Which addresses may be reached: public ones, and those allowed as `host`, `host:port`, address or network."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._networks: list[Network] = []
        self._names: set[str] = set()
        for entry in allowed:
            try:
                self._networks.append(ipaddress.ip_network(entry, strict=False))
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
        hidden = address.ipv4_mapped or address.sixtofour
        if hidden is None and address in _NAT64:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None:
            return is_public(hidden)
    return address.is_global and not address.is_multicast
