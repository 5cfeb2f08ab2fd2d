"""The late oracle in a server's process: ``python -m rtseg.bench.witness LOG --oracle SETTING …``.

Into the witness' log it writes, for each of its answers, ``answer NUMBER LATE AT_US``: the stamp of
the frame that it is about, how many camera frames later it was given, and Unix time.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rtseg.bench.onscreen.footage import footage_of
from rtseg.bench.onscreen.oracle import NAME, LateOracle, Passing
from rtseg.models import Segmenter


@dataclass(frozen=True, slots=True)
class Setting:
    """What the server of a measurement is started with.

    Parameters
    ----------
    davis, names, width_px, height_px : of `footage_of`.
    fps : of the camera.
    late : of the oracle, frames.
    """

    davis: str
    names: tuple[str, ...]
    width_px: int
    height_px: int
    fps: int
    late: int

    def as_argument(self) -> str:
        """Write it for the command line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Said:
    """An answer of the oracle.

    Parameters
    ----------
    number : the stamp of the frame that it is about.
    late : how many camera frames later it was given.
    at_ms : Unix time.
    """

    number: int
    late: int
    at_ms: float


def read_answers(text: str) -> list[Said]:
    """Read the oracle's lines of a log, in their order; one that is not whole yet is left out."""
    said = []
    for line in text.splitlines(keepends=True):
        match line.split() if line.endswith("\n") else []:
            case ["answer", number, late, at_us]:
                said.append(Said(int(number), int(late), int(at_us) / 1000))
    return said


def install(setting: str, log: Path) -> Passing:
    """Put the oracle where the engine loads its models.

    Parameters
    ----------
    setting : of `Setting.as_argument`.
    log : of the witness.

    Returns
    -------
    What has to hear of every frame that comes in.
    """
    from rtseg.models import Loader

    of = Setting(**json.loads(setting))
    footage = footage_of(Path(of.davis), of.names, (of.width_px, of.height_px))
    passing = Passing()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def told(number: int, late: int) -> None:
        os.write(descriptor, f"answer {number} {late} {time.time_ns() // 1000}\n".encode())

    oracle = LateOracle(footage, passing, of.late, of.fps, told)
    load = Loader.load

    def with_oracle(self: Loader, name: str) -> Segmenter:
        return oracle if name == NAME else load(self, name)

    # The loader has no door for a model that is no file; this process is the benchmark's own.
    Loader.load = with_oracle  # type: ignore[method-assign]
    return passing
