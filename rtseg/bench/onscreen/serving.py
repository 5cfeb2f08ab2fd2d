"""`rtseg serve` with a witness and the late oracle.

``python -m rtseg.bench.onscreen.serving SETTING LOG serve …``, where `SETTING` is a JSON object:
`Setting`. Beside the lines of `rtseg.bench.witness` it writes, for each answer of the oracle,
``answer NUMBER LATE AT_US``: the stamp of the frame it is about, how many camera frames later it
was given, and Unix time.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rtseg.bench import witness
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


def install(setting: Setting, log: Path) -> None:
    """Put the oracle where the engine loads its models, and the witness where frames come in."""
    from rtseg.models import Loader

    footage = footage_of(Path(setting.davis), setting.names, (setting.width_px, setting.height_px))
    passing = Passing()
    witness.install(log, passing)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def told(number: int, late: int) -> None:
        os.write(descriptor, f"answer {number} {late} {time.time_ns() // 1000}\n".encode())

    oracle = LateOracle(footage, passing, setting.late, setting.fps, told)
    load = Loader.load

    def with_oracle(self: Loader, name: str) -> Segmenter:
        return oracle if name == NAME else load(self, name)

    Loader.load = with_oracle  # type: ignore[method-assign]


if __name__ == "__main__":
    install(Setting(**json.loads(sys.argv.pop(1))), Path(sys.argv.pop(1)))
    sys.argv[0] = "rtseg"
    runpy.run_module("rtseg", run_name="__main__", alter_sys=True)
