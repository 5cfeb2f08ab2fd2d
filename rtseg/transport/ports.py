"""UDP ports of a given range for aioice, which takes any that is free.

aioice binds with `loop.create_datagram_endpoint(…, local_addr=(address, 0))` inside a method of 80
lines that gathers candidates of all kinds. To hand it another port, the loop's method is wrapped,
once; the wrapper changes nothing but calls with port 0 that come out of `PortRange.binding`, which
a context variable tells.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import errno
import itertools
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

from rtseg.errors import ConfigError, PeerError

_WRAPPED = "_rtseg_binds_ports"
_wanted: contextvars.ContextVar[tuple[PortRange, int] | None] = contextvars.ContextVar(
    "ports", default=None
)
"""The range, and where in it to begin: one number on all addresses of this machine."""


class PortRange:
    """Ports that cameras may be received on; each takes one, on each of the machine's addresses.

    Parameters
    ----------
    text : "50000-50100", both ends included.

    Raises
    ------
    ConfigError
        It is no range of ports.
    """

    def __init__(self, text: str) -> None:
        match = re.fullmatch(r"\s*(\d{1,5})\s*-\s*(\d{1,5})\s*", text)
        if match is None or not 1024 <= int(match[1]) <= int(match[2]) <= 65535:
            raise ConfigError(
                "transport.ports: expected a range of UDP ports between 1024 and 65535, such as "
                f"50000-50100, got {text!r}"
            )
        self.first, self.last = int(match[1]), int(match[2])
        self._turn = itertools.count()

    def __len__(self) -> int:
        return self.last - self.first + 1

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def check(self, cameras: int) -> None:
        """See whether so many cameras find a port each.

        Raises
        ------
        ConfigError
            The range is too small, or other programs hold too many of it.
        """
        need = f"server.max_sessions is {cameras}, and each camera needs a port"
        if len(self) < cameras:
            raise ConfigError(f"transport.ports: {self} has {len(self)} ports, but {need}")
        free = sum(_is_free(port) for port in range(self.first, self.last + 1))
        if free < cameras:
            raise ConfigError(
                f"transport.ports: of {self} only {free} are free, other programs have the rest; "
                f"{need}"
            )

    @contextlib.contextmanager
    def binding(self) -> Iterator[None]:
        """Let what is bound to any port in here, and in tasks begun in here, be of this range."""
        _wrap(asyncio.get_running_loop())
        token = _wanted.set((self, next(self._turn)))
        try:
            yield
        finally:
            _wanted.reset(token)

    def beginning_at(self, turn: int) -> Iterator[int]:
        """Give every port once."""
        for offset in range(len(self)):
            yield self.first + (turn + offset) % len(self)


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _wrap(loop: Any) -> None:
    if hasattr(loop, _WRAPPED):
        return
    stock = loop.create_datagram_endpoint

    async def create(factory: Callable[[], Any], local_addr: Any = None, **rest: Any) -> Any:
        wanted = _wanted.get()
        if wanted is None or local_addr is None or local_addr[1] != 0:
            return await stock(factory, local_addr=local_addr, **rest)
        ports, turn = wanted
        for port in ports.beginning_at(turn):
            try:
                return await stock(factory, local_addr=(local_addr[0], port), **rest)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise  # this address cannot be bound at all; aioice goes on without it
        raise PeerError(
            f"all ports of transport.ports ({ports}) are in use: no more cameras fit",
            code="too_many_sessions",
            status=503,
        )

    loop.create_datagram_endpoint = create
    setattr(loop, _WRAPPED, True)
