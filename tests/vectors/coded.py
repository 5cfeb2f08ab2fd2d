"""Records 4, 5 and 8 by docs/wire.md alone, for the golden vectors: slow, and an encoder only."""

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
    return coded(polygon_bits(rings, size), chances("Polygon"))


def polygon_bits(rings: list[Ring], size: tuple[int, int]) -> list[Bit]:
    bits: list[Bit] = []
    for ring in rings:
        bits += [(0, 1), *number(len(ring) - 3, 1)]
        bits += raw(ring[0][0], size[0].bit_length()) + raw(ring[0][1], size[1].bit_length())
        before = 0, 1
        for start, end in pairwise(ring):
            step = end[0] - start[0], end[1] - start[1]
            bits += polygon_step(step, before)
            before = step if any(step) else before
    return [*bits, (0, 0)]


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


class Lives:
    """What becomes of a ring of the base.

    `steps` has (dx, dy) for each vertex of `ring`, None for one that is gone; `comes` the vertices
    that come behind the n-th that lives on; `first` is which vertex the ring starts with now.
    """

    def __init__(
        self,
        ring: Ring,
        steps: list[tuple[int, int] | None],
        comes: dict[int, Ring] | None = None,
        first: int = 0,
    ) -> None:
        self.ring, self.steps, self.comes, self.first = ring, steps, comes or {}, first


def moves(
    shared: tuple[int, int], rings: list[Lives | None], new: list[Ring], size: tuple[int, int]
) -> bytes:
    """Bits of record 8; the size is (width, height)."""
    bits: list[Bit] = []
    for step in shared:
        bits += number(abs(step), OWN + 3) + ([(OWN + 21, int(step < 0))] if step else [])
    for ring in rings:
        bits += [(OWN, 1)] if ring is None else [(OWN, 0), *lives_on(ring, shared)]
    bits.append((OWN + 807, int(bool(new))))
    if new:
        bits += polygon_bits(new, size)
    return coded(bits, chances("Polygon") + chances("Moves"))


OWN = 643
"""Where the contexts of moves begin."""


def lives_on(now: Lives, shared: tuple[int, int]) -> list[Bit]:
    bits: list[Bit] = []
    went, off, gone = shared, (0, 0), 0
    living: Ring = []
    for at, (x, y) in enumerate(now.ring):
        step = now.steps[at]
        bits.append((OWN + 1 + gone, int(step is None)))
        gone = int(step is None)
        if step is None:
            continue
        back, ahead = now.ring[at - 1], now.ring[(at + 1) % len(now.ring)]
        axis = 0 if abs(ahead[1] - back[1]) > abs(ahead[0] - back[0]) else 1
        further = step[0] - went[0], step[1] - went[1]
        row = min(4, (abs(off[0]) + abs(off[1])).bit_length())
        across, along = further[axis], further[1 - axis]
        kind = min(2, abs(across).bit_length())
        bits += signed(across, OWN + 22 + 18 * row, OWN + 382, OWN + 418, off[axis])
        bits += signed(
            along, OWN + 112 + 18 * (3 * row + kind), OWN + 400, OWN + 421, off[1 - axis]
        )
        went, off = step, further
        living.append((x + step[0], y + step[1]))
    for at, vertex in enumerate(living):
        end = living[(at + 1) % len(living)]
        comes = now.comes.get(at, [])
        for count, place in enumerate(comes):
            bits += [(OWN + 424 + min(2, count), 1), *comes_near(place, vertex, end)]
            vertex = place
        bits.append((OWN + 424 + min(2, len(comes)), 0))
    return bits + number(now.first, OWN + 789)


def signed(value: int, lengths: int, lower: int, signs: int, before: int) -> list[Bit]:
    bits = length(value, lengths) + second_bit(value, lower)
    sign = 0 if before == 0 else 1 if before > 0 else 2
    return bits + ([(signs + sign, int(value < 0))] if value else [])


def second_bit(value: int, contexts: int) -> list[Bit]:
    digits = [int(digit) for digit in format(abs(value), "b")][1:]
    places = [contexts + abs(value).bit_length(), *[None] * len(digits)]
    return list(zip(places[: len(digits)], digits, strict=True))


def comes_near(place: tuple[int, int], start: tuple[int, int], end: tuple[int, int]) -> list[Bit]:
    chord = end[0] - start[0], end[1] - start[1]
    axis = int(abs(chord[1]) > abs(chord[0]))
    main, lean = chord[axis], chord[1 - axis]
    step = place[axis] - start[axis]
    aside = place[1 - axis] - start[1 - axis] - (step * lean // main if main else 0)
    way = -step if main < 0 else step
    row = 18 * min(7, abs(main).bit_length())
    bits = length(way, OWN + 427 + row) + low_bits(way, OWN + 571)
    bits += [(OWN + 625, int(way < 0))] if way else []
    bits += length(aside, OWN + 626 + row) + second_bit(aside, OWN + 770)
    odd = (int(aside < 0) + (main < 0) + axis) % 2
    return bits + ([(OWN + 788, odd)] if aside else [])


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
