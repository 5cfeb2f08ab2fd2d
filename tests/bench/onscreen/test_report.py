"""From what was seen to tables and a film, with a made-up page and witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rtseg.bench.documents import as_markdown, as_text
from rtseg.bench.figures import Window, measure
from rtseg.bench.onscreen.film import Film
from rtseg.bench.onscreen.footage import Footage, footage_of
from rtseg.bench.onscreen.records import IN_STEP, LIVE, read_screen
from rtseg.bench.onscreen.report import Way, mean_of, of_way, sum_up
from rtseg.bench.onscreen.scoring import AS_CAME, DRAWN, HELD, SENT, Score
from rtseg.bench.onscreen.serving import Said
from rtseg.bench.onscreen.tables import tables
from rtseg.bench.onscreen.watching import Watched
from rtseg.bench.records import read_page
from rtseg.bench.witness import Sightings
from tests.bench.davis_folder import write_sequence

FPS = 25
FRAME_MS = 1000 / FPS
TICKS = 90_000 // FPS
FRAMES = 12
SIZE = (160, 90)
STEP_PX = 4


def square(place: int) -> list[int]:
    x = 10 + STEP_PX * place
    return [x, 40, x, 60, x + 20, 60, x + 20, 40]


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    folder = tmp_path_factory.mktemp("davis")
    frames = []
    for place in range(FRAMES):
        mask = np.zeros((90, 160), np.bool_)
        mask[40:60, 10 + STEP_PX * place : 30 + STEP_PX * place] = True
        frames.append((np.where(mask[..., None], 255, 60).astype(np.uint8).repeat(3, 2), mask))
    write_sequence(folder, "square", frames)
    return footage_of(folder, (), SIZE)[0]


def cells(number: int) -> list[int]:
    """A stamp's brightness, as the page's collector gives it."""
    from rtseg.bench import stamp

    luma = np.zeros((90, 40 * 4), np.uint8)
    stamp.draw(luma, number)
    return [int(luma[1, 4 * cell + 1]) for cell in range(stamp.CELLS)]


def watched(showing: str, behind: int) -> Watched:
    """The sequence twice, each picture for one frame's time, its outlines `behind` frames old."""
    presentations: list[dict[str, Any]] = []
    messages, numbers, answers = [], {}, []
    for n in range(2 * FRAMES):
        number, older = n % FRAMES, max(0, n - behind)
        numbers[TICKS * n] = number
        presentations.append(
            {
                "at": FRAME_MS * n,
                "showing": showing,
                "why": None,
                "frameOnScreen": TICKS * n,
                "frameId": TICKS * older,
                "gapMs": FRAME_MS * behind,
                "heldMs": 80 if showing == IN_STEP else 0,
                "rings": [square(older % FRAMES)],
                "cells": cells(number),
                "workMs": 3.0 * n,
                "benchMs": 1.0 * n,
            }
        )
        messages.append(
            {
                "frameId": TICKS * n,
                "arrivedAt": FRAME_MS * n + 30,
                "rings": [square(number)],
                "ages": [120],
            }
        )
        answers.append(Said(number, 3, FRAME_MS * (n + 3)))
    taken = {"timeOrigin": 0.0, "presentations": presentations, "messages": messages}
    sightings, window = Sightings(numbers=numbers), Window(0, 1e5)
    page = read_page({"timeOrigin": 0.0, "packets": [], "previews": []})
    return Watched(
        read_screen(json.loads(json.dumps(taken))),
        sightings,
        answers,
        window,
        measure([page], sightings, window, FPS),
        camera_frames=2.0 * FRAMES,
        drops={"tracker_busy": 2.0, "model_busy": 0.0},
        cpu={"others": 0.5},
    )


def way(footage: Footage, showing: str, behind: int, first: int = 4) -> Way:
    return Way.of(watched(showing, behind), footage, FPS, first)


def j_behind(frames: int) -> float:
    return (20 - STEP_PX * frames) / (20 + STEP_PX * frames)


def round_of(footage: Footage, *, stock: bool = False) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": "square",
        "frames": FRAMES,
        IN_STEP: of_way(way(footage, IN_STEP, 0), FPS),
        LIVE: of_way(way(footage, LIVE, 2), FPS),
    }
    if not stock:
        row["tracker"] = mean_of([Score(0.9, 0.8), Score(0.7, 0.6)])
    return {"late": 3, "stock": stock, "sequences": [row], "overall": sum_up([row])}


