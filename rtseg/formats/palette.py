"""Colours of objects: those of the page (`web/src/dom/palette.ts`), in its order."""

from __future__ import annotations

COLOURS = (
    "#d6ff3d",  # lime
    "#4dd8ff",  # sky
    "#ff7a59",  # coral
    "#c79bff",  # lilac
    "#ffd23f",  # amber
    "#3df5b0",  # mint
    "#ff8fd0",  # pink
    "#7fa8ff",  # blue
)


def colour_of(object_id: int) -> str:
    """Return the colour of an object, `#rrggbb`; it keeps it for life."""
    return COLOURS[max(0, object_id - 1) % len(COLOURS)]


def rgb_of(object_id: int) -> tuple[int, int, int]:
    """Return the same colour as red, green and blue, 0 to 255 each."""
    red, green, blue = bytes.fromhex(colour_of(object_id).removeprefix("#"))
    return red, green, blue


def bgr_of(object_id: int) -> tuple[int, int, int]:
    """Return the same colour in OpenCV's order."""
    red, green, blue = rgb_of(object_id)
    return blue, green, red
