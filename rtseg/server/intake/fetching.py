"""Fetch an image from an address that a stranger named.

Every name is resolved here, once, and the connection goes to the very address that was looked at:
a name that changes its mind between the two (DNS rebinding) gains nothing. TLS and the Host header
keep the name. Every redirect begins anew, with all checks. Nothing of the environment plays a
part: no proxies, no netrc, no cookies.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import httpcore
import httpx

from rtseg.config import ApiConfig
from rtseg.errors import ConfigError, ImageTooLargeError, PeerError
from rtseg.server.intake.addresses import Address, is_public, parse
from rtseg.server.intake.inline import EXPECTED
from rtseg.version import __version__

logger = logging.getLogger(__name__)

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Gives all addresses of a host."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_HEADERS = [
    (b"Accept", b"image/*"),
    # Nothing compressed: what is counted on the way is then what is kept.
    (b"Accept-Encoding", b"identity"),
    (b"User-Agent", f"rtseg/{__version__}".encode()),
]


async def resolve(host: str, port: int) -> Sequence[Address]:
    """Ask the system for the addresses of a host.

    Raises
    ------
    OSError
        There is none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(parse(str(entry[4][0])) for entry in found))


class Fetcher:
    """Fetches images within the bounds of the configuration; as long-lived as the server.

    Parameters
    ----------
    config : the bounds.
    resolve : gives the addresses of a host.
    network : makes connections to addresses.

    Raises
    ------
    ConfigError
        `api.fetch_ca_file` is not there or holds no certificates.
    """

    def __init__(
        self,
        config: ApiConfig,
        *,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._config = config
        self._network = _CheckedNetwork(
            resolve,
            network or httpcore.AnyIOBackend(),
            config.allow_private_addresses,
            config.fetch_timeout_s,
        )
        self._tls = _tls(config.fetch_ca_file)

    async def fetch(self, url: str) -> bytes:
        """Return what is at an address.

        Raises
        ------
        PeerError
            `bad_image_url`: it is not an address, or one that may not be fetched from;
            `image_not_fetched`: the far side did not give it, or not in time.
        ImageTooLargeError
            It is larger than `api.max_image_bytes`.
        """
        config = self._config
        try:
            async with asyncio.timeout(config.fetch_timeout_s):
                target = self._checked(url)
                for _ in range(config.max_redirects + 1):
                    answer = await self._get(target)
                    if isinstance(answer, bytes):
                        return answer
                    target = self._checked(answer, redirected_by=target)
        except TimeoutError:
            raise _not_fetched(
                f"{_brief(url)} did not answer whole within {config.fetch_timeout_s:g} s; "
                "try again, or send the image as a data URI"
            ) from None
        raise _not_fetched(
            f"{_brief(url)} redirects more than {config.max_redirects} times; "
            "send the address that it ends at"
        )

    def _checked(self, url: str | httpx.URL, redirected_by: httpx.URL | None = None) -> httpx.URL:
        """Give an address that may be asked; where it leads is checked when it is connected to."""
        where = "" if redirected_by is None else f" by the redirect of {redirected_by.host}"
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, ValueError) as error:
            raise _refused(f"{EXPECTED}, got {_brief(url)}{where} ({error})") from None
        if target.scheme == "http" and not self._config.allow_http:
            raise _refused(
                f"{EXPECTED}, got {_brief(target)}{where}; use https, or let the server fetch "
                "without encryption with api.allow_http"
            )
        if target.scheme not in {"http", "https"} or not target.host:
            raise _refused(f"{EXPECTED}, got {_brief(target)}{where}")
        if target.userinfo:
            raise _refused(
                f"expected an address without name and password, got one for {target.host}"
                f"{where}; fetch the image yourself and send it as a data URI"
            )
        port = _port(target)
        if not 0 < port < 65_536:
            raise _refused(f"{EXPECTED}; no port is called {port}{where}")
        if self._config.fetch_ports and port not in self._config.fetch_ports:
            allowed = ", ".join(map(str, self._config.fetch_ports))
            raise _refused(
                f"expected an address at port {allowed}, got port {port} of {target.host}{where}; "
                "others are allowed with api.fetch_ports"
            )
        return target

    async def _get(self, url: httpx.URL) -> bytes | httpx.URL:
        """Return what is there, or where it redirects to."""
        address = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        try:
            # A pool for one request: no connection outlives the look at its address.
            async with (
                httpcore.AsyncConnectionPool(
                    ssl_context=self._tls, network_backend=self._network, retries=0
                ) as pool,
                pool.stream("GET", address, headers=_HEADERS) as response,
            ):
                headers = {name.lower(): value for name, value in response.headers}
                if response.status in _REDIRECTS and b"location" in headers:
                    return _join(url, headers[b"location"])
                if response.status != 200:
                    raise _not_fetched(f"{url.host} answers with status {response.status}")
                if headers.get(b"content-encoding", b"identity").lower() != b"identity":
                    raise _not_fetched(f"{url.host} sends compressed data that was not asked for")
                return await self._body(url, response, headers.get(b"content-length", b""))
        except httpcore.TimeoutException:
            raise TimeoutError from None
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            ssl.SSLError,
        ) as error:
            raise _not_fetched(f"{url.host}: {str(error) or type(error).__name__}") from None

    async def _body(self, url: httpx.URL, response: httpcore.Response, declared: bytes) -> bytes:
        most = self._config.max_image_bytes
        if declared.isdigit() and int(declared[:20]) > most:
            raise _too_large(url, most)
        content = bytearray()
        async for chunk in response.aiter_stream():
            content += chunk
            if len(content) > most:  # whatever it declared
                raise _too_large(url, most)
        return bytes(content)


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that it has looked at, and to no names."""

    def __init__(
        self,
        resolve: Resolve,
        network: httpcore.AsyncNetworkBackend,
        allow_private: bool,
        timeout_s: float,
    ) -> None:
        self._resolve = resolve
        self._network = network
        self._allow_private = allow_private
        self._timeout_s = timeout_s

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise _not_fetched(f"no address is known for {host}; is it written right?") from None
        # One inner address among outer ones is no accident: none of them is used.
        if not self._allow_private and not all(map(is_public, addresses)):
            at = ", ".join(map(str, addresses))
            logger.info("refused to fetch from %s, which is at %s", host, at)
            raise _refused(
                f"{host} is not on the public internet, and this server does not fetch from its "
                "own network; send the image as a data URI, or allow it with "
                "api.allow_private_addresses"
            )
        # A silent address (IPv6 where there is no way to it) leaves time for the others.
        share_s = self._timeout_s / (len(addresses) + 1)
        failure: Exception = httpcore.ConnectError(f"no address of {host} could be connected to")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    str(address), port, share_s, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _tls(ca_file: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(Path(ca_file))
        except OSError as error:
            raise ConfigError(
                f"api.fetch_ca_file: expected a PEM file of certificates, got {ca_file} ({error})"
            ) from None
    return context


def _port(url: httpx.URL) -> int:
    return (443 if url.scheme == "https" else 80) if url.port is None else url.port


def _join(url: httpx.URL, location: bytes) -> httpx.URL:
    try:
        return url.join(location.decode("ascii"))
    except (UnicodeDecodeError, httpx.InvalidURL, ValueError):
        raise _not_fetched(f"{url.host} redirects to what is no address") from None


def _brief(url: str | httpx.URL) -> str:
    text = str(url)
    return repr(text if len(text) <= 80 else f"{text[:79]}…")


def _refused(message: str) -> PeerError:
    return PeerError(message, code="bad_image_url")


def _not_fetched(message: str) -> PeerError:
    return PeerError(f"image_url could not be fetched: {message}", code="image_not_fetched")


def _too_large(url: httpx.URL, most: int) -> ImageTooLargeError:
    return ImageTooLargeError(
        f"image_url: expected an image file of at most {most} bytes, and {url.host} sends more; "
        "name a smaller one (the server's bound is api.max_image_bytes)"
    )
