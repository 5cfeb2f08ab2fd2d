"""Who may use the image APIs and begin sessions, and how often.

Keys are off by default: a server that only its own machine reaches needs none. With one key or
more in the configuration, whoever has none is refused. Limits hold for each key, or for each
address where there are no keys, and for this process alone.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Iterable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.datastructures import Headers

from rtseg.config import ApiConfig
from rtseg.errors import ConfigError, PeerError
from rtseg.server.rates import Limiter

MIN_KEY_CHARS = 16
"""Shorter ones can be guessed; keys are made by machines, for machines."""

KEY_HEADER = "X-Moondream-Auth"
"""Moondream's clients send their key so; all others as `Authorization: Bearer`."""

_HOW_TO_MAKE_ONE = "make one with: openssl rand -hex 32"


class Access:
    """The keys and limits of a server.

    Parameters
    ----------
    keys : API keys; none lets everybody in.
    limiter : counts what callers do.
    """

    def __init__(self, keys: Iterable[str], limiter: Limiter) -> None:
        # Digests: all of one length, and what a dump of the process shows opens nothing.
        self._digests = tuple(_digest(key) for key in keys)
        self._limiter = limiter

    @classmethod
    def of(cls, config: ApiConfig) -> Access:
        """Make it as the configuration says.

        Raises
        ------
        ConfigError
            `api.keys_file` cannot be read or holds no keys, or a key is not one.
        """
        limiter = Limiter(per_minute=config.requests_per_minute, at_once=config.concurrent_requests)
        return cls(read_keys(config), limiter)

    @property
    def wants_keys(self) -> bool:
        """Whether a request without a key is refused."""
        return bool(self._digests)

    def caller(self, headers: Headers, host: str) -> str:
        """Say who asks, by key or by address; a name that tells no secret.

        Parameters
        ----------
        headers : of the request.
        host : the address that it came from.

        Raises
        ------
        PeerError
            401, `missing_api_key` or `invalid_api_key`.
        """
        if not self._digests:
            return _caller_at(host)
        offered = [headers.get(KEY_HEADER), bearer(headers.get("authorization"))]
        given = [key.strip() for key in offered if key and key.strip()]
        if not given:
            raise PeerError(
                "this server wants an API key: send it as Authorization: Bearer KEY, or as "
                f"{KEY_HEADER}: KEY",
                code="missing_api_key",
                status=401,
            )
        for key in given:
            digest = _digest(key)
            # Against all of them, however early one is found: time tells nothing.
            same = [hmac.compare_digest(digest, known) for known in self._digests]
            if any(same):
                return f"key {same.index(True) + 1}"
        raise PeerError(
            "the API key is not one of this server's; ask whoever runs it for one (section api of "
            "its configuration)",
            code="invalid_api_key",
            status=401,
        )

    def begin(self, caller: str, now_ns: int) -> None:
        """Take a request into work; see `Limiter.begin`."""
        self._limiter.begin(caller, now_ns)

    def end(self, caller: str) -> None:
        """Take note that it is answered, or given up."""
        self._limiter.end(caller)


def read_keys(config: ApiConfig) -> list[str]:
    """Return the keys of the configuration and of the file that it names.

    Raises
    ------
    ConfigError
        As `Access.of`. No message holds a key.
    """
    keys = [("api.keys", key.get_secret_value()) for key in config.keys]
    if config.keys_file is not None:
        path = Path(config.keys_file)
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"api.keys_file: {path} cannot be read ({error})") from None
        of_file = [
            (f"api.keys_file: line {number} of {path}", line.strip())
            for number, line in enumerate(lines, 1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if not of_file:
            # An empty file must not open the server.
            raise ConfigError(
                f"api.keys_file: expected one key a line in {path}, got none; {_HOW_TO_MAKE_ONE}"
            )
        keys += of_file
    for place, key in keys:
        if len(key) < MIN_KEY_CHARS:
            raise ConfigError(
                f"{place}: expected a key of at least {MIN_KEY_CHARS} characters, got {len(key)}; "
                f"{_HOW_TO_MAKE_ONE}"
            )
        if not all("!" <= character <= "~" for character in key):
            raise ConfigError(
                f"{place}: expected a key of visible ASCII characters without spaces, as fits into "
                f"a header; {_HOW_TO_MAKE_ONE}"
            )
    return list(dict.fromkeys(key for _, key in keys))


_key_header = APIKeyHeader(name=KEY_HEADER, auto_error=False, scheme_name="Moondream's key")
_bearer_header = HTTPBearer(auto_error=False, scheme_name="Bearer key")


async def admit(
    request: Request,
    # Not read here: they tell the OpenAPI document, and with it /docs, where a key goes.
    _key: Annotated[str | None, Depends(_key_header)] = None,
    _bearer: Annotated[object, Depends(_bearer_header)] = None,
) -> AsyncIterator[None]:
    """Let a request in, and count it as in work until its answer has left, streams included.

    Raises
    ------
    PeerError
        401, `missing_api_key` or `invalid_api_key`; 429, `too_many_requests` or
        `too_many_at_once`.
    """
    access = request.app.state.access
    assert isinstance(access, Access)
    caller = access.caller(request.headers, request.client.host if request.client else "")
    access.begin(caller, time.monotonic_ns())
    try:
        yield
    finally:
        access.end(caller)


def bearer(header: str | None) -> str | None:
    """Give the token of an `Authorization: Bearer` header, None if it is none."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _caller_at(host: str) -> str:
    """Give what stands for one caller: an IPv4 address, or the /64 of an IPv6 one.

    Who has one IPv6 address has 2**64 of them.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:  # a server on "::" sees IPv4 so
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
