"""Score how the page moves outlines on: ``python benchmarks/motion.py --davis DIR``.

Sequences go through the server's tracker, behind a late oracle, and its encoder; the page's own
code, in Node, decodes the packets and draws each outline 1, 2, 3 and 6 frames later. J is that of
what is drawn with the truth of the frame that is then on the screen: of outlines *as they are*,
*moved on* by their own motion, led on by what is *looked* at, and, as the page shows them in step,
*exact*. Needs the built page (`make page`).

What was chosen was chosen on the sequences of ``--half first``; the others, backwards and at
double speed, are there to confirm it.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence as Items
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from rtseg.bench.davis import Sequence, read_davis
from rtseg.bench.late_oracle import OBJECT, play
from rtseg.config import Config
from rtseg.errors import BackendError
from rtseg.geometry import iou, temporal_instability
from rtseg.server.page import built
from rtseg.tracking import Tracker
from rtseg.types import BoolMask, Image
from rtseg.wire import Encoder

FIRST_HALF = ("blackswan", "car-roundabout", "dog", "horsejump-high", "motocross-jump")
SIZE = 640, 360
SMALL = 160, 90
"""As the page reads pictures."""
FPS = 24
LATER = 1, 2, 3, 6
VARIANTS = ("forwards", "backwards", "double")
CALM = ("blackswan", "cows")
"""Where trembling would be seen."""

_NODE = """
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
const [script, work, answer] = process.argv.slice(-3);
const { run } = await import(pathToFileURL(script));
writeFileSync(answer, JSON.stringify(JSON.parse(readFileSync(work, "utf-8")).map(run)));
"""


class Server:
    """What becomes of a camera's frames there: a follower of the late oracle that packs."""

    def __init__(self) -> None:
        config = Config()
        bounds = config.engine
        self._tracker = Tracker(flow_px=bounds.tracker_px, plate_after=bounds.plate_after_frames)
        self._encoder = Encoder(min_iou=config.wire.min_iou)
        self.packets: list[str] = []

    def correct(self, number: int, mask: BoolMask) -> None:
        self._tracker.correct(number, {OBJECT: mask})

    def step(self, number: int, image: Image) -> BoolMask:
        masks = self._tracker.step(number, image)
        packet = self._encoder.encode(number * 90_000 // FPS, masks)
        self.packets.append(base64.b64encode(packet).decode("ascii"))
        return masks.get(OBJECT, np.zeros(image.shape[:2], np.bool_))


def sized(sequence: Sequence, variant: str) -> Sequence:
    """Give a sequence at the camera's size, forwards, backwards or at double speed."""

    def small(image: Image) -> Image:
        return np.asarray(cv2.resize(image, SIZE, interpolation=cv2.INTER_AREA), np.uint8)

    images = [small(one) for one in sequence.images]
    truth = [small(one.astype(np.uint8) * np.uint8(255)) > 127 for one in sequence.truth]
    step = {"forwards": 1, "backwards": -1, "double": 2}[variant]
    return Sequence(sequence.name, images[::step], truth[::step])


def looked_at(image: Image) -> str:
    """Give a picture as the page reads it: small and grey, Base64."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey, SMALL, interpolation=cv2.INTER_AREA)
    return base64.b64encode(small.tobytes()).decode("ascii")


def drawn(streams: Items[Items[str]], sequences: Items[Sequence]) -> list[dict[str, Any]]:
    """Have the page's code draw streams of packets over their sequences.

    Raises
    ------
    BackendError
        There is no Node, or the page is not built.
    """
    script = built("bench/motion.js")
    node = shutil.which("node")
    if node is None:
        raise BackendError("no Node was found on this machine; install Node 20 or newer")
    work = [
        {
            "packets": packets,
            "pictures": [looked_at(image) for image in sequence.images],
            "size": {"width": SMALL[0], "height": SMALL[1]},
            "intervalMs": 1000 / FPS,
            "later": LATER,
        }
        for packets, sequence in zip(streams, sequences, strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        file, answer = Path(folder) / "work.json", Path(folder) / "answer.json"
        file.write_text(json.dumps(work), encoding="utf-8")
        command = [
            node,
            "--input-type=module",
            "-e",
            _NODE,
            "--",
            *map(str, (script, file, answer)),
        ]
        subprocess.run(command, check=True)
        return list(json.loads(answer.read_text(encoding="utf-8")))


def filled(rings: Items[Items[float]]) -> BoolMask:
    """Fill rings of x, y, x, y … on pixel edges, to 1/256 of a pixel."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    # OpenCV counts from the centres of pixels.
    paths = [np.asarray(ring, np.float64).reshape(-1, 2) - 0.5 for ring in rings]
    if paths:
        cv2.fillPoly(mask, [np.rint(path * 256).astype(np.int32) for path in paths], (1,), shift=8)
    return mask.astype(np.bool_)


def scores(sequence: Sequence, late: int, told: dict[str, Any]) -> dict[str, Any]:
    """Score what was drawn of a sequence, from the first frame on that all of it can be of."""
    frames, truth = told["frames"], sequence.truth
    shown = range(late + max(LATER), len(truth))

    def mean(later: int, column: int) -> float:
        return float(np.mean([iou(filled(frames[n - later][column]), truth[n]) for n in shown]))

    found: dict[str, Any] = {
        "exact": mean(0, 0),
        "as they are": [mean(later, 0) for later in LATER],
        "moved on": [mean(later, 1 + at) for at, later in enumerate(LATER)],
        "looked": [mean(later, 1 + len(LATER) + at) for at, later in enumerate(LATER)],
    }
    if sequence.name in CALM:
        found["T"] = [
            temporal_instability([filled(frames[n][column]) for n in shown]) for column in (0, 1)
        ]
    return found


def main() -> None:
    """Play, draw, score and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--davis", type=Path, required=True, help="DAVIS 2016, 480p")
    parser.add_argument("--half", choices=("first", "second", "both"), default="both")
    parser.add_argument("--variant", choices=VARIANTS, default="forwards")
    parser.add_argument("--late", type=int, nargs="+", default=[1, 3], help="of the oracle, frames")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    wanted = {"first": (True,), "second": (False,), "both": (True, False)}[options.half]
    sequences = [
        sized(one, options.variant)
        for one in read_davis(options.davis)
        if (one.name in FIRST_HALF) in wanted
    ]
    heads = "".join(f"{later:>7d}" for later in LATER)
    print(f"{'frames later':29s}{'as they are':>28s}{'moved on':>28s}{'looked':>28s}")
    print(f"{'':16s}{'late':>5s}{'exact':>8s}{heads}{heads}{heads}")
    cost = []
    for late in options.late:
        servers = [Server() for _ in sequences]
        for sequence, server in zip(sequences, servers, strict=True):
            play(sequence, server, late)
        told = drawn([server.packets for server in servers], sequences)
        cost += told
        rows = [scores(one, late, what) for one, what in zip(sequences, told, strict=True)]
        for sequence, row in zip(sequences, rows, strict=True):
            print(_line(sequence.name, late, row))
        print(_line("mean", late, {name: np.mean([r[name] for r in rows], 0) for name in _COLUMNS}))
    for name in ("addMs", "atMs", "pictureMs", "lookMs"):
        p50, p95 = np.percentile(np.concatenate([one[name] for one in cost]), (50, 95))
        print(f"{name.removesuffix('Ms')}: p50 {p50:.3f} ms, p95 {p95:.3f} ms")


_COLUMNS = ("exact", "as they are", "moved on", "looked")


def _line(name: str, late: int, row: dict[str, Any]) -> str:
    cells = [row["exact"], *row["as they are"], *row["moved on"], *row["looked"]]
    shaky = f"   T {row['T'][0]:.3f} → {row['T'][1]:.3f}" if "T" in row else ""
    return f"{name:16s}{late:5d} " + "".join(f"{cell:7.3f}" for cell in cells) + shaky


if __name__ == "__main__":
    main()
