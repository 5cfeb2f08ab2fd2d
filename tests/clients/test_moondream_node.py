"""Moondream's client for Node against a running server.

Its `sharp` is a newer one than it asks for (`overrides` in package.json): older ones fetch a
library from elsewhere while they are installed, newer ones come with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from rtseg.errors import BackendError
from rtseg.geometry import iou
from tests.clients.conftest import Run
from tests.clients.rastered import rasterised, servers_mask
from tests.geometry.renderers import library
from tests.server.pictures import Held, squares
from tests.server.pictures import store as drawn_things
from tests.server.running import Running, running

Photo = Callable[[str], Path]


def test_the_snippets_of_its_page(server: Running, node: Run, photo: Photo) -> None:
    library("cairosvg")
    refs = {"point": [0.75, 0.5], "box": [0.55, 0.05, 0.95, 1.0]}
    picture = photo("zidane.jpg")
    told = json.loads(node("snippets.mjs", f"{server.url}/v1", picture, "person", json.dumps(refs)))
    height, width = cv2.imread(str(picture)).shape[:2]
    for name, more in {
        "word": {},
        "point": {"spatial_refs": [refs["point"]]},
        "box": {"spatial_refs": [refs["box"]]},
    }.items():
        exact = servers_mask(server, told["sent"], object="person", **more)
        assert iou(rasterised(told[name], (width, height)), exact) > 0.97, name
    boxes = [update for update in told["updates"] if set(update) == {"bbox"}]
    chunks = [update for update in told["updates"] if set(update) == {"chunk"}]
    final = told["updates"][-1]
    assert final == {**told["word"], "completed": True}
    assert len(boxes) + len(chunks) + 1 == len(told["updates"])
    coarse: dict[str, Any] = {
        "path": "".join(update["chunk"] for update in chunks),
        "bbox": boxes[-1]["bbox"],
    }
    size = (width, height)
    assert iou(rasterised(coarse, size), rasterised(final, size)) > 0.8
    assert set(told["detect"]["objects"][0]) >= {"x_min", "y_min", "x_max", "y_max"}
    assert set(told["point_out"]["points"][0]) >= {"x", "y"}


def test_what_goes_wrong(node: Run, tmp_path: Path) -> None:
    """Nothing there; words that nobody knows; a model that fails in the middle of a stream."""
    cv2.imwrite(str(tmp_path / "dark.png"), squares())
    cv2.imwrite(str(tmp_path / "square.png"), squares((40, 50)))
    models = Held()
    models.may_outline.set()
    with running(models.load, drawn_things()) as server:

        def troubles(picture: str, word: str) -> list[str]:
            url = f"{server.url}/v1/"
            return node("troubles.mjs", url, tmp_path / picture, word).splitlines()

        assert troubles("dark.png", "thing") == [
            'plain {"path":"","bbox":null}',
            "update bbox completed path",
            "ended",
        ]
        # Of a plain request it tells the status. Of a stream it does not look at that, and finds
        # no messages in the error: there it ends without one, whatever a server does.
        plain, stream = troubles("square.png", "giraffe")
        assert plain == "plain raised HTTP error! status: 400"
        assert stream == "ended"
        models.error = BackendError("the device has no memory left")
        plain, box, stream = troubles("square.png", "thing")
        assert plain == "plain raised HTTP error! status: 503"
        assert box == "update bbox"
        assert stream.startswith("stream raised Failed to stream response")
