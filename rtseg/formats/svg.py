"""Outlines as an SVG document over the picture's pixels."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from rtseg.formats.outlined import Outlined
from rtseg.formats.palette import colour_of


def svg_document(
    objects: Iterable[Outlined], size: tuple[int, int], *, picture: str | None = None
) -> str:
    """Write smooth outlines as an SVG that any browser opens.

    Each object is one `path` with its label as `title` and with `data-id` and `data-score`; its
    coordinates are source pixels, on pixel edges, and the rings fill by the nonzero rule.

    Parameters
    ----------
    objects : drawn in this order.
    size : (width, height) of the picture, the `viewBox`.
    picture : address of the picture to show beneath, as in `href`; None leaves it out.
    """
    width, height = size
    # The line is to be seen at any size, and to stay as thin when the drawing is scaled.
    line = f'fill-opacity="0.3" stroke-width="2" {_STEADY}'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">'
    ]
    if picture is not None:
        lines.append(f'  <image href={quoteattr(picture)} width="{width}" height="{height}"/>')
    for one in objects:
        colour = colour_of(one.id)
        lines += [
            f'  <path data-id="{one.id}" data-label={quoteattr(_clean(one.label))} '
            f'data-score="{one.score:.4g}" fill="{colour}" stroke="{colour}" {line} '
            f'fill-rule="nonzero" d="{one.curves.svg()}">',
            f"    <title>{escape(_clean(one.label) or 'object')} {one.id}</title>",
            "  </path>",
        ]
    return "\n".join([*lines, "</svg>", ""])


_STEADY = 'stroke-linejoin="round" vector-effect="non-scaling-stroke"'


def _clean(text: str) -> str:
    """Leave out what XML 1.0 cannot hold, section 2.2: most control characters, surrogates."""
    return "".join(
        c
        for c in text
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
