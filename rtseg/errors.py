"""The error tree.

::

    RtsegError
    ├── UsageError            our caller erred
    │   ├── ConfigError       a configuration file, variable or flag is wrong
    │   └── ImageError        what should be an image cannot be read as one
    │       └── ImageTooLargeError   it has more bytes or pixels than are taken
    ├── PeerError             the remote erred; carries an HTTP status and a wire code
    │   └── WireError         bytes that are not a packet of this protocol
    ├── BackendError          a model or a device failed
    │   ├── ModelMissingError   its files are not on this machine
    │   └── ModelCorruptError   its files are not the ones they should be
    └── StorageError          the place where masks lie failed

Messages say what was expected, what came, and what to do.
"""

from __future__ import annotations


class RtsegError(Exception):
    """Root of everything that rtseg raises on purpose."""


class UsageError(RtsegError):
    """The caller of a function or a command passed something it does not take."""


class ConfigError(UsageError):
    """A configuration key or value is wrong; the message names the place it came from."""


class ImageError(UsageError):
    """Bytes that are not an image, or not one that can be read; the only error of decoding."""


class ImageTooLargeError(ImageError):
    """An image has more bytes or pixels than are taken; the message names the bound."""


class PeerError(RtsegError):
    """The remote side sent something that cannot be served.

    Parameters
    ----------
    message : what was expected, what came, what to do.
    code : stable machine-readable word, sent in the error body and on the stream.
    status : HTTP status that fits.
    retry_after_s : when to try again, seconds, where that is known.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "bad_request",
        status: int = 400,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.retry_after_s = retry_after_s


class WireError(PeerError):
    """Bytes that are not a valid packet. The only error that a decoder raises."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="bad_packet", status=400)


class BackendError(RtsegError):
    """A model or a device failed."""


class ModelMissingError(BackendError):
    """A model's files are not on this machine; the message names the command that gets them."""


class ModelCorruptError(BackendError):
    """A model's file does not have the checksum that the catalogue states."""


class StorageError(RtsegError):
    """What should be kept cannot be, or what is kept cannot be had: a full disk, no answer."""
