"""Run the application until it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from rtseg.config import Config
from rtseg.errors import ConfigError, UsageError
from rtseg.server.app import create_app
from rtseg.server.live import LiveManager

SHUTDOWN_TIMEOUT_S = 3
SWITCH_INTERVAL_S = 0.0005
"""How long a thread that computes in Python keeps another from running; Python's own 5 ms is a
frame's whole budget. The decoder asks for the interpreter several times a frame while trackers hold
it: on a crowded machine, from a frame's last packet to its pixels on the loop, 70, 218, 216 and 7
ms in the mean of four runs became 11, 15, 29 and 10."""

WS_MAX_MESSAGE_BYTES = 65_536
"""A client's messages are prompts: small."""


class _Server(uvicorn.Server):
    """Tells when it serves, and says goodbye on every stream before it closes them."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app = app
        self._on_ready = on_ready

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        manager: LiveManager | None = getattr(self._app.state, "manager", None)
        if manager is not None:
            await manager.close()
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def bind(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises
    ------
    UsageError
        The address is taken or is not this machine's; the message says what to do.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise UsageError(f"cannot listen on {host!r}: {error.strerror}") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        hint = ""
        if error.errno == errno.EADDRINUSE:
            hint = "; another program listens there. --port 0 takes a free one"
        elif error.errno == errno.EACCES:
            hint = "; ports under 1024 need more rights. --port 8000 does not"
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}{hint}") from None
    return listener


def address(config: Config, listener: socket.socket) -> str:
    """Give the URL that a browser on this machine opens."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:
        host = "localhost"
    if ":" in host:
        host = f"[{host}]"
    scheme = "https" if config.server.tls_cert else "http"
    return f"{scheme}://{host}:{port}/"


def run(config: Config, *, on_ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM.

    Parameters
    ----------
    config : all of it.
    on_ready : called with the URL of the page as soon as requests are answered.

    Raises
    ------
    UsageError
        The address cannot be listened on.
    ConfigError
        A file that the configuration names is missing, or is not what it should be.
    """
    for name, file in (
        ("server.tls_cert", config.server.tls_cert),
        ("server.tls_key", config.server.tls_key),
    ):
        if file and not Path(file).is_file():
            raise ConfigError(f"{name}: there is no file {file}")
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    listener = bind(config.server.host, config.server.port)
    app = create_app(config)
    server = make_server(app, config, lambda: on_ready(address(config, listener)))
    with listener:
        asyncio.run(server.serve(sockets=[listener]))


def make_server(app: FastAPI, config: Config, on_ready: Callable[[], None]) -> uvicorn.Server:
    """Make the server that runs `app`; `on_ready` is called when requests are answered."""
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_max_size=WS_MAX_MESSAGE_BYTES,
            ws_ping_interval=config.server.ping_interval_s,
            ws_ping_timeout=config.server.ping_timeout_s,
            ws_per_message_deflate=False,  # packets are dense already, and latency is the point
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
            ssl_certfile=config.server.tls_cert,
            ssl_keyfile=config.server.tls_key,
        ),
        app,
        on_ready,
    )
