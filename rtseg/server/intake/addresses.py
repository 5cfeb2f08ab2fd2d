"""Which addresses are on the public internet.

A server that fetches what strangers name must not become their way into its own network. The
lists are IANA's special-purpose registries (RFC 6890 and its successors), written out: Python's
`is_global` has changed its mind between versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network; 0.0.0.0 reaches this machine
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carriers' NAT; clouds keep metadata here too (100.100.100.200)
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local; clouds' metadata (169.254.169.254)
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays, retired
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "168.63.129.16/32",  # a public number that one cloud answers from inside each machine
    )
)

_PUBLIC_V6 = IPv6Network("2000::/3")
"""All that is given out for global unicast; loopback, ULA, link-local, site-local and multicast
are outside of it, and so is everything to come."""

_NOT_PUBLIC_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside, retired
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is reached."""


def parse(text: str) -> Address:
    """Read an address as `getaddrinfo` gives it, with a scope (`fe80::1%eth0`) or without."""
    return ip_address(text)


def is_public(address: Address) -> bool:
    """Say whether an address is on the public internet, and can be nobody's inner network."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _NOT_PUBLIC_V4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _PUBLIC_V6 and not any(address in block for block in _NOT_PUBLIC_V6)
