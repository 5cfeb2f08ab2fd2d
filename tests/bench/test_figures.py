from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rtseg.bench import stamp
from rtseg.bench.figures import STAGES, CaptureTimes, Window, measure, way_of
from rtseg.bench.records import Page, read_page
from rtseg.bench.witness import Sightings

FPS = 30
ORIGIN_MS = 1_700_000_000_000.0
STEP_MS = 1000 / FPS
FRAMES = 90
AGE_MS = 40.0
NETWORK_MS = 20.0
STAGE_US = {"decodeUs": 2000, "waitUs": 500, "trackUs": 9000, "pathUs": 1000, "encodeUs": 500}


def cells_of(number: int) -> list[float]:
    luma = np.zeros((1, stamp.CELLS_PER_WIDTH), np.uint8)
    stamp.draw(luma, number)
    return [float(level) for level in luma[0, : stamp.CELLS]]


def packet(frame: int, **changes: Any) -> dict[str, Any]:
    """What the collector keeps of one frame, `frame` steps after the page's beginning."""
    captured = frame * STEP_MS
    return {
        "frameId": 1000 + frame * 3000,
        "bytes": 100 + frame % 2,
        "arrivedAt": captured + AGE_MS,
        "capturedAt": captured + 0.5,  # the page's reckoning is never quite right
        "paintedAt": captured + AGE_MS + 8,
        "width": 640,
        "height": 360,
        "ages": [33, 50],
        "isVisible": True,
        "timing": {"handedUs": 1000 * (ORIGIN_MS + captured + NETWORK_MS), **STAGE_US}
        | {"modelUs": 7000},
        **changes,
    }


def preview(frame: int, **changes: Any) -> dict[str, Any]:
    return {
        "capturedAt": frame * STEP_MS,
        "presentedFrames": 7 + frame,
        "cells": cells_of(frame) if frame % 5 == 0 else None,
        **changes,
    }


def recorded(packets: list[dict[str, Any]], previews: list[dict[str, Any]]) -> Page:
    return read_page({"timeOrigin": ORIGIN_MS, "packets": packets, "previews": previews})


def sightings(frames: range) -> Sightings:
    return Sightings(
        {
            ("s", 1000 + n * 3000): round(1000 * (ORIGIN_MS + n * STEP_MS + NETWORK_MS + 2))
            for n in frames
        },
        {1000 + n * 3000: n for n in frames},
    )


WINDOW = Window(ORIGIN_MS + 500, ORIGIN_MS + 2500)
PREVIEWS = [preview(n) for n in range(FRAMES)]


def test_a_steady_stream() -> None:
    page = recorded([packet(n) for n in range(FRAMES)], PREVIEWS)

    figures = measure([page], sightings(range(FRAMES)), WINDOW, FPS)

    assert figures["mask_age_ms"]["to_arrival"]["p50"] == AGE_MS
    assert figures["mask_age_ms"]["to_paint"]["max"] == AGE_MS + 8
    assert figures["older_than_250_ms"] == {"at_arrival": 0, "at_paint": 0}
    means = {name: values["mean"] for name, values in figures["stages_ms"].items()}
    assert means == {
        "network": 20,
        "decode": 2,
        "wait": 0.5,
        "track": 9,
        "path": 1,
        "encode": 0.5,
        "send": 7,
        "page": 8,
    }
    assert sum(means.values()) == AGE_MS + 8
    frames = figures["frames"]
    assert frames["share_of_decoded"] == {"with_packet": 1.0, "with_mask": 1.0}
    for name in ("preview", "decoded", "packets", "masks", "painted"):
        assert frames["per_second"][name] == pytest.approx(FPS, abs=0.6)
    assert frames["sizes"] == ["640x360"]
    assert figures["evidence_age_ms"]["max"] == 50
    assert figures["bytes"]["per_frame_mean"] == pytest.approx(100.5, abs=0.1)
    identity = figures["identity"]
    assert identity["checked"] == pytest.approx(12, abs=1)
    assert (identity["wrong"], identity["unreadable"]) == (0, 0)
    assert identity["capture_time_error_ms"]["max"] == 0.5


def test_frames_that_never_came_are_counted_by_their_names() -> None:
    packets = [packet(n, isVisible=n % 4 != 1) for n in range(FRAMES) if n % 4]
    page = recorded(packets, PREVIEWS)

    frames = measure([page], sightings(range(FRAMES)), WINDOW, FPS)["frames"]

    assert frames["share_of_decoded"]["with_packet"] == pytest.approx(0.75, abs=0.02)
    assert frames["share_of_decoded"]["with_mask"] == pytest.approx(0.5, abs=0.02)
    assert frames["without_mask"]["no_packet"] == 15
    assert frames["without_mask"]["packet_without_outline"] == 15


def test_a_mask_taken_for_another_frame_is_found_out() -> None:
    late = [packet(n, capturedAt=(n + 1) * STEP_MS) for n in range(FRAMES)]
    page = recorded(late, PREVIEWS)

    identity = measure([page], sightings(range(FRAMES)), WINDOW, FPS)["identity"]

    assert identity["wrong"] == identity["checked"] > 0


def test_a_frame_passed_over_was_not_painted() -> None:
    page = recorded([packet(n, paintedAt=None) for n in range(FRAMES)], PREVIEWS)

    figures = measure([page], sightings(range(FRAMES)), WINDOW, FPS)

    assert figures["frames"]["counts"]["painted"] == 0
    assert figures["mask_age_ms"]["to_paint"]["p50"] is None
    assert figures["stages_ms"]["page"]["n"] == 0


def test_old_masks_are_counted() -> None:
    slow = {20: 251, 21: 249}
    packets = [
        packet(n, arrivedAt=n * STEP_MS + slow.get(n, AGE_MS), paintedAt=n * STEP_MS + 260)
        for n in range(FRAMES)
    ]

    old = measure([recorded(packets, PREVIEWS)], sightings(range(FRAMES)), WINDOW, FPS)

    assert old["older_than_250_ms"]["at_arrival"] == 1
    assert old["older_than_250_ms"]["at_paint"] == old["frames"]["counts"]["painted"]


def test_without_timing_and_clock_the_ages_are_unknown_not_zero() -> None:
    page = recorded([packet(n, timing=None, capturedAt=None) for n in range(FRAMES)], [])

    figures = measure([page], Sightings(), WINDOW, FPS)

    assert figures["mask_age_ms"]["to_arrival"]["n"] == 0
    assert figures["stages_ms"]["network"]["p50"] is None
    assert figures["frames"]["share_of_decoded"] == {"with_packet": None, "with_mask": None}
    assert set(figures["stages_ms"]) == set(STAGES)


def test_nothing_at_all() -> None:
    figures = measure([recorded([], [])], Sightings(), WINDOW, FPS)

    assert figures["frames"]["counts"]["masks"] == 0
    assert figures["bytes"]["per_frame_mean"] is None


def test_the_way_of_a_frame_adds_up_to_its_age() -> None:
    page = recorded([packet(3)], PREVIEWS)
    (one,) = page.packets
    times = CaptureTimes(page, FPS)

    captured = times.of(one)
    way = way_of(one, captured)

    assert captured == pytest.approx(ORIGIN_MS + 3 * STEP_MS)
    assert sum(value or 0 for value in way.values()) == pytest.approx(AGE_MS + 8, abs=0.01)
