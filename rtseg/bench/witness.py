"""`rtseg serve`, with a witness: ``python -m rtseg.bench.witness LOG [FLAGS] serve …``.

What the page believes of frame and mask can only be checked against what the server had in its
hands. So this wraps the one door by which frames enter a session, runs the command line as it is,
and writes a line for each frame that came, and one with the number stamped into its picture when
the tracker's own worker has converted the pixels. Reading a stamp takes some 50 µs; the product
knows nothing of it. With `--stock` frames take aiortc's own way (`rtseg.transport.receiving` mends
it); with `--relay PORT` (`rtseg.bench.relay`, after `--stock`) it leads the peers' traffic through.

Lines: ``frame SESSION FRAME_ID DECODED_US`` and ``stamp FRAME_ID NUMBER``.
"""

from __future__ import annotations

import functools
import os
import runpy
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from rtseg.types import Frame, FrameId, Image


@dataclass(slots=True)
class Sightings:
    """What a log says.

    Parameters
    ----------
    decoded_us : session, frame: Unix time at which the server had it decoded.
    numbers : frame: the number stamped into it, where it was readable.
    """

    decoded_us: dict[tuple[str, FrameId], int] = field(default_factory=dict)
    numbers: dict[FrameId, int] = field(default_factory=dict)


def read_log(text: str) -> Sightings:
    """Read a witness' log; a last line that is not whole yet is left out."""
    sightings = Sightings()
    for line in text.splitlines(keepends=True):
        match line.split() if line.endswith("\n") else []:
            case ["frame", session, frame_id, decoded_us]:
                sightings.decoded_us[session, int(frame_id)] = int(decoded_us)
            case ["stamp", frame_id, number]:
                sightings.numbers[int(frame_id)] = int(number)
    return sightings


class Bystander(Protocol):
    """Hears of frames too, on the threads on which they are seen."""

    def offered(self, frame_id: FrameId) -> None:
        """Take that a session is offered a frame."""

    def read(self, frame_id: FrameId, number: int) -> None:
        """Take that a frame has this number stamped into its picture."""


def install(log: Path, bystander: Bystander | None = None) -> None:
    """Write down every frame that enters a session of this process."""
    from rtseg.bench import stamp
    from rtseg.engine import Session

    # Appended by single system calls: lines of several threads do not mix.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    offer = Session.offer

    def pixels(frame: Frame) -> Image:
        image = frame.pixels()
        if (number := stamp.read(image)) is not None:
            os.write(descriptor, f"stamp {frame.frame_id} {number}\n".encode())
            if bystander is not None:
                bystander.read(frame.frame_id, number)
        return image

    def witnessed(self: Session, frame: Frame) -> None:
        line = f"frame {self.id} {frame.frame_id} {frame.decoded_ns // 1000}\n"
        os.write(descriptor, line.encode())
        if bystander is not None:
            bystander.offered(frame.frame_id)
        offer(self, replace(frame, pixels=functools.partial(pixels, frame)))

    # Patched, so that the product needs no door for it; this process is the benchmark's own.
    Session.offer = witnessed  # type: ignore[method-assign]


def main() -> None:
    """Take the switches that stand before `serve`, and run the command line."""
    log, bystander = Path(sys.argv.pop(1)), None
    if sys.argv[1] == "--oracle":
        from rtseg.bench.onscreen import serving

        bystander = serving.install(sys.argv.pop(2), log)
        sys.argv.pop(1)
    install(log, bystander)
    if sys.argv[1] == "--stock":
        from rtseg.transport import peer

        peer.MENDS_AIORTC = False
        sys.argv.pop(1)
    if sys.argv[1] == "--relay":
        from rtseg.bench.relay import control, detour

        detour.install(control.RelayControl(int(sys.argv.pop(2))))
        sys.argv.pop(1)
    sys.argv[0] = "rtseg"
    runpy.run_module("rtseg", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
