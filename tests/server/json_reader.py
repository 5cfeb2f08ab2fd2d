"""Reads `rtseg.v1+json` by what docs/http.md says of it, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from rtseg.geometry import Path
from tests.path_data import read_path

ABOUT = {"frame_id", "track_id", "label", "score", "age_ms", "state", "confidence"}
KEYS = {
    "bbox": ABOUT | {"bbox"},
    "path_delta": ABOUT | {"chunk", "completed"},
    "final": ABOUT | {"bbox", "path", "completed"},
    "same": ABOUT,
    "gone": {"frame_id", "track_id", "label"},
    "frame": {"frame_id", "width", "height", "objects"},
}


class JsonReader:
    """Keeps one dictionary for each object; fails where a line is not as it is described."""

    def __init__(self) -> None:
        self.objects: dict[int, dict[str, Any]] = {}
        self.types: list[tuple[str, int]] = []
        self._in_frame: dict[int, int] = {}

    def take(self, line: str) -> dict[str, Any] | None:
        """Take a line; give it back if it is the `frame` that ends a frame."""
        assert "\n" not in line
        message: dict[str, Any] = json.loads(line)
        kind = message.pop("type")
        assert set(message) == KEYS[kind] or set(message) == KEYS[kind] | {"timing"}
        if kind == "frame":
            assert message["objects"] == list(self._in_frame), "one line for each, in this order"
            assert set(message["objects"]) == set(self.objects), "what is not here is `gone`"
            assert set(self._in_frame.values()) <= {message["frame_id"]}
            self._in_frame = {}
            return message
        track_id = message["track_id"]
        self.types.append((kind, track_id))
        if kind == "gone":
            assert track_id not in self._in_frame
            assert self.objects.pop(track_id)["label"] == message["label"]
            return None
        self._in_frame[track_id] = message["frame_id"]
        if kind == "path_delta":
            assert not message.pop("completed")
            chunk = message.pop("chunk")
            before = self.objects[track_id].get("path", "") if chunk.startswith(" ") else ""
            message["path"] = before + chunk
        elif kind == "same":
            assert "bbox" in self.objects[track_id]
        elif kind == "final":
            assert message.pop("completed")
        self.objects.setdefault(track_id, {}).update(message)
        return None

    def paths(self, frame: dict[str, Any]) -> dict[int, Path]:
        """Give the outlines, source pixels."""
        return {i: self._path(one, frame) for i, one in self.objects.items()}

    @staticmethod
    def _path(one: dict[str, Any], frame: dict[str, Any]) -> Path:
        if one["bbox"] is None:
            assert one["path"] == ""
            return Path()
        x0, x1 = (round(one["bbox"][f"x_{end}"] * frame["width"]) for end in ("min", "max"))
        y0, y1 = (round(one["bbox"][f"y_{end}"] * frame["height"]) for end in ("min", "max"))
        rings = read_path(one["path"], (x1 - x0, y1 - y0), (x0, y0)).rings
        return Path(tuple(np.rint(ring).astype(np.int32) for ring in rings))
