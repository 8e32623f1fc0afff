"""Which addresses are public, and what a policy lets through besides."""

from ipaddress import ip_address

import pytest

from flowroom.addresses import AddressPolicy, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.100.100.200", "192.0.0.192", "168.63.129.16", "224.0.0.1"),
        *("::1", "::", "fe80::1", "fec0::1", "fd00::1", "ff02::1"),
        *("::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:7f00:1", "::ffff:0:808:808"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
        *("2001:db8::1", "3fff::1", "3fff:fff::1", "5f00::1", "100::1", "4000::1"),
    ],
)
def test_what_leads_into_a_machine_a_private_network_or_nowhere_is_not_public(address: str) -> None:
    """RUN-21: as IPv4, as IPv6, and as IPv4 inside of IPv6, in outdated ways, too."""
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_what_is_on_the_public_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_hosts_ports_and_networks_can_be_allowed() -> None:
    policy = AddressPolicy(["10.0.0.0/8", "ollama:11434", "intra.example", "[fd00::1]"])
    assert policy.allows("anything", 80, ip_address("10.1.2.3"))
    assert policy.allows("OLLAMA", 11434, ip_address("192.168.0.2"))
    assert not policy.allows("ollama", 80, ip_address("192.168.0.2"))
    assert policy.allows("intra.example.", 80, ip_address("192.168.0.2"))
    assert policy.allows("example.org", 443, ip_address("93.184.215.14"))
    assert policy.names("[fd00::1]", 80) and not policy.names("[fd00::2]", 80)
