"""How an outline moved: docs/wire.md, "Moves".

Each ring of the base moves as a whole, then each vertex by what is left; those that are dropped and
those that come are told where they are. What is left is small where an outline is followed well,
and small numbers cost a bit or two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rtseg.errors import WireError
from rtseg.geometry import Ring
from rtseg.geometry.motion import LARGEST, Motion, fit_motion
from rtseg.wire import polygons
from rtseg.wire.arithmetic import BitReader
from rtseg.wire.bits import BitList, read_number, write_number
from rtseg.wire.messages import SIDE_MAX
from rtseg.wire.outline import Ids, Outline

_ROW = 18
_CLASSES = 4
# Contexts behind those of polygons, which the vertices and rings that come are told in.
KEPT = polygons.CONTEXTS
SHIFT = KEPT + 1
BENT = SHIFT + 2 * (_ROW + 1)
LINEAR = BENT + 1
RIGID = LINEAR + 4 * (_ROW + 1)
GONE = RIGID + 1
FIRST = GONE + 4
SECOND = FIRST + _CLASSES * _ROW
SIGNS = SECOND + _CLASSES * _CLASSES * _ROW
COME = SIGNS + 6
MORE = COME + 6
UNIT = MORE + 1
CONTEXTS = UNIT + _ROW
"""How many contexts this coding has, those of polygons among them."""

_LEAST_ALIVE = 1 / 3
"""Where fewer vertices live on, the whole outline costs less."""

Numbers = npt.NDArray[np.int64]
Frame = tuple[int, int]
"""(width, height), pixels."""


class Change(NamedTuple):
    """What became of one ring of the base.

    Parameters
    ----------
    ring : (N, 2) int32, of the base.
    motion : of the ring as a whole.
    gone : (N,) bool, which of its vertices are dropped.
    now : (M, 2) int64, the ring as it is now; its first vertex is the first that lives on.
    came : (M,) bool, which of those were not there before.
    """

    ring: Ring
    motion: Motion
    gone: npt.NDArray[np.bool_]
    now: Numbers
    came: npt.NDArray[np.bool_]


class Delta(NamedTuple):
    """From one outline to another.

    Parameters
    ----------
    changes : for each ring of the base; None for one that is not there any more.
    rings : that were not there before.
    now : the outline as the other side will have it: other first vertices, and order of rings.
    """

    changes: list[Change | None]
    rings: list[Ring]
    now: Outline


def compare(base: Outline, now: Outline) -> Delta | None:
    """Say how one outline became another; None where the whole new one costs less.

    Parameters
    ----------
    base, now : of one object; `base` need not be the one right before `now`.
    """
    where = {name: index for index, name in enumerate(now.names)}
    changes: list[Change | None] = []
    turned: list[tuple[int, int]] = []
    alive = 0
    for name, ring, ids in zip(base.names, base.rings, base.ids, strict=True):
        index = where.get(name)
        found = None
        if index is not None:
            motion = now.motions.get(name) if now.before == base.serial else None
            found = _change(ring, ids, now.rings[index], now.ids[index], motion)
        if index is None or found is None:
            changes.append(None)
            continue
        change, first = found
        alive += int((~change.came).sum())
        changes.append(change)
        turned.append((index, first))
        del where[name]
    if alive < _LEAST_ALIVE * sum(len(ring) for ring in now.rings):
        return None
    turned += [(index, 0) for index in sorted(where.values())]
    order = [index for index, _ in turned]
    ordered = Outline(
        tuple(now.rings[index] for index in order),
        tuple(now.ids[index] for index in order),
        tuple(now.names[index] for index in order),
        now.serial,
    ).turned(tuple(first for _, first in turned))
    return Delta(changes, [now.rings[index] for index in sorted(where.values())], ordered)


def _change(
    ring: Ring, ids: Ids, now: Ring, now_ids: Ids, motion: Motion | None
) -> tuple[Change, int] | None:
    order = np.argsort(ids)
    at = np.minimum(np.searchsorted(ids, now_ids, sorter=order), len(ids) - 1)
    source = np.where(ids[order[at]] == now_ids, order[at], -1)
    lives = np.flatnonzero(source >= 0)
    if not len(lives):
        return None
    first = int(lives[np.argmin(source[lives])])
    source = np.roll(source, -first)
    vertices = np.roll(now, -first, axis=0).astype(np.int64)
    came = source < 0
    kept = source[~came]
    if (np.diff(kept) <= 0).any():
        return None  # their order changed on the way: the ring is told as a new one
    gone = np.ones(len(ring), np.bool_)
    gone[kept] = False
    if motion is None:
        target = ring.astype(np.float64)
        target[kept] = vertices[~came]
        motion, _ = fit_motion(ring, target, (~gone).astype(np.float64), softness=4.0)
    return Change(ring, motion, gone, vertices, came), first


def write(delta: Delta, frame: Frame, bits: tuple[int, int], out: BitList) -> int:
    """Add the bits of a delta.

    Parameters
    ----------
    delta : of `compare`.
    frame : (width, height), pixels.
    bits : of a column and a row of the frame.
    out : to add to.

    Returns
    -------
    The unit in which they count, pixels.
    """
    steps = [_steps(change, frame) for change in delta.changes if change is not None]
    free = np.concatenate([step.free for step in steps]) if steps else np.zeros(0, np.int64)
    unit = max(1, int(np.gcd.reduce(free))) if free.size else 1
    before = Motion()
    told = iter(steps)
    for change in delta.changes:
        out.add(KEPT, int(change is None))
        if change is not None:
            _write_motion(change.motion, before, out)
            before = change.motion
            _write_change(change, next(told), unit, frame, out)
    out.add(MORE, int(bool(delta.rings)))
    if delta.rings:
        every = np.concatenate(delta.rings)
        inside = every[every != frame].astype(np.int64)
        scale = max(1, int(np.gcd.reduce(inside))) if inside.size else 1
        write_number(out, scale - 1, UNIT)
        polygons.write_polygon(
            [[(x, y) for x, y in (-(-ring // scale)).tolist()] for ring in delta.rings], bits, out
        )
    return unit


class _Steps(NamedTuple):
    """Where each vertex is told from.

    Parameters
    ----------
    start : (M, 2) int64: of one that lives on, where the motion takes it; of others the one before.
    free : all steps that the frame's edge does not cut short, any shape.
    """

    start: Numbers
    free: Numbers


def _steps(change: Change, frame: Frame) -> _Steps:
    start = np.roll(change.now, 1, axis=0)
    start[~change.came] = change.motion.move(change.ring)[~change.gone]
    steps = change.now - start
    # At the edge any step that reaches it will do.
    is_free = (change.now != 0) & (change.now != frame)
    return _Steps(start, steps[is_free])


def _count(steps: Numbers, start: Numbers, now: Numbers, unit: int, frame: Frame) -> Numbers:
    """Steps in units; the shortest that reach the edge of the frame where a vertex lies on it."""
    whole = steps // unit
    least = np.maximum(0, -(-(np.array(frame) - start) // unit))
    whole = np.where((now == frame) & (steps % unit != 0), least, whole)
    most = np.minimum(0, -start // unit)
    return np.where((now == 0) & (steps % unit != 0), most, whole)


def _write_motion(motion: Motion, before: Motion, out: BitList) -> None:
    for place in (0, 1):
        _write_signed(motion[place] - before[place], SHIFT + place * (_ROW + 1), out)
    linear = [motion[place] - before[place] for place in range(2, 6)]
    out.add(BENT, int(any(linear)))
    if any(linear):
        for place, value in enumerate(linear):
            _write_signed(value, LINEAR + place * (_ROW + 1), out)


def _write_signed(value: int, contexts: int, out: BitList) -> None:
    """A number and its sign, in a row of contexts and one."""
    write_number(out, abs(value), contexts)
    if value:
        out.add(contexts + _ROW, int(value < 0))


def _write_change(change: Change, steps: _Steps, unit: int, frame: Frame, out: BitList) -> None:
    counted = _count(change.now - steps.start, steps.start, change.now, unit, frame)
    is_rigid = not change.gone.any() and not change.came.any() and not counted.any()
    out.add(RIGID, int(is_rigid))
    if is_rigid:
        return
    moved = iter(counted[~change.came].tolist())
    history = 0
    before_x, before_y = 0, 0
    for is_gone in change.gone.tolist():
        out.add(GONE + history, int(is_gone))
        history = (2 * history + is_gone) & 3
        if is_gone:
            continue
        x, y = next(moved)
        _write_step(x, y, before_x, before_y, out)
        before_x, before_y = x, y
    _write_coming(change, counted, unit, out)


def _write_step(x: int, y: int, before_x: int, before_y: int, out: BitList) -> None:
    level = min(_CLASSES - 1, max(abs(before_x), abs(before_y)).bit_length())
    write_number(out, abs(x), FIRST + _ROW * level)
    if x:
        out.add(SIGNS + _sign(before_x), int(x < 0))
    row = _CLASSES * level + min(_CLASSES - 1, abs(x).bit_length())
    write_number(out, abs(y), SECOND + _ROW * row)
    if y:
        out.add(SIGNS + 3 + _sign(before_y), int(y < 0))


def _sign(value: int) -> int:
    return 0 if value == 0 else 1 if value > 0 else 2


def _write_coming(change: Change, counted: Numbers, unit: int, out: BitList) -> None:
    lives = np.flatnonzero(~change.came)
    kept = np.flatnonzero(~change.gone)
    ends = np.append(lives[1:], len(change.now))
    skips = np.diff(np.append(kept, kept[0] + len(change.gone))) > 1
    for here, end, has_gap in zip(lives.tolist(), ends.tolist(), skips.tolist(), strict=True):
        context = COME + 3 * int(has_gap)
        goal = change.now[end % len(change.now)]
        for number, at in enumerate(range(here + 1, end)):
            out.add(context + min(number, 2), 1)
            bend = polygons.Bend(*((goal - change.now[at - 1]) // unit).tolist())
            polygons.write_step(int(counted[at, 0]), int(counted[at, 1]), bend, out)
        out.add(context + min(end - here - 1, 2), 0)


def read(
    reader: BitReader,
    base: Sequence[Ring],
    unit: int,
    frame: Frame,
    bits: tuple[int, int],
    most: int,
) -> tuple[Ring, ...]:
    """Read what became of the rings of a base.

    Parameters
    ----------
    reader : at the first bit.
    base : the rings before.
    unit : in which steps count, pixels.
    frame : (width, height), pixels.
    bits : of a column and a row of the frame.
    most : an error where more vertices come than this.

    Raises
    ------
    WireError
        If these bits are no delta of this base.
    """
    rings: list[Ring] = []
    before = Motion()
    left = most
    for ring in base:
        if reader.bit(KEPT):
            continue
        before = _read_motion(reader, before)
        moved = before.move(ring)
        if reader.bit(RIGID):
            now = np.clip(moved, 0, frame)
        else:
            now, came = _read_change(reader, moved.tolist(), unit, frame, left)
            left -= came
        rings.append(now.astype(np.int32))
    if reader.bit(MORE):
        width, height = frame
        scale = read_number(reader, UNIT) + 1
        lattice = -(-height // scale), -(-width // scale)
        rings.extend(
            np.minimum(ring.astype(np.int64) * scale, frame).astype(np.int32)
            for ring in polygons.read_polygon(reader, lattice, bits, left)
        )
    return tuple(rings)


def _read_motion(reader: BitReader, before: Motion) -> Motion:
    values = list(before)
    for place in (0, 1):
        values[place] += _read_signed(reader, SHIFT + place * (_ROW + 1))
    if reader.bit(BENT):
        for place in range(4):
            values[2 + place] += _read_signed(reader, LINEAR + place * (_ROW + 1))
    if max(map(abs, values[:2])) > SIDE_MAX or max(map(abs, values[2:])) > LARGEST:
        raise WireError(f"a motion of {values}: beyond any frame")
    return Motion(*values)


def _read_signed(reader: BitReader, contexts: int) -> int:
    value = read_number(reader, contexts)
    return -value if value and reader.bit(contexts + _ROW) else value


def _read_change(
    reader: BitReader, moved: list[list[int]], unit: int, frame: Frame, most: int
) -> tuple[Numbers, int]:
    """Read the vertices of one ring, and how many of them came."""
    width, height = frame
    lives: list[tuple[int, int]] = []
    kept: list[int] = []
    history = x = y = 0
    for index, (start_x, start_y) in enumerate(moved):
        is_gone = reader.bit(GONE + history)
        history = (2 * history + is_gone) & 3
        if is_gone:
            continue
        x, y = _read_step(reader, x, y)
        lives.append((_held(start_x + unit * x, width), _held(start_y + unit * y, height)))
        kept.append(index)
    if not kept:
        raise WireError("a ring is there of which no vertex lives on")
    vertices: list[tuple[int, int]] = []
    count = 0
    after = [*kept[1:], kept[0] + len(moved)]
    goals = [*lives[1:], lives[0]]
    for here, goal, index, end in zip(lives, goals, kept, after, strict=True):
        vertices.append(here)
        context = COME + 3 * int(end - index > 1)
        number = 0
        at_x, at_y = here
        while reader.bit(context + min(number, 2)):
            count += 1
            if count > most:
                raise WireError(f"more than {most} vertices come, more than these bytes can tell")
            bend = polygons.Bend((goal[0] - at_x) // unit, (goal[1] - at_y) // unit)
            step_x, step_y = polygons.read_step(reader, bend)
            at_x = _held(at_x + unit * step_x, width)
            at_y = _held(at_y + unit * step_y, height)
            vertices.append((at_x, at_y))
            number += 1
    if len(vertices) < 3:
        raise WireError(f"a ring of {len(vertices)} vertices; the least is 3")
    return np.array(vertices, np.int64), count


def _read_step(reader: BitReader, before_x: int, before_y: int) -> tuple[int, int]:
    level = min(_CLASSES - 1, max(abs(before_x), abs(before_y)).bit_length())
    x = read_number(reader, FIRST + _ROW * level)
    row = _CLASSES * level + min(_CLASSES - 1, x.bit_length())
    if x and reader.bit(SIGNS + _sign(before_x)):
        x = -x
    y = read_number(reader, SECOND + _ROW * row)
    if y and reader.bit(SIGNS + 3 + _sign(before_y)):
        y = -y
    return x, y


def _held(value: int, side: int) -> int:
    return 0 if value < 0 else side if value > side else value
