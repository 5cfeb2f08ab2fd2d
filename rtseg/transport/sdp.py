"""What is read off an SDP offer, and what is written into the answer. Text in, text out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from aiortc.sdp import SessionDescription

from rtseg.errors import PeerError

_MDNS = re.compile(r"^a=candidate:\S+ \d+ \S+ \d+ \S+\.local \d+ [^\r\n]*\r?\n", re.MULTILINE)
_END = re.compile(r"^a=end-of-candidates\r?\n", re.MULTILINE)
_HOST = re.compile(
    r"^a=candidate:(?P<foundation>\S+) (?P<component>\d+) udp (?P<priority>\d+) "
    r"(?P<address>\S+) (?P<port>\d+) typ host(?P<rest>[^\r\n]*)(?P<end>\r?\n)",
    re.MULTILINE | re.IGNORECASE,
)
_MOST_FOUNDATION_CHARS = 32


@dataclass(frozen=True, slots=True)
class Bitrates:
    """What a Chromium sender is asked for; other senders ignore it.

    Parameters
    ----------
    start_kbps : where it starts instead of 300, so that the first second is sharp.
    least_kbps : where its own estimate of the network ends. There is no upper end: the estimate
        also says how fast a frame's packets leave, and what the encoder makes is for the page to
        bound (`RTCRtpEncodingParameters.maxBitrate`).
    """

    start_kbps: int = 2_000
    least_kbps: int = 300


def check_offer(offer: str) -> None:
    """Refuse what is not an SDP offer that sends video.

    Raises
    ------
    PeerError
        `invalid_sdp` or `no_video`.
    """
    try:
        description = SessionDescription.parse(offer)
    except Exception as error:  # the parser raises whatever its line splitting runs into
        raise invalid_sdp(error) from error
    if not description.media:
        raise PeerError(
            "expected an SDP offer with a video section, got one without any media",
            code="invalid_sdp" if "m=" not in offer else "no_video",
        )
    if not any(
        media.kind == "video" and media.port and media.direction in {"sendonly", "sendrecv"}
        for media in description.media
    ):
        kinds = ", ".join(f"{media.kind} {media.direction}" for media in description.media)
        raise PeerError(
            f"expected an offer that sends video, got {kinds}; add the camera's track to the peer "
            "connection before you make the offer",
            code="no_video",
        )


def invalid_sdp(error: Exception) -> PeerError:
    """Say that an offer cannot be read."""
    what = str(error) or type(error).__name__
    return PeerError(
        f"expected an SDP offer, as RTCPeerConnection.createOffer makes it; it cannot be read: "
        f"{what[:200]}",
        code="invalid_sdp",
    )


def without_mdns(offer: str) -> tuple[str, tuple[str, ...]]:
    """Take out candidates that are names of the local network (`….local`).

    aiortc asks the network for each before it answers, and waits a second for those that nobody
    knows. They are seldom needed: the browser that hides behind one finds the server by itself.

    Returns
    -------
    The offer, and these candidates without `a=`. Where there are some, the end of the candidates is
    not told either, for they come after it.
    """
    names = tuple(found[0].strip().removeprefix("a=") for found in _MDNS.finditer(offer))
    return (_END.sub("", _MDNS.sub("", offer)) if names else offer), names


def with_bitrates(sdp: str, bitrates: Bitrates) -> str:
    """Ask a Chromium sender for these bitrates, in the codecs' parameters of an answer."""
    wish = (
        f"x-google-start-bitrate={bitrates.start_kbps};x-google-min-bitrate={bitrates.least_kbps}"
    )
    codecs = re.findall(r"^a=rtpmap:(\d+) (?:VP8|VP9|H264|AV1)/90000\r?$", sdp, re.MULTILINE)
    for payload_type in codecs:
        fmtp = re.compile(rf"^(a=fmtp:{payload_type} [^\r\n]*)", re.MULTILINE)
        if fmtp.search(sdp):
            sdp = fmtp.sub(rf"\1;{wish}", sdp)
        else:
            sdp = re.sub(
                rf"^(a=rtpmap:{payload_type} [^\r\n]*)(\r?\n)",
                rf"\1\2a=fmtp:{payload_type} {wish}\2",
                sdp,
                flags=re.MULTILINE,
            )
    return sdp


def with_codec_first(sdp: str, codec: str) -> str:
    """Let an answer prefer a video codec, where the offer has it; senders take what stands first.

    Parameters
    ----------
    codec : "VP8" or "H264"; with "" the offer's own order is kept.
    """
    first = set(re.findall(rf"^a=rtpmap:(\d+) {codec}/90000\r?$", sdp, re.MULTILINE))

    def ordered(found: re.Match[str]) -> str:
        types = sorted(found["types"].split(), key=lambda one: one not in first)  # stable
        return found["head"] + " ".join(types)

    line = re.compile(r"^(?P<head>m=video \d+ \S+ )(?P<types>\d+(?: \d+)*)", re.MULTILINE)
    return line.sub(ordered, sdp) if codec else sdp


def with_addresses(sdp: str, addresses: Sequence[str]) -> str:
    """Offer these addresses too, beside each of this machine's own of their kind.

    Parameters
    ----------
    sdp : an answer with all its candidates.
    addresses : IPv4 or IPv6, as others reach this machine. The ports are the same.
    """

    def beside(found: re.Match[str]) -> str:
        lines = [found[0]]
        own = ip_address(found["address"])
        for number, address in enumerate(addresses, 1):
            if address == found["address"] or ip_address(address).version != own.version:
                continue
            foundation = f"{found['foundation'][: _MOST_FOUNDATION_CHARS - 3]}+{number}"
            # A little less wanted than the machine's own, which is as good where it is reachable.
            priority = int(found["priority"]) - (number << 8)
            lines.append(
                f"a=candidate:{foundation} {found['component']} udp {priority} {address} "
                f"{found['port']} typ host{found['rest']}{found['end']}"
            )
        return "".join(lines)

    return _HOST.sub(beside, sdp)
