"""One sequence before the camera of a browser, shown in one way, watched for a while."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from rtseg.bench import stamp
from rtseg.bench.figures import Window, measure
from rtseg.bench.onscreen.records import Screen, read_screen
from rtseg.bench.onscreen.serving import Said, read_answers
from rtseg.bench.page import MeasuredPage
from rtseg.bench.processes import shares, usage
from rtseg.bench.records import read_page
from rtseg.bench.server import Server
from rtseg.bench.witness import Sightings, read_log

_HERE = Path(__file__).parent
_TAKE = "() => JSON.stringify(window.__rtsegPresented.take())"
"""One string: playwright looks at every number of what it hands over, and there are millions."""

_GRACE_S = 0.7
"""So long the last pictures may be held, and their outlines be on their way."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Everything that was seen of one sequence, shown in one way.

    Parameters
    ----------
    screen : what the page put on its screen.
    sightings, answers : the server's side of it.
    window : the measured stretch.
    figures : of `rtseg.bench.figures.measure`.
    camera_frames : how many the browser's camera gave in the window; None if it does not say.
    drops : frames that the server dropped in the window, by cause.
    cpu : processor seconds of each party in a second, as of `rtseg.bench.processes.shares`.
    """

    screen: Screen
    sightings: Sightings
    answers: list[Said]
    window: Window
    figures: Mapping[str, Any]
    camera_frames: float | None
    drops: Mapping[str, float]
    cpu: Mapping[str, Any]


def watch(
    browser: Browser,
    server: Server,
    parameters: Mapping[str, Any],
    viewport: tuple[int, int],
    fps: int,
    *,
    warm_up_s: float,
    seconds: float,
    screenshot: Path | None = None,
) -> Watched:
    """Open the page, let it settle, and take what it shows for so many seconds.

    Parameters
    ----------
    parameters : of the page's address.
    viewport : (width, height), CSS pixels.
    fps : of the camera.

    Raises
    ------
    BackendError
        The page does not load, or no outline comes.
    """
    begin = server.sightings.stat().st_size if server.sightings.exists() else 0
    page = MeasuredPage(browser, server.url, viewport, parameters, first=_HERE / "work.js")
    try:
        page.run(
            (_HERE / "presentations.js").read_text(),
            {"cells": stamp.CELLS, "cellsPerWidth": stamp.CELLS_PER_WIDTH},
        )
        page.wait_for_mask()
        page.wait(warm_up_s)
        drops, statistics, usage_before = _drops(server), page.statistics(), usage(server.pid)
        start_ms = time.time() * 1000
        page.wait(seconds)
        window = Window(start_ms, time.time() * 1000)
        cpu = shares(usage_before, usage(server.pid), window.seconds)
        statistics_after, drops_after = page.statistics(), _drops(server)
        if screenshot is not None:
            page.screenshot(screenshot)
        page.wait(_GRACE_S)
        taken, presented = page.take(), json.loads(page.run(_TAKE))
    finally:
        page.close()
    log = server.sightings.read_bytes()[begin:].decode()
    sightings = read_log(log)
    seen = read_page(taken, (statistics, statistics_after))
    return Watched(
        read_screen(presented),
        sightings,
        read_answers(log),
        window,
        measure([seen], sightings, window, fps),
        seen.counted("media-source", "frames"),
        {cause: count - drops.get(cause, 0.0) for cause, count in drops_after.items()},
        cpu,
    )


def _drops(server: Server) -> dict[str, float]:
    return {
        name.split('"')[1]: value
        for name, value in server.metrics().items()
        if name.startswith("rtseg_drops_total{")
    }