def test_what_was_seen_is_summed_up(footage: Footage) -> None:
    seen = of_way(way(footage, LIVE, 2), FPS)

    # Eight places of each round count; the last picture's end is unknown.
    assert seen["scores"][DRAWN]["n"] == 15
    assert seen["scores"][DRAWN]["J"] == pytest.approx(j_behind(2), abs=1e-3)
    assert seen["scores"][SENT]["J"] == 1
    # What the model said of frame n is on the screen from n + 3 on: at n + 3 it is three old.
    assert seen["scores"][HELD]["J"] == pytest.approx(j_behind(3), abs=1e-3)
    assert seen["identity"] == {"checked": 24, "right": 24, "share": 1.0}
    assert seen["exact"]["said"] == 0
    assert seen["gap_ms"]["p50"] == 80
    assert seen["work_ms"]["p50"] == 2
    assert seen["late_frames"]["mean"] == 3
    assert seen["drops"] == {"tracker_busy": 2.0}


def test_in_step_says_that_it_is_exact_and_is(footage: Footage) -> None:
    seen = of_way(way(footage, IN_STEP, 0), FPS)

    assert seen["scores"][DRAWN] == {"n": 15, "J": 1.0, "F": 1.0}
    assert seen["exact"] == {"said": 24, "right": 24, "share": 1.0, "said_share": 1.0}
    assert seen["held_ms"]["p95"] == 80


def test_tables_of_both_ways_and_of_both_receivers(footage: Footage) -> None:
    report = {
        "what": {"size": "160x90", "fps": FPS, "seconds": 2.0, "model": "oracle"},
        "machine": {"cpu": "A CPU", "cores": 2},
        "rounds": [round_of(footage), round_of(footage, stock=True)],
    }
    text = as_text(tables(report))

    told = text.replace(" ", "")
    assert "thetrackeralone,toldinturn.800.700.750" in told
    assert "onthescreen,instep1.0001.0001.000" in told
    assert f"onthescreen,live{j_behind(2):.3f}".replace("0.", ".") in told
    assert "stockaiortc:onthescreen,instep1.000" in told
    assert "stock aiortc: the tracker alone" not in text
    assert "addeddelay,ms,p50/p9580/80" in told
    assert "the machine was busy: other programs took 0.50" in text
    assert "tracker_busy 2" in text
    assert "Each sequence" not in as_markdown(tables(report))
    json.dumps(report)


def test_a_real_model_has_no_answers_and_no_tracker_alone(footage: Footage) -> None:
    seen = watched(LIVE, 1)
    of_one = of_way(
        Way.of(
            Watched(
                seen.screen,
                seen.sightings,
                [],
                seen.window,
                seen.figures,
                seen.camera_frames,
                seen.drops,
                seen.cpu,
            ),
            footage,
            FPS,
            4,
        ),
        FPS,
    )
    row = {"name": "square", "frames": FRAMES, LIVE: of_one}
    report = {
        "what": {"size": "160x90", "fps": FPS, "seconds": 2.0, "model": "person"},
        "machine": {"cpu": "A CPU", "cores": 2},
        "rounds": [{"late": 3, "stock": False, "sequences": [row], "overall": sum_up([row])}],
    }

    assert HELD not in of_one["scores"]
    text = as_text(tables(report))
    assert "model for person" in text
    assert "no tracker" not in text
    assert "alone" not in text


def test_the_film_shows_what_stood_there(footage: Footage, tmp_path: Path) -> None:
    ways = {IN_STEP: way(footage, IN_STEP, 0), LIVE: way(footage, LIVE, 2)}
    path = tmp_path / "film.mp4"
    with Film(path, SIZE, FPS) as film:
        film.add(footage, {name: (each.shown, each.masks) for name, each in ways.items()})
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

    assert len(frames) == FRAMES
    assert frames[0].shape == (180, 320, 3)

    def left_of_outline(panel: np.ndarray) -> float:
        red, green, blue = (panel[38:62, :, c].astype(int) for c in range(3))
        is_bright = (green - blue > 90) & (red > 120)
        return float(np.argwhere(is_bright.any(axis=0)).min())

    at = 8
    in_step, live = frames[at][:90, :160], frames[at][:90, 160:]
    assert left_of_outline(in_step) == pytest.approx(10 + STEP_PX * at, abs=3)
    assert left_of_outline(live) == pytest.approx(10 + STEP_PX * (at - 2), abs=3)
    assert AS_CAME in ways[LIVE].masks
