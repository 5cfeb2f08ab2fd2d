"""The benchmark of touch, on a drawn folder laid out as DAVIS is."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.bench.scenes import box_around, innermost_of
from rtseg.bench.touch import grabcut_from, main, measure_following
from rtseg.geometry import iou
from tests.bench.davis_folder import write_sequence
from tests.tracking.scenes import moving_disc


@pytest.fixture(scope="module")
def davis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("davis")
    write_sequence(folder, "disc", moving_disc(10, size=(120, 160), step_px=(1, 0)))
    return folder


def test_the_command_reports_each_way(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    threads = cv2.getNumThreads()
    try:
        assert main(["--davis", str(davis), "--every", "5", "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
        assert main(["--davis", str(davis), "--every", "5", "--no-grabcut"]) == 0
        text = capsys.readouterr().out
    finally:
        cv2.setNumThreads(threads)
    assert set(report) == {"box", "click", "grabcut", "small"}
    for found in report.values():
        (row,) = found["sequences"]
        assert (row["name"], row["frames"]) == ("disc", 2)
        assert found["J"] == row["J"]
        assert found["ms"]["p50"] > 0
    assert report["box"]["J"] > 0.8
    assert "disc" in text
    assert "grabcut" not in text


def test_following_reports_each_way(davis: Path) -> None:
    threads = cv2.getNumThreads()
    try:
        report = measure_following(davis, every=4)
    finally:
        cv2.setNumThreads(threads)
    assert set(report) == {"alone", "own mask", "hint", "touch"}
    assert report["alone"]["J"] > 0.8
    assert report["touch"]["J"] > 0.8
    assert report["touch"] != report["alone"]


def test_grabcut_outlines_what_is_clear() -> None:
    image = np.full((120, 160, 3), (60, 140, 70), np.uint8)
    truth = np.zeros((120, 160), np.bool_)
    truth[30:90, 50:110] = True
    image[truth] = (190, 110, 50)
    grain = np.random.default_rng(0).normal(0, 8, image.shape)
    image = np.clip(image + grain, 0, 255).astype(np.uint8)
    assert iou(grabcut_from(image, box_around(truth)), truth) > 0.95
    assert iou(grabcut_from(image, box_around(truth), 60), truth) > 0.9


def test_box_and_innermost() -> None:
    mask = np.zeros((50, 100), np.bool_)
    mask[10:21, 40:51] = True
    box = box_around(mask)
    assert box.to_px(100, 50) == pytest.approx((40, 10, 51, 21))
    point = innermost_of(mask)
    assert point.to_px(100, 50) == pytest.approx((45.5, 15.5))
