"""Which camera frame is which, by the number in each picture: on the screen, and at the server."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from rtseg.bench import stamp
from rtseg.engine import Session
from rtseg.types import Frame, FrameId, Image
from tests.browser.conftest import OpenTab
from tests.browser.scene import FPS, SIZE
from tests.browser.tab import CAMERA, Tab
from tests.server.running import Running

pytestmark = pytest.mark.browser

_PRESENT = Path(__file__).with_name("present.js").read_text()
PATIENCE_MS = 90_000
"""A busy machine outlines few frames a second."""
MISREAD = 0.02
"""A browser calls back for one picture and draws the next, if that comes before a busy page draws:
seen once in a hundred pictures, with ten times more work on the machine than it can do."""
BOUND_MS = 600
"""No picture is held back longer; the overlay's own default."""


@dataclass
class Numbers:
    """The numbers that the server read off the pictures that it outlined, by their frame ids."""

    of: dict[FrameId, int] = field(default_factory=dict)

    def pixels(self, frame: Frame) -> Image:
        image = frame.pixels()
        if (number := stamp.read(image)) is not None:
            self.of[frame.frame_id] = number
        return image


@pytest.fixture
def numbers(monkeypatch: pytest.MonkeyPatch) -> Numbers:
    numbers = Numbers()
    offer = Session.offer

    def witnessed(self: Session, frame: Frame) -> None:
        offer(self, replace(frame, pixels=functools.partial(numbers.pixels, frame)))

    monkeypatch.setattr(Session, "offer", witnessed)
    return numbers


def watched(tab: Tab) -> None:
    tab.until_outlined()
    tab.page.evaluate(_PRESENT, {"cells": stamp.CELLS, "cellsPerWidth": stamp.CELLS_PER_WIDTH})


def taken(tab: Tab) -> dict[str, list[dict[str, Any]]]:
    return dict(tab.page.evaluate("() => window.__present.take()"))


def test_in_step_each_outline_lies_over_its_own_picture(
    browser: Browser, server: Running, open_tab: OpenTab, numbers: Numbers
) -> None:
    tab = open_tab(browser, server.url, CAMERA | {"showing": "instep", "mirror": 0}, viewport=SIZE)
    watched(tab)
    tab.until("() => window.__present.count('in step', true) >= 50", timeout_ms=PATIENCE_MS)
    presented = [one for one in taken(tab)["presented"] if one["showing"] == "in step"]

    checked = wrong = 0
    for one in presented:
        on_screen = stamp.number_of(one["cells"])
        assert on_screen is not None, "what is held back is painted on the canvas"
        assert one["why"] is None
        assert one["heldMs"] <= BOUND_MS + 200
        if one["gapMs"] == 0:
            assert one["frameOnScreen"] == one["frameId"]
            checked += 1
            wrong += on_screen != numbers.of[one["frameId"]]
    assert checked >= 50
    assert wrong <= MISREAD * checked
    times = [one["pictureCapturedAt"] for one in presented]
    assert times == sorted(times)
    assert tab.errors == []


def test_every_frame_is_known_by_the_time_of_its_own_picture(
    browser: Browser, server: Running, open_tab: OpenTab, numbers: Numbers
) -> None:
    tab = open_tab(browser, server.url, CAMERA | {"mirror": 0}, viewport=SIZE)
    watched(tab)
    tab.until(
        "least => window.__present.take().frames.length >= least", 3 * FPS, timeout_ms=PATIENCE_MS
    )
    seen = taken(tab)
    previews = {one["at"]: stamp.number_of(one["cells"]) for one in seen["previews"]}
    first = min(previews)
    known = [one for one in seen["frames"] if (one["capturedAt"] or 0) > first]
    exact = [one for one in known if one["capturedAt"] in previews]
    # A busy page may not see a picture that the server sees.
    assert len(exact) >= 0.9 * len(known)
    wrong = sum(previews[one["capturedAt"]] != numbers.of[one["id"]] for one in exact)
    assert wrong <= MISREAD * len(exact)

    live = [one for one in seen["presented"] if one["showing"] == "live"]
    assert {one["heldMs"] for one in live} == {0}
    gaps = [one["gapMs"] for one in live if one["gapMs"] is not None]
    assert gaps
    assert np.min(gaps) >= 0
    assert tab.errors == []


def test_in_step_falls_back_to_live_when_nothing_is_outlined(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    tab = open_tab(browser, server.url, CAMERA | {"showing": "instep", "mirror": 0}, viewport=SIZE)
    watched(tab)
    tab.until("() => window.__present.count('in step', false) >= 3", timeout_ms=PATIENCE_MS)
    tab.button("Remove person").click()
    tab.until_bare()
    tab.until("() => window.__present.count('live', false) >= 3", timeout_ms=PATIENCE_MS)
    last = taken(tab)["presented"][-1]
    assert (last["showing"], last["why"]) == ("live", "no outlines")
    assert tab.errors == []
