"""RTP packets as a VP8 sender makes them, numbered as the test wants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rtseg.transport.receiving.reassembly import Packet

MS = 1_000_000
FRAME_NS = 33 * MS
TICKS = 3000


def frame(
    first: int, index: int, *, packets: int = 2, is_key: bool = False, ssrc: int = 7
) -> list[Packet]:
    """Make one frame's packets.

    Parameters
    ----------
    first : sequence number of its first packet; may pass 65535.
    index : of the frame; its RTP timestamp is `index * TICKS`.
    """
    made = []
    for n in range(packets):
        head = bytes([0 if is_key else 1]) if n == 0 else b""
        data = head + f"{index}.{n};".encode()
        descriptor = b"\x10" if n == 0 else b"\x00"
        made.append(
            Packet(
                ssrc,
                (first + n) & 0xFFFF,
                index * TICKS & 0xFFFFFFFF,
                n == packets - 1,
                "VP8",
                descriptor + data,
                data,
            )
        )
    return made


def stream(frames: int, *, packets: int = 2, first: int = 100, start: int = 0) -> list[Packet]:
    """Make a keyframe and what follows it."""
    return [
        packet
        for n in range(frames)
        for packet in frame(first + n * packets, start + n, packets=packets, is_key=n == 0)
    ]


def resent(packet: Packet) -> Packet:
    """Make it as it comes on the stream for resent packets."""
    return replace(packet, is_resent=True)


def lose(packets: list[Packet], *numbers: int) -> Iterator[Packet]:
    """Leave out these sequence numbers."""
    return (packet for packet in packets if packet.number not in numbers)
