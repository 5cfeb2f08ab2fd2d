from __future__ import annotations

import json
from typing import Any

import pytest

from rtseg.bench.figures import Window, measure
from rtseg.bench.records import read_page
from rtseg.bench.table import render
from rtseg.bench.witness import Sightings, read_log


def report(**changes: Any) -> dict[str, Any]:
    page = read_page({"timeOrigin": 0.0, "packets": [], "previews": []})
    return {
        "what": {
            "video": "clip.mp4",
            "size": "640x360",
            "fps": 30,
            "seconds": 20.0,
            "sessions": 1,
            "channel": "websocket",
        },
        "machine": {"cpu": "A CPU", "cores": 2, "os": "Linux"},
        "versions": {"rtseg": "0.1.0", "Chromium": "156"},
        **measure([page], Sightings(), Window(0, 1000), 30),
        "codec": None,
        "drops": {"tracker_busy": 3.0},
        "cpu_s_per_s": {
            "server": 0.5,
            "browser": 0.9,
            "bench": 0.01,
            "others": 0.0,
            "browser_by_kind": {"renderer": 0.9, "zygote": 0.0},
        },
        "server_memory_mb": {"start": 200.0, "end": 201.0, "max": 202.0},
        "page_minus_server_clock_ms": {"offset": 0.1, "uncertainty": 0.5},
        "notes": ["the machine was busy"],
        **changes,
    }


def test_a_report_without_a_single_mask_can_be_printed() -> None:
    text = render(report())

    assert "clip.mp4, 640x360 at 30 fps" in text
    assert "capture to arrival" in text
    assert "tracker_busy 3" in text
    assert "zygote" not in text
    assert "note       the machine was busy" in text
    json.dumps(report())


def test_a_witness_is_read_up_to_its_last_whole_line() -> None:
    log = (
        "frame abc 3000 1700000000000000\nstamp 3000 12\nframe abc 6000 1700000000033000\nstamp 60"
    )

    assert read_log(log) == Sightings(
        {("abc", 3000): 1700000000000000, ("abc", 6000): 1700000000033000}, {3000: 12}
    )


@pytest.mark.parametrize("line", ["", "frame x\n", "stamp 1 2 3\n", "something else\n"])
def test_lines_that_say_nothing_are_left_out(line: str) -> None:
    assert read_log(line) == Sightings()
