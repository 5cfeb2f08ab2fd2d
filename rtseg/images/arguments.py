"""What `--object`, `--point`, `--not` and `--box` say, as prompts.

A touch belongs to the `--object` before it, or to the first one; without any, the touches are an
object by themselves. A second `--box` of the same object begins another one of the same words.

Coordinates are fractions of width and height, `0.5,0.3`, or pixels, `320px,180px`. After `@` may
stand the second of the video at which it was touched.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from rtseg.errors import UsageError
from rtseg.types import Box, Point, Prompt

Said: TypeAlias = tuple[str, str]
"""An option and its value, in the order of the command line: `("point", "0.5,0.3")`."""

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(px)?\s*")


@dataclass(frozen=True, slots=True)
class Touch:
    """A point or a box as it was typed.

    Parameters
    ----------
    option : how it was said, for messages.
    numbers : 2 or 4, x and y in turn.
    in_px : whether they are pixels; else fractions.
    is_positive : it is on the object.
    at_s : second of the video; None is its first frame.
    """

    option: str
    numbers: tuple[float, ...]
    in_px: bool
    is_positive: bool = True
    at_s: float | None = None

    def fractions(self, size: tuple[int, int]) -> tuple[float, ...]:
        """Return its numbers in [0, 1] of a picture of (width, height).

        Raises
        ------
        UsageError
            It lies outside the picture.
        """
        scale = size if self.in_px else (1, 1)
        fractions = tuple(value / scale[i % 2] for i, value in enumerate(self.numbers))
        if all(0 <= value <= 1 for value in fractions):
            return fractions
        if self.in_px:
            raise UsageError(
                f"{self.option} lies outside the picture, which is {size[0]}×{size[1]} pixels"
            )
        raise UsageError(
            f"{self.option}: expected fractions of width and height in [0, 1], such as 0.5,0.3; "
            "pixels are written with their unit: 320px,180px"
        )


@dataclass(slots=True)
class Asked:
    """One thing that the command line asks for.

    Parameters
    ----------
    text : words; may be empty.
    points, box : touches.
    """

    text: str = ""
    points: list[Touch] = field(default_factory=list)
    box: Touch | None = None

    def __str__(self) -> str:
        touches = [*([self.box] if self.box else []), *self.points]
        return " ".join([self.text, *(touch.option for touch in touches)]).strip()

    @property
    def name(self) -> str:
        """The words, or the touch, for people."""
        return self.text or str(self)

    def moments(self, size: tuple[int, int], model: str | None) -> list[tuple[float, Prompt]]:
        """Return the prompts in a video of (width, height), each with its second, in order.

        Words alone are there from the beginning.

        Raises
        ------
        UsageError
            A touch lies outside the picture; a box is empty or inside out.
        """
        touches = [*self.points, *([self.box] if self.box else [])]
        times = sorted({touch.at_s or 0.0 for touch in touches}) or [0.0]
        return [(at_s, self._prompt(size, model, at_s)) for at_s in times]

    def prompt(self, size: tuple[int, int], model: str | None) -> Prompt:
        """Return the prompt on a picture of (width, height); errors are those of `moments`."""
        for touch in [*self.points, *([self.box] if self.box else [])]:
            if touch.at_s is not None:
                raise UsageError(f"{touch.option}: an image has no seconds; leave out the @")
        return self._prompt(size, model, 0.0)

    def _prompt(self, size: tuple[int, int], model: str | None, at_s: float) -> Prompt:
        box = None
        if self.box is not None and (self.box.at_s or 0.0) == at_s:
            x_min, y_min, x_max, y_max = self.box.fractions(size)
            if not (x_min < x_max and y_min < y_max):
                raise UsageError(
                    f"{self.box.option}: expected the left upper and then the right lower corner, "
                    "X1,Y1,X2,Y2"
                )
            box = Box(x_min, y_min, x_max, y_max)
        points = []
        for touch in self.points:
            if (touch.at_s or 0.0) == at_s:
                x, y = touch.fractions(size)
                points.append(Point(x, y, touch.is_positive))
        return Prompt(self.text, tuple(points), box, model)


def asked(said: Sequence[Said]) -> list[Asked]:
    """Put options together.

    Parameters
    ----------
    said : of the kinds `object`, `point`, `not` and `box`, in their order.

    Raises
    ------
    UsageError
        Nothing is asked for, or a value is not of its form.
    """
    things: list[Asked] = []
    is_first_named = True
    for kind, value in said:
        if kind == "object":
            if not value.strip():
                raise UsageError("--object: expected words, got nothing; such as --object person")
            if things and is_first_named and not things[0].text:
                for thing in things:
                    thing.text = value.strip()
            else:
                things.append(Asked(value.strip()))
            is_first_named = False
            continue
        touch = _touch(kind, value)
        if not things:
            things.append(Asked())
        if kind != "box":
            things[-1].points.append(touch)
        elif things[-1].box is None:
            things[-1].box = touch
        else:
            things.append(Asked(things[-1].text, box=touch))
    if not things:
        raise UsageError(
            "nothing to outline is said; name it with --object person, or touch it with "
            "--point 0.5,0.3 or --box 0.2,0.1,0.8,0.9"
        )
    for thing in things:
        if thing.points and thing.box is None and not any(p.is_positive for p in thing.points):
            raise UsageError(
                f"{thing}: --not alone says only what it is not; add a --point, or a --box"
            )
    return things


def _touch(kind: str, value: str) -> Touch:
    option = f"--{kind} {value}"
    count = 4 if kind == "box" else 2
    form = "X1,Y1,X2,Y2" if count == 4 else "X,Y"
    place, at, second = value.partition("@")
    parts = [_NUMBER.fullmatch(part) for part in place.split(",")]
    matched = [part for part in parts if part is not None]
    units = {part[2] for part in matched}
    if len(parts) != count or len(matched) != count or len(units) != 1:
        raise UsageError(
            f"{option}: expected {form}, fractions such as 0.5,0.3 or pixels such as 320px,180px"
        )
    at_s = None
    if at:
        try:
            at_s = float(second.removesuffix("s"))
        except ValueError:
            at_s = math.nan
        if not 0 <= at_s < math.inf:
            raise UsageError(f"{option}: expected a second of the video after the @, such as @2.5")
    numbers = tuple(float(part[1]) for part in matched)
    return Touch(option, numbers, "px" in units, kind != "not", at_s)
