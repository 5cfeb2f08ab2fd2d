"""Starts the relay and tells it what to be like."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rtseg.bench.network import Counts, Weather
from rtseg.errors import BackendError

_TIMEOUT_S = 10.0
_SEED = 1


@dataclass(frozen=True, slots=True)
class Told:
    """What a relay has carried.

    Parameters
    ----------
    there, back : what became of the packets to the server, and of those from it.
    outages : Unix milliseconds of the begin and the end of each that is over.
    """

    there: Counts
    back: Counts
    outages: tuple[tuple[float, float], ...]


class RelayControl:
    """Gives orders to a relay that runs.

    Parameters
    ----------
    port : on which it takes them.
    """

    def __init__(self, port: int) -> None:
        self.port = port

    def open(self, host: str, port: int) -> int:
        """Have a way to an address opened; give the port of the same host that leads there."""
        return int(self._order(do="open", to=[host, port])["port"])

    def set_weather(self, weather: Weather) -> None:
        """Be like that from now on, both ways."""
        self._order(do="weather", **asdict(weather))

    def break_off(self, *, first_s: float, every_s: float, length_s: float, count: int) -> None:
        """Let nothing through for a while, several times."""
        self._order(do="outages", first_s=first_s, every_s=every_s, length_s=length_s, count=count)

    def tell(self) -> Told:
        """Ask what was carried so far."""
        told = self._order(do="tell")
        outages = tuple((begin, end) for begin, end in told["outages"])
        return Told(Counts(**told["there"]), Counts(**told["back"]), outages)

    def _order(self, **order: Any) -> dict[str, Any]:
        try:
            with socket.create_connection(("127.0.0.1", self.port), _TIMEOUT_S) as connection:
                connection.sendall(json.dumps(order).encode() + b"\n")
                answer: dict[str, Any] = json.loads(connection.makefile().readline())
        except (OSError, ValueError) as error:
            raise BackendError(f"the relay on port {self.port} does not answer: {error}") from None
        if "error" in answer:
            raise BackendError(f"the relay refused {order['do']}: {answer['error']}")
        return answer


@contextlib.contextmanager
def relaying(weather: Weather) -> Iterator[RelayControl]:
    """Run a relay, for as long as the context is open.

    Raises
    ------
    BackendError
        It did not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "rtseg.bench.relay.process", str(_SEED)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if not (line := process.stdout.readline()).strip().isdigit():
            raise BackendError("the relay between browser and server did not start")
        control = RelayControl(int(line))
        control.set_weather(weather)
        yield control
    finally:
        process.stdin.close()
        try:
            process.wait(_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
