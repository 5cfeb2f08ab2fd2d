"""The wire's benchmark, on drawn masks."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.bench.masks import Sequence, as_a_model
from rtseg.bench.simple_ways import (
    SimplePolygons,
    chain_bits,
    chain_turns,
    coco_rle,
    path_text,
    png_box,
    simple_polygon,
)
from rtseg.bench.wire.measuring import measure
from rtseg.bench.wire.plot import plot
from rtseg.bench.wire.report import figures
from rtseg.bench.wire.streams import flicker
from rtseg.bench.wire.table import render
from rtseg.bench.wire.together import measure_together
from rtseg.cli import main
from rtseg.geometry import fill, iou, trace
from rtseg.types import BoolMask
from tests.bench.davis_folder import write_sequence
from tests.geometry.mask_strategies import disc, square


def moving_disc(x: int = 40, y: int = 45) -> Sequence:
    masks = [disc((90, 120), x + 3 * frame, y, 30) for frame in range(4)]
    flow = np.zeros((90, 120, 2), np.float32)
    flow[..., 0] = 3
    return Sequence("disc", masks, [flow] * 3)


def test_report_has_every_figure() -> None:
    part = figures(measure(moving_disc(), is_plotted=True, is_still_too=True))
    at_97 = part["fidelities"]["0.97"]
    assert at_97["least_iou"] >= 0.97
    # The same disc, three pixels on, has the same vertices, three pixels on.
    assert at_97["lives_on"]["polygon"] == 1
    assert at_97["same_vertex"] == 1
    assert part["fidelities"]["1.0"].get("same_vertex") is None
    assert 0 < at_97["bytes"]["ours"] < at_97["bytes"]["path_text"]
    assert at_97["bytes"]["still_mask"] <= 12
    assert part["fidelities"]["1.0"]["least_iou"] == 1
    assert part["curve"]["0.97"]["ours"] == at_97["bytes"]["ours"]
    assert 0 < part["chain_code_bytes"] < part["coco_rle_bytes"]
    together = measure_together([moving_disc(), moving_disc(60, 40)])
    text = render({"davis": part, "together": together})
    for row in (
        "vertices that go on, by id",
        "vertices that live on, ours",
        "COCO RLE + zlib",
        "still, polygon",
        "chain code",
    ):
        assert row in text


def test_clips_are_pooled_frame_by_frame() -> None:
    short = Sequence("short", moving_disc().masks[:2], None)
    numbers = measure(moving_disc(), is_plotted=False, is_still_too=False)
    alone = figures(numbers)["fidelities"]["0.97"]["bytes"]["path_text"]
    other = measure(short, is_plotted=False, is_still_too=False)
    fewer = figures(other)["fidelities"]["0.97"]["bytes"]["path_text"]
    numbers.pool(other)
    pooled = figures(numbers)
    assert pooled["frames"] == 6
    assert pooled["fidelities"]["0.97"]["bytes"]["path_text"] == pytest.approx(
        (4 * alone + 2 * fewer) / 6
    )
    assert pooled["fidelities"]["0.97"]["bytes_by_sequence"].keys() == {"disc", "short"}


def test_objects_in_one_packet_share_what_is_around_them() -> None:
    same = measure_together([moving_disc(), moving_disc(30, 50), moving_disc(50, 40)])
    assert [row["objects"] for row in same["rows"]] == [2, 3]
    for row in same["rows"]:
        # Eight or more bytes of each packet tell of the frame and not of the object.
        saved = 8 * (1 - 1 / row["objects"])
        assert row["bytes_together"] <= row["bytes_alone"] - saved


def test_a_thing_that_flickers_is_still() -> None:
    mask = disc((90, 120), 60, 45, 30)
    for each in flicker(mask, 3):
        assert each.shape == mask.shape
        assert 0.9 < iou(each, mask) < 1


def test_simple_polygon_keeps_the_fidelity() -> None:
    mask = moving_disc().masks[0]
    path = simple_polygon(mask, 0.97)
    assert 0.97 <= iou(fill(path, mask.shape), mask) < 1
    assert path_text(path, mask) > 100


def test_simple_polygons_are_the_same_whatever_was_asked_for_before() -> None:
    mask = flicker(disc((90, 120), 60, 45, 30), 1)[0]
    several = SimplePolygons(mask)
    for min_iou in (0.99, 0.9, 0.97, 1.0):
        assert several.at(min_iou) == simple_polygon(mask, min_iou)


def test_coco_rle_by_hand() -> None:
    mask: BoolMask = np.zeros((4, 5), np.bool_)
    mask[1:3, 1:4] = True
    # Runs 5 2 2 2 2 2 5: the first three as they are, then 0 0 0 3 more than two before.
    assert coco_rle(mask) == b"5220003"
    assert coco_rle(~mask) == b"052M0003"


def test_chain_code_by_hand() -> None:
    # Down, and behind that first step: on for a pixel and left, three times, and on for a pixel.
    turns = chain_turns(trace(square((9, 9), 2, 3, 4, 5)))
    assert turns.sum() == 7
    assert turns[0, 0, 0] == 1
    assert turns[:, 0, 1].sum() == 3
    # Only what follows two straight moves is uncertain: once a straight one, once a left one.
    assert chain_bits(turns) == pytest.approx(2)
    assert chain_bits(np.zeros((3, 3, 3), np.int64)) == 0


def test_png_holds_the_box() -> None:
    mask = disc((90, 120), 60, 45, 30)
    assert 60 < png_box(mask) < 300
    assert png_box(np.zeros((9, 9), np.bool_)) == 0


def test_model_like_masks_are_smoother() -> None:
    rng = np.random.default_rng(1)
    noise = cv2.GaussianBlur(rng.random((480, 854)), (0, 0), 3)
    rough = Sequence("noise", [noise > 0.5], None)
    smooth = as_a_model(rough).masks[0]
    assert iou(smooth, rough.masks[0]) > 0.8
    assert simple_polygon(smooth, 1).rings[0].size


def test_plot_is_an_svg_for_light_and_dark_that_stays_the_same() -> None:
    pytest.importorskip("matplotlib")
    part = figures(measure(moving_disc(), is_plotted=True, is_still_too=False))
    svg = plot(part)
    assert svg == plot(part)
    root = ElementTree.fromstring(svg)
    texts = {"".join(each.itertext()).strip() for each in root.iter() if each.tag.endswith("text")}
    assert {"rtseg", "path text", "polygon, varint + zlib"} <= texts
    assert "prefers-color-scheme: dark" in svg
    assert "#123456" not in svg


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    dice = np.random.default_rng(5)
    for clip, x in (("one", 40), ("two", 70)):
        background = cv2.GaussianBlur(dice.integers(0, 255, (90, 160, 3), np.uint8), (0, 0), 2)
        masks = [disc((90, 160), x + frame, 45, 20) for frame in range(6)]
        images = [np.where(mask[..., None], np.uint8(230), background) for mask in masks]
        write_sequence(tmp_path, clip, zip(images, masks, strict=True))
    return tmp_path


def test_command_measures_all_kinds_and_plots(
    davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    svg = tmp_path / "bytes.svg"
    flags = ["--davis", str(davis), "--frames", "6", "--json", "--svg", str(svg)]
    assert main(["bench", "wire", *flags]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {kind: report[kind]["frames"] for kind in ("davis", "model_like", "tracker")} == {
        "davis": 12,
        "model_like": 12,
        "tracker": 6,
    }
    for kind in ("davis", "model_like"):
        assert report[kind]["fidelities"]["0.99"]["encode_ms"]["p95"] > 0
    assert report["tracker"]["fidelities"]["0.97"]["lives_on"]["ours"] is not None
    assert "more than a frame behind" in render(report)
    assert svg.read_text(encoding="utf-8").startswith("<?xml")


def test_command_takes_a_part(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--davis", str(davis), "--sequences", "two", "--frames", "3", "--json"]
    assert main(["bench", "wire", *flags]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["davis"]["frames"] == 3
    assert report["davis"]["fidelities"]["0.97"]["bytes_by_sequence"].keys() == {"two"}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--frames", "1"], "--frames"),
        (["--sequences", "two, three"], "no sequence three"),
        (["--sequences", ","], "expected names with commas"),
        (["--sequences", ""], "expected names with commas"),
        (["--svg", "bytes.png"], "ends in .svg"),
        (["--svg", "/no/such/folder/bytes.svg"], "/no/such/folder"),
    ],
)
def test_command_refuses_what_is_not_there(
    davis: Path, flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "wire", "--davis", str(davis), *flags]) == 2
    assert message in capsys.readouterr().err
