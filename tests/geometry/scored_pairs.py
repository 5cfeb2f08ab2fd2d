"""Pairs of masks with what published code says of them; see `about` in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from rtseg.geometry import rle
from rtseg.types import BoolMask

_FILE = Path(__file__).parents[1] / "vectors" / "davis_scores.json"


class Scored(NamedTuple):
    """Two masks and their scores; `t` is None where a mask is too small for one."""

    name: str
    before: BoolMask
    after: BoolMask
    j: float
    f: float
    t: float | None


def _read(pair: dict[str, Any]) -> Scored:
    before, after = (rle.decode(rle.Rle(tuple(pair["size"]), text)) for text in pair["masks"])
    return Scored(pair["name"], before, after, pair["j"], pair["f"], pair["t"])


PAIRS = [_read(pair) for pair in json.loads(_FILE.read_text())["pairs"]]
