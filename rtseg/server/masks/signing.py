"""Addresses that open one mask until a moment, and no other mask and no longer.

The signature is HMAC-SHA256 over the file's name and the moment at which the address ends. Nothing
is looked up to check it, so a tampered address costs a hash and tells nothing: not whether the
name exists, nor which part was wrong.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence

from rtseg.errors import PeerError

MAX_LIFETIME_S = 7 * 24 * 3600
"""No address lives longer, whatever signed it; as long as those of AWS Signature Version 4."""

_CONTEXT = b"rtseg mask 1"
"""Names what is signed: the same key never says the same thing about anything else."""

# ASCII alone: `\d` and `int` would take digits of other scripts, signs, spaces and underscores.
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)


class Signer:
    """Signs and checks; reads no clock.

    Parameters
    ----------
    key : signs. At least 32 characters or bytes of chance.
    previous_keys : are still believed, so that a key can be changed while addresses are out.
    clock_skew_s : how far the clocks of two servers may be apart, >= 0.
    """

    def __init__(
        self, key: bytes, *, previous_keys: Sequence[bytes] = (), clock_skew_s: int = 0
    ) -> None:
        self._keys = (key, *previous_keys)
        self._clock_skew_s = clock_skew_s

    def sign(self, name: str, expires_s: int) -> str:
        """Return the signature of a name until a moment in seconds since the epoch, base64url."""
        return _signature(self._keys[0], name, str(expires_s))

    def check(self, name: str, expires: str, signature: str, *, now_s: int) -> int:
        """Return the moment at which an address ends, seconds since the epoch.

        Parameters
        ----------
        name, expires, signature : as they came, any text at all.
        now_s : seconds since the epoch.

        Raises
        ------
        PeerError
            403 `bad_signature`: not an address that was given out. 403 `expired`: it was.
        """
        given = signature.encode("utf-8", "surrogatepass")
        # Texts are compared, not the bytes they stand for: base64 has several texts for the same
        # bytes. Every key is tried, so that the time tells nothing of which one it was.
        matches = [
            hmac.compare_digest(_signature(key, name, expires).encode(), given)
            for key in self._keys
        ]
        if not any(matches) or not _EXPIRES.fullmatch(expires):
            raise _refused()
        expires_s = int(expires)
        if expires_s > now_s + MAX_LIFETIME_S + self._clock_skew_s:
            raise _refused()  # signed with our key, but not by this program
        if now_s >= expires_s + self._clock_skew_s:
            raise PeerError(
                "this mask's address has expired; ask for the picture again, or raise "
                "masks.lifetime_s",
                code="expired",
                status=403,
            )
        return expires_s


def _signature(key: bytes, name: str, expires: str) -> str:
    # Lengths first: no two pairs of a name and a moment come to the same message.
    parts = [part.encode("utf-8", "surrogatepass") for part in (name, expires)]
    message = b"".join([_CONTEXT, *(b"\n%d:%b" % (len(part), part) for part in parts)])
    digest = hmac.digest(key, message, "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _refused() -> PeerError:
    return PeerError(
        "this is not an address that was given out for a mask: name, expires and signature must "
        "be as they were in mask_url",
        code="bad_signature",
        status=403,
    )
