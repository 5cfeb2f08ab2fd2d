"""`rtseg bench live --davis` with the real server, a real Chromium, and a drawn sequence."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.bench.onscreen.command import run
from rtseg.bench.onscreen.records import IN_STEP, LIVE
from rtseg.bench.onscreen.scoring import AS_CAME, DRAWN, HELD, SENT
from rtseg.bench.onscreen.wishes import Wishes
from rtseg.errors import BackendError
from rtseg.server.page import PAGE
from tests.bench.davis_folder import write_sequence
from tests.bench.track.scenes import drawn

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SIZE = (640, 360)
FPS = 6
"""Slow, so that a busy machine keeps up."""


def write_davis(folder: Path) -> None:
    sequence = drawn(24, step_px=(2.0, 0.5))
    frames = zip(sequence.images, sequence.truth, strict=True)
    write_sequence(
        folder,
        "drawn",
        [
            (
                cv2.resize(image, SIZE, interpolation=cv2.INTER_LINEAR).astype(np.uint8),
                cv2.resize(mask.view(np.uint8), SIZE, interpolation=cv2.INTER_NEAREST) > 0,
            )
            for image, mask in frames
        ],
    )


def test_in_step_every_picture_has_the_outline_of_its_own_frame(tmp_path: Path) -> None:
    if not (PAGE / "index.html").is_file():
        pytest.skip("needs the page: run `make page`")
    write_davis(tmp_path)
    wishes = Wishes(
        davis=tmp_path,
        names=(),
        lates=(2,),
        prompts=None,
        ways=(IN_STEP, LIVE),
        size=SIZE,
        fps=FPS,
        seconds=5.0,
        channel="websocket",
        is_stock=False,
        page=None,
        film=tmp_path / "film.mp4",
        screenshot=None,
    )
    try:
        report = run(wishes)
    except BackendError as error:
        if "Chromium" in str(error):
            pytest.skip(f"needs a Chromium: {error}")
        raise

    (row,) = report["rounds"][0]["sequences"]
    in_step, live = row[IN_STEP], row[LIVE]
    # The model answered when it was said to, and the tracker made something of it.
    assert live["late_frames"]["p50"] in (2, 3)
    assert in_step["scores"][SENT]["J"] > 0.8
    # In step the number on the canvas is that of the outlines, wherever the page says so.
    assert in_step["exact"]["said"] >= 5
    assert in_step["exact"]["share"] == 1.0
    assert in_step["scores"][DRAWN]["J"] > live["scores"][AS_CAME]["J"]
    assert in_step["held_ms"]["p50"] > 0
    # Live a picture is newer than its outlines until its own come, and the page knows by how much.
    assert live["identity"]["checked"] >= 5
    assert live["identity"]["share"] > 0.75
    assert live["gap_ms"]["max"] > 0
    assert live["held_ms"]["max"] == 0
    assert live["scores"][AS_CAME]["J"] > live["scores"][HELD]["J"]
    assert (tmp_path / "film.mp4").stat().st_size > 0
