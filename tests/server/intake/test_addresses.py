"""What counts as the public internet."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.server.intake.addresses import is_public, parse

INNER = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 "
    "127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.0.1 "
    "192.168.255.255 192.88.99.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 "
    "240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 "
    "::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b:1::1 100::1 2001::1 "
    "2001:0:53aa:64c::1 2001:db8::1 2002:7f00:1:: 2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 "
    "fd00:ec2::254 fdff::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1 4000::1 "
)

OUTER = (
    "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 93.184.216.34 100.63.255.255 100.128.0.0 128.0.0.0 "
    "172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 2606:4700:4700::1111 "
    "2a00:1450:4001:830::200e ::ffff:8.8.8.8 64:ff9b::808:808 2001:200::1 "
)


@pytest.mark.parametrize("text", INNER.split())
def test_inner(text: str) -> None:
    assert not is_public(parse(text))


@pytest.mark.parametrize("text", OUTER.split())
def test_outer(text: str) -> None:
    assert is_public(parse(text))


@given(st.ip_addresses())
def test_nothing_is_public_that_the_library_calls_private(
    address: IPv4Address | IPv6Address,
) -> None:
    if address.is_private or address.is_multicast or address.is_loopback or address.is_reserved:
        # Translated addresses are reserved ones that may lead to public ones.
        translated = isinstance(address, IPv6Address) and (
            address.ipv4_mapped is not None or int(address) >> 32 == 0x64FF9B << 64
        )
        assert translated or not is_public(address)
