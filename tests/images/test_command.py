"""`rtseg segment` as a person uses it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.cli import EXIT_USAGE, build_parser, main
from rtseg.errors import RtsegError, UsageError
from rtseg.formats.exporting import FORMATS
from rtseg.geometry import rle
from rtseg.images import command
from rtseg.images.command import expand
from tests.images.colours import OneLoader, scene, spots, store_of

IMAGE = scene(("tomato", 30, 40), ("tomato", 80, 40), ("leaf", 130, 80))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("plate.png", IMAGE)
    cv2.imwrite("sea.png", scene(("sea", 60, 60)))
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    options = build_parser().parse_args(["segment", *arguments])
    return command.main(options, store=store_of(folder / "home"), loader=OneLoader())


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_without_more_it_draws_a_picture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "plate.png", "--object", "tomato") == 0
    drawn = cv2.imread("plate-outlined.jpg")
    assert drawn.shape == IMAGE.shape
    assert np.abs(drawn.astype(int) - IMAGE).max() > 50
    out = capsys.readouterr().out
    assert "plate.png: 2 found (plate-outlined.jpg)" in out
    assert "31×31 px at 15,25  by colours" in out


def test_all_formats_into_a_folder(folder: Path) -> None:
    formats = ",".join(FORMATS)
    arguments = ("--object", "tomato", "--object", "leaf", "--format", formats)
    assert run(folder, "plate.png", *arguments, "--output", "found") == 0
    assert names(folder / "found") == {
        "plate-outlined.jpg",
        "plate-1-tomato.png",
        "plate-2-tomato.png",
        "plate-3-leaf.png",
        "plate.svg",
        "plate.json",
        "objects.jsonl",
        "coco.json",
        "coco-polygons.json",
        "coco-panoptic.json",
        "plate-coco-panoptic.png",
        "plate-semantic.png",
        "plate-semantic.json",
        "plate-panoptic.png",
        "plate-panoptic.json",
        "plate-polygons.json",
        "objects.zip",
    }
    mask = cv2.imread("found/plate-3-leaf.png", cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask > 0, spots(IMAGE, "leaf")[0])
    record = json.loads(Path("found/plate.json").read_text())
    assert [one["label"] for one in record["objects"]] == ["tomato", "tomato", "leaf"]
    assert json.loads(Path("found/objects.jsonl").read_text()) == record
    assert len(ET.parse("found/plate.svg").getroot()) == 3
    coco = json.loads(Path("found/coco.json").read_text())
    assert [a["category_id"] for a in coco["annotations"]] == [1, 1, 2]
    assert coco["images"][0]["file_name"] == "plate.png"


def test_one_file_by_its_suffix(folder: Path) -> None:
    for name in ("a.png", "a.webp", "a.svg", "a.json", "a.jsonl"):
        assert run(folder, "plate.png", "--object", "leaf", "--output", name) == 0
    arguments = ("--object", "leaf", "--format", "masks", "--output", "mask.png")
    assert run(folder, "plate.png", *arguments) == 0
    arguments = ("--object", "leaf", "--format", "coco", "--output", "c.json")
    assert run(folder, "plate.png", *arguments) == 0
    assert names(folder) >= {"a.png", "a.webp", "a.svg", "a.json", "a.jsonl", "mask.png", "c.json"}
    assert cv2.imread("a.png").shape == IMAGE.shape
    assert "annotations" in json.loads(Path("c.json").read_text())
    with pytest.raises(UsageError, match="2 masks do not go into one file"):
        run(folder, "plate.png", "--object", "tomato", "--format", "masks", "--output", "m.png")


def test_a_map_is_one_file_and_an_archive_holds_many_images(folder: Path) -> None:
    arguments = ("--object", "tomato", "--format", "panoptic", "--output", "ids.png")
    assert run(folder, "plate.png", *arguments) == 0
    assert not Path("ids.json").exists()  # the table stands in the picture
    assert set(np.unique(cv2.imread("ids.png", cv2.IMREAD_UNCHANGED))) == {0, 1, 2}
    cv2.imwrite("second.png", IMAGE)
    assert run(folder, "plate.png", "second.png", "--object", "leaf", "--output", "a.zip") == 0
    with zipfile.ZipFile("a.zip") as archive:
        assert {"plate-1-leaf.png", "second-1-leaf.png", "coco.json"} < set(archive.namelist())
        assert len(json.loads(archive.read("coco.json"))["images"]) == 2


def test_json_alone_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = names(folder)
    assert run(folder, "plate.png", "--point", "130px,80px", "--json") == 0
    assert names(folder) == before
    (image,) = json.loads(capsys.readouterr().out)["images"]
    (one,) = image["objects"]
    assert (image["width"], image["height"], image["not_found"]) == (160, 120, [])
    mask = rle.decode(rle.Rle((120, 160), one["mask"]["counts"]))
    assert np.array_equal(mask, spots(IMAGE, "leaf")[0])


def test_what_is_not_there_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "sea.png", "--object", "tomato") == 1
    assert "sea-outlined.jpg" not in names(folder)
    assert "sea.png: 'tomato': not found by colours" in capsys.readouterr().err
    assert run(folder, "sea.png", "--object", "tomato", "--object", "sea", "--json") == 1
    (image,) = json.loads(capsys.readouterr().out)["images"]
    assert image["not_found"] == [{"prompt": "tomato", "model": "colours"}]
    assert [one["prompt"] for one in image["objects"]] == [1]


def test_many_images(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other").mkdir()
    cv2.imwrite("other/plate.png", IMAGE)
    (folder / "broken.png").write_text("no picture")
    arguments = ["--object", "tomato", "--format", "overlay,jsonl", "--output", "found"]
    assert run(folder, "*.png", "other/plate.png", *arguments) == 1
    assert names(folder / "found") == {
        "plate-outlined.jpg",
        "plate-2-outlined.jpg",
        "objects.jsonl",
    }
    lines = [json.loads(line) for line in Path("found/objects.jsonl").read_text().splitlines()]
    assert [(line["image"], len(line["objects"])) for line in lines] == [
        ("plate.png", 2),
        ("sea.png", 0),
        ("other/plate.png", 2),
    ]
    assert "broken.png: expected an image" in capsys.readouterr().err
    with pytest.raises(UsageError, match="3 images do not go into one file"):
        run(folder, "*.png", "--object", "tomato", "--output", "a.png")


def test_patterns_are_files(folder: Path) -> None:
    assert expand(["*.png", "plate.png", "gone.jpg"]) == [
        Path("plate.png"),
        Path("sea.png"),
        Path("gone.jpg"),
    ]
    (folder / "a[1].png").touch()
    assert expand(["a[1].png"]) == [Path("a[1].png")]
    with pytest.raises(UsageError, match="no file is called so"):
        expand(["*.tif"])


def test_the_image_itself_is_never_overwritten(folder: Path) -> None:
    before = (folder / "plate.png").read_bytes()
    with pytest.raises(UsageError, match="is the image itself"):
        run(folder, "plate.png", "--object", "leaf", "--output", "plate.png")
    assert (folder / "plate.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["gone.png", "--object", "leaf"], "cannot be read"),
        ([".", "--object", "leaf"], "got a folder"),
        (["plate.png"], "nothing to outline is said"),
        (["plate.png", "--object", "giraffe"], "you can ask for: tomato, leaf, sea"),
        (["plate.png", "--point", "161px,5px"], "which is 160×120 pixels"),
        (["plate.png", "--object", "leaf", "--format", "gif"], "no format is called 'gif'"),
        (["plate.png", "--object", "leaf", "--output", "sea.png/x/"], "cannot be written"),
        (["plate.png", "--object", "leaf", "--output", "a.gif"], "ends in"),
        (["plate.png", "--object", "leaf", "--model", "sam"], "no model is called 'sam'"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, arguments: list[str], says: str) -> None:
    before = names(folder)
    with pytest.raises(RtsegError) as raised:
        run(folder, *arguments)
    assert says in str(raised.value)
    assert isinstance(raised.value, UsageError)
    assert names(folder) == before


def test_the_command_line_tells_errors_by_its_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segment", "gone.png", "--object", "person"]) == EXIT_USAGE
    assert capsys.readouterr().err.startswith("rtseg: gone.png: cannot be read")
