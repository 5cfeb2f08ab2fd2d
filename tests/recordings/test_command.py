"""`rtseg track` as a person uses it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
import pytest

from rtseg.cli import EXIT_USAGE, build_parser, main
from rtseg.errors import BackendError, RtsegError, UsageError
from rtseg.formats import Outlined
from rtseg.geometry import iou
from rtseg.models import Answer, Request, Store
from rtseg.recordings import command
from rtseg.recordings.beside import beside
from rtseg.recordings.following import Seen
from rtseg.recordings.footage import Footage, Shot
from rtseg.recordings.sheet import Sheet
from tests.images.colours import OneLoader, spots
from tests.recordings.conftest import FPS, FRAMES, picture

Run: TypeAlias = Callable[..., int]

SHARED = Path(__file__).parents[2].parent / "shared"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(clip: Path, store: Store, loader: OneLoader, folder: Path) -> Run:
    def call(*arguments: str, source: Path = clip) -> int:
        options = build_parser().parse_args(["track", str(source), *arguments])
        return command.main(options, store=store, loader=loader)

    return call


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_more_it_makes_a_video(
    run: Run, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--object", "tomato", "--object", "leaf") == 0
    assert names(folder) == {"clip-outlined.mp4"}
    with av.open("clip-outlined.mp4") as container:
        frames = list(container.decode(video=0))
    assert [frame.time for frame in frames] == pytest.approx(
        [n / FPS for n in range(FRAMES)], abs=1e-3
    )
    drawn = frames[12].to_ndarray(format="bgr24").astype(int)
    changed = np.abs(drawn - picture(12)).max(axis=2) > 60
    assert 0.01 < changed.mean() < 0.4
    told = capsys.readouterr()
    assert "tomato: in 20 of 20 frames, 2 objects (by colours)" in told.out
    assert "leaf: in 10 of 20 frames (by colours)" in told.out
    assert "frame 20 of 20" in told.err


def test_all_formats_into_a_folder(run: Run, folder: Path) -> None:
    formats = "overlay,masks,svg,jsonl,coco,coco-polygons"
    assert run("--object", "leaf", "--format", formats, "--output", "out", "--sheet", "s.png") == 0
    assert names(folder / "out") == {
        "clip-outlined.mp4",
        "clip-masks",
        "clip-svg",
        "clip.jsonl",
        "clip.coco.json",
        "clip.coco-polygons.json",
    }
    masks = sorted((folder / "out/clip-masks/1-leaf").iterdir())
    assert [mask.name for mask in masks] == [f"{n:06d}.png" for n in range(10, 20)]
    mask = cv2.imread(str(masks[0]), cv2.IMREAD_UNCHANGED) > 0
    assert iou(mask, spots(picture(10), "leaf")[0]) > 0.9
    assert len(names(folder / "out/clip-svg")) == FRAMES
    assert len(ET.parse("out/clip-svg/000005.svg").getroot()) == 0
    assert len(ET.parse("out/clip-svg/000015.svg").getroot()) == 1
    lines = [json.loads(line) for line in Path("out/clip.jsonl").read_text().splitlines()]
    assert [line["frame"] for line in lines] == list(range(FRAMES))
    assert [len(line["objects"]) for line in lines] == [0] * 10 + [1] * 10
    assert lines[12]["time_s"] == pytest.approx(0.6)
    assert lines[12]["objects"][0]["age_ms"] == 0
    # The mask is the model's own, of which the tracker has nothing to say.
    assert [lines[12]["objects"][0][key] for key in ("state", "confidence")] == ["found", None]
    coco = json.loads(Path("out/clip.coco.json").read_text())
    assert len(coco["images"]) == FRAMES
    assert {a["track_id"] for a in coco["annotations"]} == {1}
    assert cv2.imread("s.png").shape[1] == 4 * 480 + 5 * 6


def test_a_summary_for_machines(run: Run, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--object", "tomato", "--output", "a.jsonl", "--json", "--seconds", "0.5") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["width"], told["height"]) == (10, 160, 120)
    assert told["files"] == ["a.jsonl"]
    assert told["prompts"] == [
        {
            "prompt": "tomato",
            "label": "tomato",
            "model": "colours",
            "found_frames": 10,
            "objects": [{"id": 1, "frames": 10}, {"id": 2, "frames": 10}],
        }
    ]


def test_what_was_heard_beside_what_is_followed(run: Run, folder: Path) -> None:
    arguments = ["--object", "tomato", "--answers-per-second", "4", "--beside", "two.mp4"]
    assert run(*arguments, "--output", "a.jsonl") == 0
    assert names(folder) == {"a.jsonl", "two.mp4"}
    with av.open("two.mp4") as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == FRAMES
    height, width = picture(0).shape[:2]
    assert frames[0].shape == (height + 2 * 11, 2 * width + 4, 3)
    # Five frames long nothing has been heard; then both views have outlines, and not the same ones.
    drawn = {}
    for n in (3, 5):
        views = frames[n][:height, :width], frames[n][:height, width + 4 :]
        drawn[n] = [np.abs(view - picture(n).astype(int)).max(axis=2) > 60 for view in views]
    assert all(each.mean() < 0.01 for each in drawn[3])
    assert all(each.mean() > 0.01 for each in drawn[5])
    assert iou(*drawn[5]) < 0.8
    lines = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    assert [bool(line["objects"]) for line in lines] == [False] * 5 + [True] * 15


def test_both_views_of_a_large_video_fit_a_screen() -> None:
    image = cv2.resize(picture(0), (1922, 1082))
    mask = np.zeros((1082, 1922), np.bool_)
    mask[200:600, 300:900] = True
    one = Outlined(7, "tomato", 0.9, mask, age_ms=120, state="uncertain", confidence=0.41)
    seen = Seen(Shot(0, 0.0, image), (one,), (), (8,))
    drawn = beside(seen)
    assert drawn.shape == (540 + 2 * 16, 1924, 3)
    assert not (drawn[:540, :960] == drawn[:540, 964:]).all()
    without = beside(replace(seen, lost=()))
    assert not (drawn[540:, 964:] == without[540:, 964:]).all()
    assert (drawn[:, :960] == without[:, :960]).all()


def test_what_is_never_found_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--object", "sea", "--object", "tomato") == 1
    told = capsys.readouterr()
    assert "sea: in 0 of 20 frames" in told.out
    assert "'sea': never found" in told.err


def test_an_answer_that_comes_after_the_end_is_said(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--object", "tomato", "--answers-per-second", "0.5") == 1
    assert "never found; its first answer comes 2 s after the start" in capsys.readouterr().err
    assert run("--object", "sea", "--answers-per-second", "2") == 1
    assert capsys.readouterr().err.endswith("'sea': never found\n")


def test_a_second_after_the_end_is_said(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--point", "0.5,0.5@7") == 1
    assert "the source ended before that second" in capsys.readouterr().err


def test_ctrl_c_finishes_the_files(run: Run, loader: OneLoader, folder: Path) -> None:
    segment = loader.segmenter.segment

    def interrupted(batch: Sequence[Request]) -> list[Answer]:
        if len(loader.segmenter.requests) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return segment(batch)

    loader.segmenter.segment = interrupted  # type: ignore[method-assign]
    assert run("--object", "tomato", "--format", "overlay,jsonl", "--output", ".") == 130
    assert names(folder) == {"clip-outlined.mp4", "clip.jsonl"}
    assert len(Path("clip.jsonl").read_text().splitlines()) == 6
    with av.open("clip-outlined.mp4") as container:
        assert len(list(container.decode(video=0))) == 6
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_source_that_breaks_keeps_what_came_before(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Footage.shots

    def broken(footage: Footage) -> Iterator[Shot]:
        yield from itertools.islice(whole(footage), 7)
        raise UsageError("clip.mp4: cannot be decoded")

    monkeypatch.setattr(Footage, "shots", broken)
    assert run("--object", "tomato", "--output", "a.jsonl") == 1
    assert len(Path("a.jsonl").read_text().splitlines()) == 7
    assert "cannot be decoded; what came before, 7 frames, is written" in capsys.readouterr().err


def test_a_failure_leaves_no_half_file(run: Run, loader: OneLoader, folder: Path) -> None:
    (folder / "clip.jsonl").write_text("before")
    segment = loader.segmenter.segment

    def failing(batch: Sequence[Request]) -> list[Answer]:
        if len(loader.segmenter.requests) == 5:
            raise BackendError("the model failed")
        return segment(batch)

    loader.segmenter.segment = failing  # type: ignore[method-assign]
    with pytest.raises(BackendError):
        run("--object", "tomato", "--format", "overlay,jsonl,coco", "--output", ".")
    assert names(folder) == {"clip.jsonl"}
    assert (folder / "clip.jsonl").read_text() == "before"


def test_masks_of_another_run_are_not_mixed(run: Run, folder: Path) -> None:
    assert run("--object", "leaf", "--format", "masks") == 0
    with pytest.raises(UsageError, match="files of another run"):
        run("--object", "leaf", "--format", "overlay,masks")
    assert names(folder) == {"clip-masks"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "nothing to outline is said"),
        (["--object", "giraffe"], "you can ask for: tomato, leaf, sea"),
        (["--object", "leaf", "--start", "-1"], "--start: expected seconds"),
        (["--object", "leaf", "--start", "nan"], "--start: expected seconds"),
        (["--object", "leaf", "--seconds", "0"], "--seconds: expected more than 0"),
        (["--object", "leaf", "--start", "7"], "no frame at or after second 7"),
        (["--object", "leaf", "--model-every", "0"], "--model-every: expected 1 or more"),
        (["--point", "0.5,0.5@0.1", "--start", "0.5"], "comes before --start 0.5"),
        (["--point", "500px,5px"], "which is 160×120 pixels"),
        (["--object", "leaf", "--format", "json"], "no format is called 'json'"),
        (["--object", "leaf", "--format", "svg", "--output", "a.mp4"], "goes into a folder"),
        (["--object", "leaf", "--sheet", "a.gif"], "ends in .png"),
        (["--object", "leaf", "--beside", "a.gif"], "ends in .mp4, .mkv, .mov"),
        (["--object", "leaf", "--output", "a.mp4", "--beside", "./a.mp4"], "a.mp4: two outputs"),
        (["--object", "leaf", "--beside", "../work/clip-outlined.mp4"], "outlined.mp4: two"),
        (["--object", "leaf", "--answers-per-second", "0"], "--answers-per-second: expected more"),
        (["--object", "leaf", "--answers-per-second", "2", "--live"], "leave out --live"),
        (["--object", "leaf", "--output", "/dev/null/x/"], "cannot be written"),
    ],
)
def test_what_is_wrong_is_said(run: Run, folder: Path, arguments: list[str], says: str) -> None:
    with pytest.raises(RtsegError) as raised:
        run(*arguments)
    assert says in str(raised.value)
    assert isinstance(raised.value, UsageError)
    assert names(folder) == set()


def test_the_source_is_never_overwritten(run: Run, clip: Path) -> None:
    before = clip.read_bytes()
    for option in ("--output", "--sheet", "--beside"):
        with pytest.raises(UsageError, match="is the source itself"):
            run("--object", "leaf", option, str(clip))
    assert clip.read_bytes() == before


def test_the_command_line_tells_errors_by_its_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["track", "gone.mp4", "--object", "person"]) == EXIT_USAGE
    assert "gone.mp4: cannot be opened" in capsys.readouterr().err


def test_a_sheet_is_spread_over_any_length() -> None:
    image = picture(0)
    for length in (1, 3, 20, 81, 500):
        sheet = Sheet(count=6, columns=3)
        for n in range(length):
            sheet.add(Seen(Shot(n, n / FPS, image), ()))
        indices = [cell.index for cell in sheet._cells]
        assert len(indices) <= 24
        assert length - 1 - indices[-1] <= sheet._stride
        columns, rows = min(3, length), -(-min(6, length) // 3)
        assert sheet.picture().shape == (rows * (360 + 26 + 6) + 6, columns * 486 + 6, 3)


def test_a_real_clip_with_the_real_model(
    weights: Store, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = SHARED / "data/clips/10_cloth_magic.mp4"
    if not source.exists():
        pytest.skip("needs ../shared/data/clips")
    arguments = ["track", str(source), "--object", "person", "--seconds", "0.5", "--json"]
    assert command.main(build_parser().parse_args(arguments), store=weights) == 0
    (prompt,) = json.loads(capsys.readouterr().out)["prompts"]
    assert prompt["found_frames"] == 12
    assert len(prompt["objects"]) == 1
