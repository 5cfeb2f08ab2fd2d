"""Masks given out by address, and artifacts by the id of their session."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from rtseg.config import MasksConfig
from rtseg.errors import StorageError, UsageError
from rtseg.models.home import default_home
from rtseg.server.masks import keys, names
from rtseg.server.masks.folder import FolderStorage
from rtseg.server.masks.s3 import S3Storage
from rtseg.server.masks.signing import Signer
from rtseg.server.masks.storage import Held, Storage

logger = logging.getLogger(__name__)

_NS = 1_000_000_000

OnHeld = Callable[[Held], None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A mask or an artifact as it is handed out.

    Parameters
    ----------
    name : never stands for other bytes, so it is the strongest of ETags.
    content : the file, a PNG.
    """

    name: str
    content: bytes


def new_session_id() -> str:
    """Return an id for artifacts that belong together: 122 bits of chance, fit for a file name."""
    return str(uuid.uuid4())


class Masks:
    """What other routes give masks to; as long-lived as the server.

    Two ways to hand out a picture that was made for an answer::

        url = await masks.publish(png, base_url=str(request.base_url))     # mask_url
        object_id = await masks.keep(png, session_id=session_id)           # {"id": object_id}

    `publish` gives an absolute address that whoever has it may open, until `masks.lifetime_s` is
    over. `keep` gives an artifact's id (`img_` and six characters), which is opened with
    `GET /v1/artifacts?session_id=…&object_id=…` and the caller's API key where keys are set. Six
    characters can be guessed, so the session's id is the secret: take `new_session_id()`, once for
    all artifacts of one answer, and tell it in that answer.

    Parameters
    ----------
    config : where masks lie, how long and how many.
    storage : in place of the one that `config` describes.
    clock : nanoseconds since the epoch.
    on_held : told what lies in the storage, whenever that has changed.

    Raises
    ------
    ConfigError
        The storage needs a package that is not installed.
    """

    def __init__(
        self,
        config: MasksConfig,
        *,
        storage: Storage | None = None,
        clock: Callable[[], int] = time.time_ns,
        on_held: OnHeld | None = None,
    ) -> None:
        self._config = config
        self._storage = storage or make_storage(config)
        self._clock = clock
        self._on_held = on_held
        self._signer: Signer | None = None
        self._making_signer = asyncio.Lock()

    async def publish(self, content: bytes, *, base_url: str) -> str:
        """Keep a mask, and return the absolute address under which anybody may have it for a time.

        Parameters
        ----------
        content : a PNG file.
        base_url : of this server as the caller reached it, `str(request.base_url)`; it is not
            looked at where `masks.base_url` is set.

        Raises
        ------
        StorageError
            It cannot be kept: the disk is full, the storage does not answer. Answered with 503.
        """
        name = names.draw_name()
        signer = await self._signs()
        expires_s = await self._put(name, content)
        query = urlencode({"expires": expires_s, "signature": signer.sign(name, expires_s)})
        base = (self._config.base_url or base_url).rstrip("/")
        return f"{base}/v1/masks/{name}?{query}"

    async def keep(self, content: bytes, *, session_id: str) -> str:
        """Keep an artifact of a session, and return its id: `img_` and six characters.

        Parameters
        ----------
        content : a PNG file.
        session_id : `new_session_id()`, or 16 to 128 letters, digits, `-` and `_` that nobody
            guesses.

        Raises
        ------
        UsageError
            A session id that could be guessed.
        StorageError
            As in `publish`.
        """
        if not names.is_session_id(session_id):
            raise UsageError(
                "session_id: expected 16 to 128 letters, digits, '-' or '_', such as "
                f"new_session_id() gives, got {session_id[:200]!r}"
            )
        while True:
            object_id = names.draw_object_id()
            name = names.artifact_name(session_id, object_id)
            assert name is not None  # both ids are as they should be
            if await self.get(name) is None:
                await self._put(name, content)
                return object_id

    async def artifact(self, session_id: str, object_id: str) -> Kept | None:
        """Return an artifact; None where there is no such thing, for whatever reason.

        Raises
        ------
        StorageError
            The storage fails.
        """
        name = names.artifact_name(session_id, object_id)
        return None if name is None else await self.get(name)

    async def check(self, name: str, expires: str, signature: str) -> int:
        """Return for how many seconds more an address is good.

        Raises
        ------
        PeerError
            403: it is not, or not any more.
        StorageError
            The signing key cannot be had.
        """
        signer = await self._signs()
        now_s = self._clock() // _NS
        return max(0, signer.check(name, expires, signature, now_s=now_s) - now_s)

    async def get(self, name: str) -> Kept | None:
        """Return the mask of an address that was checked; None where it had to go.

        Raises
        ------
        StorageError
            The storage fails.
        """
        if not names.is_name(name):
            return None
        content = await self._storage.get(name, now_ns=self._clock())
        return None if content is None else Kept(name, content)

    async def elsewhere(self, name: str, *, method: str, lifetime_s: int) -> str | None:
        """Return the storage's own address of a mask, where it gives one.

        Raises
        ------
        StorageError
            The storage fails.
        """
        return await self._storage.address(name, method=method, lifetime_s=lifetime_s)

    async def sweep(self) -> None:
        """Let what expired go, now and every `masks.sweep_interval_s`, until cancelled."""
        while True:
            try:
                await self._storage.sweep(now_ns=self._clock())
                self._tell()
            except StorageError as error:
                logger.error("%s", error)
            await asyncio.sleep(self._config.sweep_interval_s)

    async def close(self) -> None:
        """Let go of the storage; may be called twice."""
        await self._storage.close()

    async def _put(self, name: str, content: bytes) -> int:
        """Keep a file; return when its address ends, seconds since the epoch."""
        now_ns = self._clock()
        expires_ns = now_ns + self._config.lifetime_s * _NS
        held_until_ns = expires_ns + self._config.clock_skew_s * _NS
        try:
            await self._storage.put(name, content, expires_ns=held_until_ns, now_ns=now_ns)
        finally:
            self._tell()  # room may have been made for a mask that then could not be written
        return expires_ns // _NS

    def _tell(self) -> None:
        held = self._storage.held()
        if held is not None and self._on_held is not None:
            self._on_held(held)

    async def _signs(self) -> Signer:
        async with self._making_signer:
            if self._signer is None:
                config = self._config
                self._signer = Signer(
                    await asyncio.to_thread(_signing_key, config),
                    previous_keys=[key.get_secret_value().encode() for key in config.previous_keys],
                    clock_skew_s=config.clock_skew_s,
                )
            return self._signer


def make_storage(config: MasksConfig) -> Storage:
    """Make the storage that a configuration describes; nothing is read or written yet.

    Raises
    ------
    ConfigError
        It needs a package that is not installed.
    """
    if config.s3.bucket is not None:
        return S3Storage(config.s3, lifetime_s=config.lifetime_s + config.clock_skew_s)
    return FolderStorage(folder_of(config), max_bytes=config.max_bytes, max_count=config.max_count)


def folder_of(config: MasksConfig) -> Path:
    """Return the folder of masks and of the key that signs them."""
    return Path(config.folder).expanduser() if config.folder else default_home() / "masks"


def _signing_key(config: MasksConfig) -> bytes:
    if config.signing_key is not None:
        return config.signing_key.get_secret_value().encode()
    if config.s3.bucket is not None:
        logger.warning(
            "masks lie in a bucket and masks.signing_key is not set: addresses of masks end with "
            "this process, and no other server answers them"
        )
        return keys.made()
    return keys.kept_in(folder_of(config))
