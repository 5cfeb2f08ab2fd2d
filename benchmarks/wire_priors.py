"""Learn the wire's starting probabilities from drawn shapes: ``python benchmarks/wire_priors.py``.

Writes them to `rtseg/wire/priors.py`, `web/src/core/priors.ts` and `docs/wire-priors.md`. They are
part of the format: once a version is released they stay. The shapes are drawn from a fixed seed
(noise fields, ellipses, polygons, ragged blobs, some as a model's 256×256 logits scaled up); no
mask of a benchmark is among them. Moves are learnt from the same shapes, bent and carried along.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from rtseg.geometry import simplify, trace
from rtseg.types import BoolMask
from rtseg.wire import moves, polygons, walks
from rtseg.wire.bits import BitList
from rtseg.wire.outlining import Outliner

ROOT = Path(__file__).parents[1]
SHAPES = 400
FIDELITIES = (0.97, 0.98, 0.99)
SIZE = 480, 640
CLIPS = 80
FRAMES = 5
WHAT = {"POLYGON": "a polygon", "WALK": "a walk", "MOVES": "moves"}
_LINE = 96


def shapes() -> list[BoolMask]:
    """Draw the shapes."""
    rng = np.random.default_rng(1)
    drawn = [(_noise, _ellipses, _polygon, _ragged)[index % 4](rng) for index in range(SHAPES)]
    masks = [_model_like(mask) if rng.random() < 0.25 else mask for mask in drawn]
    return [mask for mask in masks if mask.any()]


def _noise(rng: np.random.Generator) -> BoolMask:
    field = cv2.GaussianBlur(rng.random(SIZE), (0, 0), float(rng.uniform(3, 25)))
    mask: BoolMask = field > np.quantile(field, rng.uniform(0.6, 0.95))
    return mask


def _ellipses(rng: np.random.Generator) -> BoolMask:
    mask = np.zeros(SIZE, np.uint8)
    middle = rng.uniform((150, 120), (500, 350))
    for _ in range(rng.integers(2, 7)):
        x, y = (middle + rng.normal(0, 50, 2)).astype(int).tolist()
        axes = rng.uniform(8, 110, 2).astype(int).tolist()
        cv2.ellipse(mask, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, (1,), -1)
    return mask > 0


def _polygon(rng: np.random.Generator) -> BoolMask:
    angle = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(8, 60)))
    wobble = np.cumsum(rng.normal(0, 0.3, angle.size)) / np.sqrt(angle.size)
    radius = rng.uniform(60, 180) * (1 + 0.35 * wobble) + rng.normal(0, 6, angle.size)
    vertices = np.stack([320 + 1.2 * radius * np.cos(angle), 240 + radius * np.sin(angle)], axis=1)
    mask = np.zeros(SIZE, np.uint8)
    cv2.fillPoly(mask, [np.round(vertices).astype(np.int32)], (1,))
    return mask > 0


def _ragged(rng: np.random.Generator) -> BoolMask:
    coarse, fine = (
        cv2.GaussianBlur(rng.random(SIZE), (0, 0), float(rng.uniform(*sigma)))
        for sigma in ((12, 30), (1, 3))
    )
    field = (coarse - coarse.mean()) / coarse.std()
    field += rng.uniform(0.02, 0.3) * (fine - fine.mean()) / fine.std()
    mask: BoolMask = field > rng.uniform(0.5, 1.5)
    return mask


def _model_like(mask: BoolMask) -> BoolMask:
    small = cv2.resize(mask.astype(np.float32), (256, 256), interpolation=cv2.INTER_AREA)
    large = cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.7), SIZE[::-1])
    cut: BoolMask = large > 0.5
    return cut


def learn(lists: list[BitList], contexts: int) -> list[int]:
    """Count zeros and ones in each context; give the share of zeros in 1 … 255."""
    seen = np.full((contexts, 2), 0.5)
    for bits in lists:
        context, bit = np.array(bits.contexts), np.array(bits.bits)
        is_free = context >= 0
        np.add.at(seen, (context[is_free], bit[is_free]), 1)
    share = seen[:, 0] / seen.sum(axis=1)
    learnt: list[int] = np.clip(np.round(256 * share), 1, 255).astype(int).tolist()
    return learnt


def walk_bits(mask: BoolMask) -> BitList:
    """Give the bits of a lossless outline."""
    ways = walks.walk(trace(mask))
    assert ways is not None
    bits = BitList()
    walks.write_walks(ways, 10, bits)
    return bits


def polygon_bits(mask: BoolMask, min_iou: float) -> BitList:
    """Give the bits of a simplified outline."""
    rings = simplify(trace(mask), mask, min_iou).path.rings
    every = np.concatenate(rings)
    unit = max(1, int(np.gcd.reduce(every[every != SIZE[::-1]])))
    bits = BitList()
    polygons.write_polygon(
        [[(x, y) for x, y in (-(-ring // unit)).tolist()] for ring in rings], (10, 9), bits
    )
    return bits


def clip(mask: BoolMask, seed: int) -> list[BoolMask]:
    """Carry a shape along and bend it, and let its edge flicker as people and models draw it."""
    rng = np.random.default_rng((2, seed))
    height, width = SIZE
    y, x = np.mgrid[:height, :width].astype(np.float32)
    speed = float(rng.choice((0.5, 2.0, 5.0)))
    bend = [
        cv2.GaussianBlur(rng.normal(0, 1, SIZE).astype(np.float32), (0, 0), spread)
        for spread in rng.uniform(15, 50, 2)
    ]
    bend = [speed * float(rng.uniform(0.2, 2)) * field / field.std() for field in bend]
    shift = rng.normal(0, 2 * speed, 2)
    turn, growth = rng.normal(0, 0.01 * speed, 2)
    flicker = float(rng.uniform(0, 1.2))
    grain = float(rng.uniform(2, 6))
    drawn = []
    for frame in range(FRAMES):
        dx = (x - width / 2) * growth - (y - height / 2) * turn + bend[0] + shift[0]
        dy = (x - width / 2) * turn + (y - height / 2) * growth + bend[1] + shift[1]
        noise = cv2.GaussianBlur(rng.normal(0, 1, SIZE).astype(np.float32), (0, 0), grain)
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2)
        warped = cv2.remap(
            soft + flicker * noise / noise.std() / 8,
            x - frame * dx.astype(np.float32),
            y - frame * dy.astype(np.float32),
            cv2.INTER_LINEAR,
        )
        drawn.append(warped > 0.5)
    return [each for each in drawn if each.any()]


def moved_bits(masks: list[BoolMask], min_iou: float) -> list[BitList]:
    """Give the bits of the moves of an outline that follows."""
    outliner = Outliner(min_iou)
    lists = []
    paths = [outliner.outline({1: mask})[1] for mask in masks]
    for before, after in pairwise(paths):
        found = None if before is after else moves.moves_between(before, after)
        if found is not None:
            bits = BitList()
            moves.write_moves(found, (10, 9), bits)
            lists.append(bits)
    return lists


def main() -> None:
    """Learn and write."""
    cv2.setNumThreads(1)
    masks = shapes()
    tables = {
        "POLYGON": learn(
            [polygon_bits(mask, min_iou) for mask in masks for min_iou in FIDELITIES],
            polygons.CONTEXTS,
        ),
        "WALK": learn([walk_bits(mask) for mask in masks], walks.CONTEXTS),
        "MOVES": learn(
            [
                bits
                for seed, mask in enumerate(masks[:CLIPS])
                for bits in moved_bits(clip(mask, seed), FIDELITIES[seed % len(FIDELITIES)])
            ],
            moves.CONTEXTS,
        )[polygons.CONTEXTS :],
    }
    lines = {name: _lines(bytes(table).hex()) for name, table in tables.items()}
    python = (
        '"""Starting probabilities, docs/wire-priors.md. Made by benchmarks/wire_priors.py."""\n'
    )
    script = "// Starting probabilities, docs/wire-priors.md. Made by benchmarks/wire_priors.py.\n"
    text = (
        "# Starting probabilities\n\nFor each context of [wire.md](wire.md), in order, one byte in "
        "hexadecimal: the chance of a 0 in units of 1/256, so 16 times that in units of 1/4096. "
        "Made by `benchmarks/wire_priors.py`.\n"
    )
    python += "\nfrom __future__ import annotations\n"
    for name, table in lines.items():
        quoted = "".join(f'    "{line}"\n' for line in table)
        python += f"\n_{name} = (\n{quoted})\n"
        script += (
            f"\nconst {name.lower()} =\n" + " +\n".join(f'  "{line}"' for line in table) + ";\n"
        )
        text += (
            f"\n## {name.capitalize()}: {len(tables[name])}\n\n```\n" + "\n".join(table) + "\n```\n"
        )
    for name in lines:
        python += f"\n{name} = tuple(16 * byte for byte in bytes.fromhex(_{name}))\n"
        python += f'"""Chance of a 0 in each context of {WHAT[name]}, in units of 1 / 4096."""\n'
        script += (
            f"\n/** Chance of a 0 in each context of {WHAT[name]}, in units of 1/4096. */\n"
            f"export const {name}_CHANCES = chances({name.lower()});\n"
        )
    script += (
        "\nfunction chances(hex: string): Uint16Array {\n"
        "  return Uint16Array.from({ length: hex.length / 2 }, (_, at) =>\n"
        "    16 * parseInt(hex.slice(2 * at, 2 * at + 2), 16),\n  );\n}\n"
    )
    (ROOT / "rtseg/wire/priors.py").write_text(python, encoding="utf-8")
    (ROOT / "web/src/core/priors.ts").write_text(script, encoding="utf-8")
    (ROOT / "docs/wire-priors.md").write_text(text, encoding="utf-8")


def _lines(text: str) -> list[str]:
    return [text[at : at + _LINE - 6] for at in range(0, len(text), _LINE - 6)]


if __name__ == "__main__":
    main()
