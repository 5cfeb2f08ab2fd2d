"""Records 4 and 5 by docs/wire.md alone, for the golden vectors: slow, and an encoder only."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

Ring = list[tuple[int, int]]
Bit = tuple[int | None, int]

DOCS = Path(__file__).parents[2] / "docs"


def chances(title: str) -> list[int]:
    text = (DOCS / "wire-priors.md").read_text(encoding="utf-8")
    found = re.search(rf"## {title}: (\d+)\n\n```\n([0-9a-f\n]+)```", text)
    assert found is not None
    table = [16 * byte for byte in bytes.fromhex(found[2].replace("\n", ""))]
    assert len(table) == int(found[1])
    return table


def coded(bits: list[Bit], table: list[int]) -> bytes:
    low, span, size = 0, 2**32 - 1, 4
    for context, bit in bits:
        chance = 2048 if context is None else table[context]
        bound = (span >> 12) * chance
        if bit:
            low, span = low + bound, span - bound
        else:
            span = bound
        if context is not None:
            table[context] += -(chance >> 4) if bit else (4096 - chance) >> 4
        while span < 2**24:
            low, span, size = low * 256, span * 256, size + 1
    for length in range(size + 1):
        unit = 256 ** (size - length)
        value = -(-low // unit)
        if value * unit < low + span:
            return value.to_bytes(length, "big")
    raise AssertionError


def raw(value: int, count: int) -> list[Bit]:
    return [(None, int(digit)) for digit in format(value, f"0{count}b")] if count else []


def length(value: int, contexts: int) -> list[Bit]:
    ones = abs(value).bit_length()
    return [(contexts + place, 1) for place in range(ones)] + [(contexts + ones, 0)][: 17 - ones]


def number(value: int, contexts: int) -> list[Bit]:
    below = value.bit_length() - 1
    return length(value, contexts) + (raw(value - (1 << below), below) if below > 0 else [])


def low_bits(value: int, contexts: int) -> list[Bit]:
    digits = [int(digit) for digit in format(abs(value), "b")][1:]
    places: list[int | None] = [None] * len(digits)
    at = contexts + 3 * abs(value).bit_length()
    places[:2] = [at, at + 1 + digits[0]][: len(digits)] if digits else []
    return list(zip(places, digits, strict=True))


def polygon(rings: list[Ring], size: tuple[int, int]) -> bytes:
    """Rings and size (width, height) in units of the lattice."""
    bits: list[Bit] = []
    for ring in rings:
        bits += [(0, 1), *number(len(ring) - 3, 1)]
        bits += raw(ring[0][0], size[0].bit_length()) + raw(ring[0][1], size[1].bit_length())
        before = 0, 1
        for start, end in pairwise(ring):
            step = end[0] - start[0], end[1] - start[1]
            bits += polygon_step(step, before)
            before = step if any(step) else before
    return coded([*bits, (0, 0)], chances("Polygon"))


def polygon_step(step: tuple[int, int], before: tuple[int, int]) -> list[Bit]:
    axis = int(abs(before[1]) > abs(before[0]))
    main, lean = before[axis], before[1 - axis]
    along = step[axis] * (-1 if main < 0 else 1)
    aside = step[1 - axis] * (-1 if lean < 0 else 1)
    long = min(abs(main).bit_length(), 7)
    slope = min(3, 1 + abs(main).bit_length() - abs(lean).bit_length()) if lean else 0
    mirrored = (axis + (main < 0) + (lean < 0)) % 2
    bits = length(along, 19 + 18 * long) + low_bits(along, 535)
    bits += [(487 + 4 * long + slope, int(along < 0))] if along else []
    bits += length(aside, 163 + 18 * abs(along).bit_length()) + low_bits(aside, 589)
    side = 519 + 8 * mirrored + 2 * slope + (along < 0)
    return bits + ([(side, int(aside < 0))] if aside else [])


def walk(rings: list[str], starts: list[tuple[int, int]], width: int) -> bytes:
    """For each ring the letter O (outer) or H (hole) and its moves, S, L or R each."""
    bits: list[Bit] = []
    row = 0
    for moves, (x, y) in zip(rings, starts, strict=True):
        bits += [(1458, 1), (1459, int(moves[0] == "H"))]
        down = y - row
        bits += number(2 * down if down >= 0 else -2 * down - 1, 1460) + raw(x, width.bit_length())
        row = y
        bits += walk_moves(moves[1:])
    return coded([*bits, (1458, 0)], chances("Walk"))


def walk_moves(moves: str) -> list[Bit]:
    bits: list[Bit] = []
    for at, move in enumerate(moves):
        last = ("SSSSSS" + moves[:at])[-6:]
        latest = (last.replace("S", "") or "L")[-1]
        if latest == "R":
            last = last.translate(str.maketrans("LR", "RL"))
        history = int(last.translate(str.maketrans("SLR", "012")), 3)
        bits.append((history, int(move != "S")))
        if move != "S":
            bits.append((729 + history, int(move != latest)))
    return bits


def stretch(direction: int, moves: str) -> bytes:
    """A walk that does not close: its first step's direction, then its moves, S, L or R each."""
    return coded(raw(direction, 2) + walk_moves(moves), chances("Walk"))


def edges(told: list[list[tuple[int, int]]]) -> bytes:
    """For each edge its start, what lies between, and its end."""
    bits: list[Bit] = []
    before = 0, 1
    for points in told:
        bits += number(len(points) - 2, 1)
        for place, (start, end) in enumerate(pairwise(points), 2):
            step = end[0] - start[0], end[1] - start[1]
            bits += polygon_step(step, before) if place < len(points) else []
            before = step if any(step) else before
    table = chances("Polygon")
    table[1:19] = [2048] * 18
    return coded(bits, table)
