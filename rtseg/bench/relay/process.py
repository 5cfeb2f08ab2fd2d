"""``python -m rtseg.bench.relay.process SEED``: carries datagrams, and does as it is told.

It prints the port on which it takes orders, over TCP on this machine, and runs until its standard
input ends: so it never outlives who started it. An order is a line of JSON, and so is its answer:

| `do` | takes | gives |
|---|---|---|
| `open` | `to`: [host, port] | `port` of the same host that leads there |
| `weather` | the fields of `Weather` that change | |
| `outages` | `first_s` from now, `every_s`, `length_s`, `count` | |
| `tell` | | `there` and `back`: `Counts`; `outages`: Unix ms of begin and end |

A route is what a NAT is: whoever sends to its port gets a socket of its own towards the server, and
what comes to that socket goes back to the sender. There is one network for all routes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, TypeAlias, cast

from rtseg.bench.network import Way, Weather

Address: TypeAlias = tuple[str, int]

_Flight: TypeAlias = Callable[[], None]
"""Delivers a datagram that came through."""


class _Direction:
    """One way of the network, on the event loop's clock."""

    def __init__(self, weather: Weather, seed: int) -> None:
        self.way: Way[_Flight] = Way(weather, seed)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def send(self, flight: _Flight, size_bytes: int) -> None:
        self.way.send(self._loop.time() * 1000, flight, size_bytes)
        self._deliver()

    def _deliver(self) -> None:
        for _, flight in self.way.arrived(self._loop.time() * 1000):
            flight()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if (next_ms := self.way.next_ms) is not None:
            self._timer = self._loop.call_at(next_ms / 1000, self._deliver)


class _Socket(asyncio.DatagramProtocol):
    """A UDP socket that gives what comes to somebody."""

    def __init__(self, on_datagram: Callable[[bytes, Address], None]) -> None:
        self._on_datagram = on_datagram
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, host: str, on_datagram: Callable[[bytes, Address], None]) -> _Socket:
        _, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(on_datagram), local_addr=(host, 0)
        )
        return protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._on_datagram(data, (addr[0], addr[1]))

    def error_received(self, exc: Exception) -> None:
        """The other side is gone: to a network that is nothing."""

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def send(self, data: bytes, to: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data, to)


class _Route:
    """A port that leads to an address."""

    def __init__(self, to: Address, there: _Direction, back: _Direction) -> None:
        self._to = to
        self._there, self._back = there, back
        self._front: _Socket | None = None
        self._towards: dict[Address, asyncio.Task[_Socket]] = {}

    async def open(self) -> int:
        """Begin to carry; give the port."""
        self._front = await _Socket.open(self._to[0], self._from_outside)
        return self._front.port

    def _from_outside(self, data: bytes, sender: Address) -> None:
        socket = self._towards.get(sender)
        if socket is None:
            socket = asyncio.create_task(self._open_towards(sender))
            self._towards[sender] = socket

        def deliver(opened: asyncio.Task[_Socket] = socket) -> None:
            # A task that is done calls back in the next round of the loop, not now.
            if opened.done():
                opened.result().send(data, self._to)
            else:
                opened.add_done_callback(lambda task: task.result().send(data, self._to))

        self._there.send(deliver, len(data))

    async def _open_towards(self, sender: Address) -> _Socket:
        front = self._front
        assert front is not None

        def from_server(data: bytes, _: Address) -> None:
            self._back.send(lambda: front.send(data, sender), len(data))

        return await _Socket.open(self._to[0], from_server)


class Relay:
    """All routes, both ways, and the orders; for the event loop's thread.

    Parameters
    ----------
    seed : of the dice.
    """

    def __init__(self, seed: int) -> None:
        self._weather = Weather(delay_ms=0.0)
        self._there = _Direction(self._weather, seed)
        self._back = _Direction(self._weather, seed + 1)
        self._routes: list[_Route] = []
        self._outages: list[list[float]] = []
        self._breaking: asyncio.Task[None] | None = None

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what an order says; give the answer."""
        match order.pop("do", None):
            case "open":
                host, port = order["to"]
                route = _Route((host, port), self._there, self._back)
                self._routes.append(route)
                return {"port": await route.open()}
            case "weather":
                self._set(**order)
                return {}
            case "outages":
                self._breaking = asyncio.create_task(self._break(**order))
                return {}
            case "tell":
                return {
                    "there": asdict(self._there.way.counts),
                    "back": asdict(self._back.way.counts),
                    "outages": self._outages,
                }
            case other:
                return {"error": f"expected open, weather, outages or tell, got {other!r}"}

    def _set(self, **changes: Any) -> None:
        self._weather = replace(self._weather, **changes)
        self._there.way.weather = self._back.way.weather = self._weather

    async def _break(self, first_s: float, every_s: float, length_s: float, count: int) -> None:
        loop = asyncio.get_running_loop()
        first = loop.time() + first_s
        for number in range(count):
            await asyncio.sleep(first + number * every_s - loop.time())
            self._set(is_down=True)
            begin_ms = time.time() * 1000
            await asyncio.sleep(length_s)
            self._set(is_down=False)
            self._outages.append([begin_ms, time.time() * 1000])


async def _serve(seed: int) -> None:
    relay = Relay(seed)

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            try:
                answer = await relay.obey(json.loads(line))
            except (ValueError, TypeError, KeyError, OSError) as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=wait_for_end, daemon=True).start()
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
