"""The relay as it runs: a process, and datagrams over real sockets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from rtseg.bench.network import Weather
from rtseg.bench.relay.control import RelayControl, relaying
from rtseg.errors import BackendError

COUNT = 300
WITHIN_S = 10.0
CALM = Weather(delay_ms=0.0)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(WITHIN_S)
        yield opened


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(WITHIN_S)
        yield opened


def way_to(server: socket.socket, relay: RelayControl) -> tuple[str, int]:
    host, port = server.getsockname()
    return host, relay.open(host, port)


def test_all_arrives_both_ways_and_goes_back_to_whoever_sent_it(
    server: socket.socket, client: socket.socket
) -> None:
    with relaying(CALM) as relay, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        way = way_to(server, relay)
        other.settimeout(WITHIN_S)
        other.sendto(b"other", way)
        assert server.recvfrom(100)[0] == b"other"
        for number in range(COUNT):  # one at a time: no socket's buffer can run over
            client.sendto(str(number).encode(), way)
            data, sender = server.recvfrom(100)
            server.sendto(data + b"!", sender)
            assert client.recvfrom(100) == (f"{number}!".encode(), way)
        told = relay.tell()
    assert (told.there.sent, told.there.lost) == (COUNT + 1, 0)
    assert (told.back.sent, told.back.lost) == (COUNT, 0)


def test_what_is_lost_is_told_and_never_comes(server: socket.socket, client: socket.socket) -> None:
    with relaying(Weather(delay_ms=5.0, loss=0.3)) as relay:
        way = way_to(server, relay)
        for number in range(COUNT):
            client.sendto(str(number).encode(), way)
            if number % 50 == 49:  # a socket's buffer holds some more than two hundred
                until_told(relay, number + 1)
        told = relay.tell().there
        assert 0.2 * COUNT < told.lost < 0.4 * COUNT
        came = [int(server.recvfrom(100)[0]) for _ in range(COUNT - told.lost)]
    assert came == sorted(set(came))
    server.settimeout(0.0)
    with pytest.raises(BlockingIOError):
        server.recvfrom(100)


def test_delay_is_added_each_way(server: socket.socket, client: socket.socket) -> None:
    with relaying(Weather(delay_ms=40.0)) as relay:
        way = way_to(server, relay)
        start = time.monotonic()
        client.sendto(b"x", way)
        _, sender = server.recvfrom(100)
        there = time.monotonic()
        server.sendto(b"y", sender)
        client.recvfrom(100)
        back = time.monotonic()
    assert there - start >= 0.039
    assert back - there >= 0.039


def test_nothing_comes_through_in_an_outage(server: socket.socket, client: socket.socket) -> None:
    with relaying(CALM) as relay:
        way = way_to(server, relay)
        relay.break_off(first_s=0.0, every_s=1.0, length_s=0.2, count=1)
        sent = 0
        client.settimeout(0.005)
        while not (outages := relay.tell().outages):
            client.sendto(b"lost", way)
            sent += 1
        until_told(relay, sent)
        cut = relay.tell().there.cut
        client.sendto(b"through", way)
        came = []
        while not came or came[-1] != b"through":
            came.append(server.recvfrom(100)[0])
    ((begin, end),) = outages
    assert end - begin >= 199
    assert cut >= 1
    assert len(came) == sent - cut + 1


def test_an_order_that_is_none_is_refused() -> None:
    with relaying(CALM) as relay:
        with pytest.raises(BackendError, match="TypeError"):
            relay._order(do="weather", wind=3)
        with pytest.raises(BackendError, match="'dance'"):
            relay._order(do="dance")
        assert relay.tell().there.sent == 0  # and it goes on
    with pytest.raises(BackendError, match="does not answer"):
        relay.tell()


def until_told(relay: RelayControl, sent: int) -> None:
    deadline = time.monotonic() + WITHIN_S
    while relay.tell().there.sent < sent:
        assert time.monotonic() < deadline, "not all datagrams came to the relay"
