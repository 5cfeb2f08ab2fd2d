"""A web server that misbehaves as it is told, and a network on which every name leads to it."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from rtseg.server.intake.addresses import Address, parse

PUBLIC = "93.184.216.34"

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
"""Answers a request for a path."""


def answer(content: bytes, *, status: int = 200, **headers: str) -> bytes:
    """A whole response; header names with "_" for "-"."""
    fields = {"Content-Length": str(len(content)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} so\r\n{lines}\r\n".encode() + content


class FarSide:
    """Answers by path, over TLS; notes what came."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.server_names: list[str | None] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            path = head[0].split()[1]
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            self.asked.append((path, {name.lower(): value for name, value in headers.items()}))
            told = self.answers.get(path, answer(b"", status=404))
            if isinstance(told, bytes):
                writer.write(told)
                await writer.drain()
            else:
                await told(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client had enough
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def far_side(certificate: Path | None) -> AsyncIterator[FarSide]:
    """Run one; without a certificate it speaks plain HTTP."""
    far = FarSide()
    tls = None
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        tls.sni_callback = lambda socket, name, context: far.server_names.append(name)
    server = await asyncio.start_server(far.handle, "127.0.0.1", 0, ssl=tls)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()
        for task in far.tasks:
            task.cancel()
        await asyncio.gather(*far.tasks, return_exceptions=True)
        await server.wait_closed()


class Network(httpcore.AsyncNetworkBackend):
    """Leads every public address to the far side; notes what was connected to."""

    def __init__(self, port: int) -> None:
        self.connected: list[tuple[str, int]] = []
        self.dead: set[str] = set()
        self.silent: set[str] = set()
        self._port = port
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        ipaddress.ip_address(host)  # a name would be resolved a second time
        if host in self.dead:
            raise httpcore.ConnectError(f"{host} is not there")
        if host in self.silent:
            await asyncio.sleep(60 if timeout is None else timeout)
            raise httpcore.ConnectTimeout
        return await self._network.connect_tcp("127.0.0.1", self._port, timeout)


class Names:
    """Resolves names; each answer once where several are given, the last one for ever."""

    def __init__(self, **names: Sequence[Sequence[str]]) -> None:
        self.asked: list[tuple[str, int]] = []
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        with contextlib.suppress(ValueError):
            return (parse(host),)  # as getaddrinfo does it
        answers = self._names.get(host)
        if answers is None:
            raise OSError("no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple(parse(address) for address in addresses)


def make_certificates(folder: Path, *names: str) -> tuple[Path, Path]:
    """Write an authority's certificate, and one for these names that it signed, with its key."""
    now = datetime.datetime.now(datetime.UTC)

    def build(subject: str, issuer: str, public: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = (
        build("an authority", "an authority", ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    leaf = (
        build(names[0], "an authority", key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + leaf.public_bytes(pem)
    )
    return folder / "ca.pem", folder / "leaf.pem"
