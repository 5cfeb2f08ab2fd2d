"""The report of ``rtseg bench wire`` as a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TITLES = {
    "davis": "masks drawn by hand",
    "model_like": "masks as a model makes them, 256×256, scaled up",
    "tracker": "masks as the tracker shows them, behind a model that is 3 frames late",
}

_WIDTH = 34

# Title, and where its value stands among the figures of a fidelity.
_ROWS = (
    ("bytes, ours", "bytes", "ours"),
    ("  p95", "bytes", "ours_p95"),
    ("  of those, its standing", "bytes", "standing"),
    ("  of a still mask", "bytes", "still_mask"),
    ("  that flickers", "bytes", "still_mask_flickering"),
    ("  polygon, varint + zlib", "bytes", "polygon_varint_zlib"),
    ("  path text", "bytes", "path_text"),
    ("least IoU", "least_iou"),
    ("vertices, ours", "vertices", "ours"),
    ("  polygon", "vertices", "polygon"),
    ("vertices that go on, by id", "same_vertex"),
    ("vertices that live on, ours", "lives_on", "ours"),
    ("  polygon", "lives_on", "polygon"),
    ("  where the flow may lead", "lives_on", "ceiling"),
    ("the same by the object's own flow", "lives_on_by_own_flow", "ours"),
    ("  polygon", "lives_on_by_own_flow", "polygon"),
    ("  where that may lead", "lives_on_by_own_flow", "ceiling"),
    ("outlines that stay or shift", "stay_or_shift"),
    ("jitter px, ours", "jitter_px", "ours"),
    ("  polygon", "jitter_px", "polygon"),
    ("  still, ours", "jitter_px", "flickering"),
    ("  still, polygon", "jitter_px", "flickering_polygon"),
    ("encode ms p50", "encode_ms", "p50"),
    ("  p95", "encode_ms", "p95"),
    ("decode ms p50", "decode_ms", "p50"),
    ("  p95", "decode_ms", "p95"),
)

_OF_THE_MASKS = (
    ("  chain code of order 2, ideal", "chain_code_bytes"),
    ("  COCO RLE + zlib", "coco_rle_zlib_bytes"),
    ("  COCO RLE", "coco_rle_bytes"),
    ("  PNG, 1 bit, box alone", "png_box_bytes"),
    ("jitter px, the masks themselves", "jitter_px_of_mask"),
)


def render(report: Mapping[str, Any]) -> str:
    """Lay a report out as text."""
    lines = [
        "rtseg bench wire: mean bytes of an object and frame, container included;",
        "times in Python, of one object's frame, processor time of one core",
    ]
    for kind in _TITLES:
        if kind in report:
            lines += ["", *_kind_lines(_TITLES[kind], report[kind])]
    lines += ["", *_together_lines(report["together"])]
    if "loss" in report:
        from rtseg.bench import loss  # it knows the engine, which is long in coming

        lines += ["", loss.render(report["loss"])]
    return "\n".join(lines)


def _kind_lines(title: str, part: Mapping[str, Any]) -> list[str]:
    columns = list(part["fidelities"].values())
    lines = [
        f"{title}, {part['frames']} frames",
        _row("IoU ≥", [f"{float(name):g}" for name in part["fidelities"]]),
    ]
    for name, *place in _ROWS:
        cells = [_cell(_at(column, place)) for column in columns]
        if any(cell for cell in cells):
            lines.append(_row(name, cells))
    blank = [""] * (len(columns) - 1)
    for name, key in _OF_THE_MASKS:
        if part.get(key) is not None:
            lines.append(_row(name, [*blank, _cell(part[key])]))
    return lines


def _together_lines(part: Mapping[str, Any]) -> list[str]:
    lines = [
        f"several objects in one packet, IoU ≥ {part['min_iou']:g}, {part['frames']} frames",
        _row("", ["objects", "alone", "together", "packet p95"]),
    ]
    lines += [
        _row(
            "bytes of an object and frame",
            [
                str(row["objects"]),
                *(_cell(row[key]) for key in ("bytes_alone", "bytes_together", "packet_p95")),
            ],
        )
        for row in part["rows"]
    ]
    return lines


def _at(figures: Any, place: list[str]) -> float | None:
    for key in place:
        figures = (figures or {}).get(key)
    value: float | None = figures
    return value


def _row(title: str, cells: list[str]) -> str:
    return (f"{title:<{_WIDTH}}" + "".join(f"{cell:>12}" for cell in cells)).rstrip()


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
