"""The contexts of moves, and what they go by: the same to who writes and who reads."""

from __future__ import annotations

from rtseg.wire import polygons
from rtseg.wire.bits import LENGTH_CONTEXTS

ROW = LENGTH_CONTEXTS
CLASSES = 5
"""Of how far the vertex before went off its prediction."""

_CHORDS = 8  # classes of the length of a chord

# The table of docs/wire.md, "Moves", behind the contexts of a polygon, which tell the rings that
# are new.
LIVES = polygons.CONTEXTS
DROPPED = LIVES + 1
SHARED = DROPPED + 2
SHARED_SIGN = SHARED + ROW
ACROSS = SHARED_SIGN + 1
ALONG = ACROSS + CLASSES * ROW
LOWER = ALONG + 3 * CLASSES * ROW
SIGN = LOWER + 2 * ROW
MORE = SIGN + 6
WAY = MORE + 3
WAY_LOWER = WAY + _CHORDS * ROW
WAY_BACK = WAY_LOWER + 3 * ROW
ASIDE = WAY_BACK + 1
ASIDE_LOWER = ASIDE + _CHORDS * ROW
ASIDE_SIGN = ASIDE_LOWER + ROW
TURN = ASIDE_SIGN + 1
NEW = TURN + ROW
CONTEXTS = NEW + 1
"""How many contexts this coding has, those of a polygon counted in."""


class Went:
    """How far the vertex before went, and how far off its own prediction that was.

    Parameters
    ----------
    x, y : what the first vertex is told from, pixels.
    """

    __slots__ = ("off", "off_x", "off_y", "x", "y")

    def __init__(self, x: int, y: int) -> None:
        self.x, self.y = x, y
        self.off_x = self.off_y = 0
        self.off = 0

    def add(self, off_x: int, off_y: int) -> None:
        """Go on to the next vertex, which went so much further."""
        self.x += off_x
        self.y += off_y
        self.off_x, self.off_y = off_x, off_y
        self.off = min((abs(off_x) + abs(off_y)).bit_length(), CLASSES - 1)


def is_steep_at(corners: list[tuple[int, int]], index: int) -> bool:
    """Whether the outline runs more upright than level at a vertex of the base."""
    x0, y0 = corners[index - 1]
    x1, y1 = corners[(index + 1) % len(corners)]
    return abs(y1 - y0) > abs(x1 - x0)


def sign_of(value: int) -> int:
    """Give 0, 1 or 2 for what is 0, positive or negative."""
    return 0 if value == 0 else 1 if value > 0 else 2


class Chord:
    """The way from a vertex to the next that lives on: a new one stands near it.

    Parameters
    ----------
    dx, dy : that way, pixels.
    """

    __slots__ = ("_is_steep", "_lean", "_main", "is_mirrored", "long")

    def __init__(self, dx: int, dy: int) -> None:
        self._is_steep = abs(dy) > abs(dx)
        self._main, self._lean = (dy, dx) if self._is_steep else (dx, dy)
        self.is_mirrored = (self._main < 0) ^ self._is_steep
        self.long = min(abs(self._main).bit_length(), _CHORDS - 1)

    def told(self, dx: int, dy: int) -> tuple[int, int]:
        """Give how far a step goes along this chord, and how far beside it that ends."""
        along, aside = (dy, dx) if self._is_steep else (dx, dy)
        return -along if self._main < 0 else along, aside - self._leant(along)

    def step(self, way: int, aside: int) -> tuple[int, int]:
        """Undo `told`."""
        along = -way if self._main < 0 else way
        aside += self._leant(along)
        return (aside, along) if self._is_steep else (along, aside)

    def _leant(self, along: int) -> int:
        """How far the chord leans after a part of its way, rounded down."""
        return along * self._lean // self._main if self._main else 0
