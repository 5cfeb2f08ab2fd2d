"""How cameras reach this machine: ports, addresses, servers that help, and how much they may send.

Made once from the configuration, when the server starts, so that what cannot work is told then.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

from aiortc import RTCConfiguration, RTCIceServer

from rtseg.config import TransportConfig
from rtseg.errors import ConfigError
from rtseg.transport.ports import PortRange
from rtseg.transport.sdp import Bitrates


@dataclass(frozen=True, slots=True)
class Reach:
    """What every peer of a server shares.

    Parameters
    ----------
    ports : where media is received; None for any port that is free.
    addresses : IPs that others know this machine by, besides its own.
    ice_servers : STUN and TURN, asked before each answer. Without any an answer waits for nobody;
        aiortc's own default would ask a public server.
    bitrates : what a camera is asked to send.
    codec : what is preferred; "" for the camera's own choice.
    loss_wait_ms : longest wait for a lost packet.
    """

    ports: PortRange | None = None
    addresses: tuple[str, ...] = ()
    ice_servers: tuple[RTCIceServer, ...] = ()
    bitrates: Bitrates = field(default_factory=Bitrates)
    codec: str = ""
    loss_wait_ms: float = 250.0

    @classmethod
    def of(cls, config: TransportConfig, *, cameras: int = 0) -> Reach:
        """Read the configuration, look names up, and see that so many cameras find a port.

        Raises
        ------
        ConfigError
            A name is not known, an address is none, or there are not enough ports.
        """
        ports = PortRange(config.ports) if config.ports else None
        if ports is not None:
            ports.check(cameras)
        return cls(
            ports,
            tuple(_resolved(config.advertised_address)),
            tuple(_ice_server(url, config) for url in config.ice_servers),
            Bitrates(config.start_kbps, config.least_kbps),
            "" if config.codec == "any" else config.codec,
            config.loss_wait_ms,
        )

    def configuration(self) -> RTCConfiguration:
        """Give what a peer connection is made with."""
        return RTCConfiguration(iceServers=list(self.ice_servers))

    @contextlib.contextmanager
    def gathering(self) -> Iterator[None]:
        """Let what aioice binds in here be of the range, if there is one."""
        with self.ports.binding() if self.ports is not None else contextlib.nullcontext():
            yield


def _resolved(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        try:
            yield str(ip_address(name))
            continue
        except ValueError:
            pass
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
        except OSError as error:
            raise ConfigError(
                "transport.advertised_address: expected an IP, or a name that is known here, got "
                f"{name!r} ({error.strerror or error})"
            ) from None
        yield from dict.fromkeys(str(address[0]) for *_, address in found)


def _ice_server(url: str, config: TransportConfig) -> RTCIceServer:
    if not url.startswith(("stun:", "stuns:", "turn:", "turns:")):
        raise ConfigError(
            "transport.ice_servers: expected URLs such as stun:stun.example.org:3478 or "
            f"turn:turn.example.org:3478?transport=udp, got {url!r}"
        )
    password = config.turn_password
    return RTCIceServer(
        url, config.turn_username, None if password is None else password.get_secret_value()
    )
