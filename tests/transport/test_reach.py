"""Ports and addresses by configuration; what cannot work is told when the server starts."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest

from rtseg.config import load
from rtseg.errors import ConfigError, PeerError
from rtseg.transport.ports import PortRange
from rtseg.transport.reach import Reach


def reach(cameras: int = 1, **keys: str) -> Reach:
    config = load(env={}, flags={f"transport.{name}": value for name, value in keys.items()})
    return Reach.of(config.transport, cameras=cameras)


@contextlib.contextmanager
def free_range(count: int) -> Iterator[PortRange]:
    """Find so many free ports in a row."""
    for first in range(41_000, 60_000, 50):
        ports = PortRange(f"{first}-{first + count - 1}")
        with contextlib.suppress(ConfigError):
            ports.check(count)
            yield ports
            return
    pytest.skip("no free ports in a row")


def test_by_default_nothing_is_waited_for_and_any_port_will_do() -> None:
    made = reach()
    assert (made.ports, made.addresses, made.ice_servers) == (None, (), ())
    assert made.configuration().iceServers == []


def test_names_and_addresses() -> None:
    made = reach(advertised_address="203.0.113.5, localhost")
    assert made.addresses[0] == "203.0.113.5"
    assert "127.0.0.1" in made.addresses


def test_ice_servers_with_a_password() -> None:
    made = reach(
        ice_servers="stun:stun.example.org,turn:turn.example.org:3478?transport=udp",
        turn_username="me",
        turn_password="secret",
    )
    assert [one.urls for one in made.ice_servers] == [
        "stun:stun.example.org",
        "turn:turn.example.org:3478?transport=udp",
    ]
    assert (made.ice_servers[1].username, made.ice_servers[1].credential) == ("me", "secret")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"ports": "50000"}, "such as 50000-50100, got '50000'"),
        ({"ports": "50100-50000"}, "such as 50000-50100"),
        ({"ports": "80-90"}, "between 1024 and 65535"),
        ({"advertised_address": "no such name!"}, "got 'no such name!'"),
        ({"ice_servers": "stun.example.org"}, "expected URLs such as stun:"),
        ({"start_kbps": "100", "least_kbps": "200"}, "least_kbps <= start_kbps"),
        ({"loss_wait_ms": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_cannot_be(keys: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match="transport") as caught:
        reach(**keys)
    assert words in str(caught.value)


def test_a_range_that_is_too_small() -> None:
    with pytest.raises(ConfigError, match=r"50000-50009 has 10 ports.*max_sessions is 16"):
        reach(cameras=16, ports="50000-50009")


def test_a_range_that_others_hold() -> None:
    with free_range(3) as ports, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("", ports.first + 1))
        ports.check(2)
        with pytest.raises(ConfigError, match="only 2 are free"):
            ports.check(3)


async def test_what_is_bound_while_it_gathers_is_of_the_range() -> None:
    loop = asyncio.get_running_loop()
    with free_range(2) as ports, contextlib.ExitStack() as stack:

        async def bind(port: int = 0) -> int:
            transport, _ = await loop.create_datagram_endpoint(
                asyncio.DatagramProtocol, local_addr=("127.0.0.1", port)
            )
            stack.callback(transport.close)
            return int(transport.get_extra_info("sockname")[1])

        async def other() -> int:
            await asyncio.sleep(0)  # its turn comes while the range is wanted
            return await bind()

        beside = asyncio.create_task(other())
        with ports.binding():
            taken = {await bind(), await asyncio.create_task(bind())}
            assert taken == {ports.first, ports.last}
            with pytest.raises(PeerError, match=f"transport.ports .{ports}.") as caught:
                await bind()
            assert (caught.value.code, caught.value.status) == ("too_many_sessions", 503)
        assert await beside not in taken
        assert await bind() not in taken
