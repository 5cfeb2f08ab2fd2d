"""A frame's number as a bar code in its picture: drawn before coding, read after it.

A strip of square cells in the top left corner: white, black, twelve bits of the number, four bits
of check, most significant first, white = 1. A cell's side is a fortieth of the picture's width:
16 pixels at 640, which is one macroblock, and survives VP8 at bitrates that no picture survives.
The picture may have been scaled in between.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

CELLS_PER_WIDTH = 40
"""Side of a cell as a part of the picture's width."""

NUMBER_BITS = 12
CHECK_BITS = 4
CELLS = 2 + NUMBER_BITS + CHECK_BITS
NUMBERS = 1 << NUMBER_BITS
"""Numbers run from 0 to one less than this: 136 s at 30 fps."""

_WHITE_LUMA, _BLACK_LUMA = 235, 16
_LEAST_CONTRAST = 60
"""Of the two known cells; a picture without a stamp rarely has it in both the right way round."""
_UNSURE = 0.15
"""A cell this near to the middle, as a part of the contrast, is not read."""
_CHECK_POLYNOMIAL = 0b10011
"""CRC-4-ITU: x⁴ + x + 1. Finds every error of up to four neighbouring cells."""


def draw(luma: npt.NDArray[np.uint8], number: int) -> None:
    """Draw a number into a picture.

    Parameters
    ----------
    luma : (H, W) uint8, the Y plane in video range; written to.
    number : 0 … `NUMBERS` - 1.
    """
    assert 0 <= number < NUMBERS
    side = luma.shape[1] / CELLS_PER_WIDTH
    code = number << CHECK_BITS | _check(number)
    bits = [1, 0, *(code >> place & 1 for place in reversed(range(NUMBER_BITS + CHECK_BITS)))]
    for index, bit in enumerate(bits):
        left, right = round(index * side), round((index + 1) * side)
        luma[: round(side), left:right] = _WHITE_LUMA if bit else _BLACK_LUMA


def read(image: npt.NDArray[np.uint8]) -> int | None:
    """Read the number off a picture; None if there is none, or it is not readable.

    Parameters
    ----------
    image : (H, W) or (H, W, 3) uint8, any size and channel order.
    """
    side = image.shape[1] / CELLS_PER_WIDTH
    rows = slice(round(side / 4), max(round(side * 3 / 4), round(side / 4) + 1))
    cells = []
    for index in range(CELLS):
        left = round((index + 1 / 4) * side)
        columns = slice(left, max(round((index + 3 / 4) * side), left + 1))
        cells.append(float(image[rows, columns].mean()))
    return number_of(cells)


def number_of(cells: Sequence[float]) -> int | None:
    """Give the number that the brightness of the strip's `CELLS` cells spells, None if none."""
    if len(cells) != CELLS:
        return None
    white, black = cells[0], cells[1]
    contrast = white - black
    if not contrast >= _LEAST_CONTRAST:
        return None
    code = 0
    for cell in cells[2:]:
        level = (cell - black) / contrast - 0.5
        if abs(level) < _UNSURE:
            return None
        code = code << 1 | (level > 0)
    number, check = code >> CHECK_BITS, code & ((1 << CHECK_BITS) - 1)
    return number if check == _check(number) else None


def _check(number: int) -> int:
    """CRC-4 of the number, begun so that neither an all-black nor an all-white strip is right."""
    rest = (number ^ 0b1010_0000_0000) << CHECK_BITS
    for place in reversed(range(CHECK_BITS, NUMBER_BITS + CHECK_BITS)):
        if rest >> place & 1:
            rest ^= _CHECK_POLYNOMIAL << (place - CHECK_BITS)
    return rest
