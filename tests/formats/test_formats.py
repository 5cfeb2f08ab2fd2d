"""Objects as masks, SVG, JSON and COCO."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.formats import Dataset, Outlined, mask_png, picture_record, svg_document
from rtseg.formats.choosing import file_name, plan
from rtseg.formats.palette import COLOURS, colour_of
from rtseg.formats.records import object_record
from rtseg.formats.whole import whole_file, write_whole
from rtseg.geometry import fill, iou, rle
from rtseg.types import BoolMask
from tests.path_data import read_path

SIZE = (200, 120)
SVG = "{http://www.w3.org/2000/svg}"


def ring(x: int = 90, y: int = 60, outer: int = 40, inner: int = 15) -> BoolMask:
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    distance = np.hypot(columns - x, rows - y)
    return (distance <= outer) & (distance > inner)


def outlined(**changes: object) -> Outlined:
    fields = {"id": 1, "label": "tyre", "score": 0.875, "mask": ring(), "model": "m"} | changes
    return Outlined(**fields)  # type: ignore[arg-type]


def test_the_box_is_on_pixel_edges() -> None:
    mask = np.zeros((10, 20), np.bool_)
    mask[3, 5:9] = True
    one = outlined(mask=mask)
    assert one.bbox == (5, 3, 9, 4)
    assert one.area_px == 4


def test_svg_paths_fill_to_the_mask_holes_and_all() -> None:
    document = ET.fromstring(svg_document([outlined()], SIZE))
    assert document.get("viewBox") == "0 0 200 120"
    path = document.find(f"{SVG}path")
    assert path is not None
    assert path.get("fill-rule") == "nonzero"
    back = fill(read_path(path.get("d", "")), (SIZE[1], SIZE[0]))
    assert iou(back, ring()) > 0.985
    assert not back[60, 90]


def test_svg_takes_any_label() -> None:
    label = 'a <b> & "c" \x00\x0b 猫 \ud800'
    document = ET.fromstring(svg_document([outlined(label=label)], SIZE))
    path = document.find(f"{SVG}path")
    assert path is not None
    assert path.get("data-label") == 'a <b> & "c"  猫 '
    assert path.findtext(f"{SVG}title") == 'a <b> & "c"  猫  1'


def test_a_record_says_everything_once() -> None:
    record = json.loads(json.dumps(picture_record([outlined()], SIZE, image="x.jpg")))
    assert (record["image"], record["width"], record["height"]) == ("x.jpg", 200, 120)
    (one,) = record["objects"]
    assert (one["id"], one["label"], one["score"], one["model"]) == (1, "tyre", 0.875, "m")
    assert one["area_px"] == ring().sum()
    assert np.array_equal(rle.decode(rle.Rle((120, 200), one["mask"]["counts"])), ring())
    box = one["bbox"]
    origin = (box["x_min"] * 200, box["y_min"] * 120)
    scale = ((box["x_max"] - box["x_min"]) * 200, (box["y_max"] - box["y_min"]) * 120)
    back = fill(read_path(one["path"], scale, origin), (120, 200))
    assert iou(back, ring()) > 0.985
    assert box == {"x_min": 0.25, "y_min": 0.166667, "x_max": 0.655, "y_max": 0.841667}


def test_age_and_mask_are_told_where_they_belong() -> None:
    assert "age_ms" not in object_record(outlined())
    record = object_record(outlined(age_ms=40), with_mask=False, with_age=True)
    assert record["age_ms"] == 40
    assert "mask" not in record


def test_a_mask_png_is_the_mask() -> None:
    back = cv2.imdecode(np.frombuffer(mask_png(ring()), np.uint8), cv2.IMREAD_UNCHANGED)
    assert back.dtype == np.uint8
    assert np.array_equal(back, ring() * np.uint8(255))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # its own
@pytest.mark.parametrize("segmentation", ["rle", "polygons"])
def test_pycocotools_reads_what_is_written(
    segmentation: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="needs pycocotools")
    disc = ring(inner=-1)
    data = Dataset(segmentation)  # type: ignore[arg-type]
    data.add("a.jpg", SIZE, [outlined(mask=disc), outlined(id=2, label="mug", mask=disc)])
    data.add("b.jpg", SIZE, [outlined(id=3, mask=disc), outlined(id=4, label="")])
    path = tmp_path / "coco.json"
    path.write_text(json.dumps(data.as_json()))
    read = coco.COCO(str(path))
    assert [c["name"] for c in read.loadCats(read.getCatIds())] == ["tyre", "mug", "object"]
    assert read.getImgIds() == [1, 2]
    assert len(read.getAnnIds(imgIds=[1])) == 2
    first = read.loadAnns(read.getAnnIds(imgIds=[1], catIds=[1]))[0]
    mask = read.annToMask(first).astype(np.bool_)
    assert iou(mask, disc) > (0.999 if segmentation == "rle" else 0.97)
    assert first["bbox"] == [50, 20, 81, 81]
    assert first["area"] == disc.sum()


def test_coco_of_a_video_keeps_ids_over_frames() -> None:
    data = Dataset()
    video = data.add_video("clip", SIZE)
    for frame in range(2):
        data.add(f"{frame}.jpg", SIZE, [outlined(id=7)], video_id=video, frame=frame, time_s=0.5)
    document = data.as_json()
    assert document["videos"] == [{"id": 1, "name": "clip", "width": 200, "height": 120}]
    assert [image["frame_id"] for image in document["images"]] == [0, 1]
    assert [a["track_id"] for a in document["annotations"]] == [7, 7]
    assert [a["id"] for a in document["annotations"]] == [1, 2]


def test_the_colours_are_those_of_the_page() -> None:
    page = Path(__file__).parents[2] / "web/src/dom/palette.ts"
    if not page.exists():
        pytest.skip("needs the page's sources")
    assert tuple(re.findall(r'"(#[0-9a-f]{6})"', page.read_text())) == COLOURS
    assert colour_of(1) == COLOURS[0] == colour_of(9) == colour_of(0)


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    write_whole(path, "before")

    def fail() -> None:
        with whole_file(path) as part:
            part.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "before"
    assert [file.name for file in path.parent.iterdir()] == ["a.txt"]
    (tmp_path / "file").touch()
    for bad in (tmp_path / "file" / "a.txt", tmp_path / "new"):
        with pytest.raises(UsageError, match="cannot be written"):
            write_whole(bad, "x")


SUFFIXES = {"overlay": (".png", ".jpg"), "masks": (), "json": (".json",), "coco": (".json",)}


def test_what_is_written_follows_from_the_command_line(tmp_path: Path) -> None:
    def choose(output: str | None, wanted: str | None) -> tuple[object, ...]:
        how = plan(output, wanted, SUFFIXES, default=("overlay",))
        return how.formats, how.folder, how.file

    assert choose(None, None) == (("overlay",), Path(), None)
    assert choose(None, "json, masks,json") == (("json", "masks"), Path(), None)
    assert choose("a.JPG", None) == (("overlay",), None, Path("a.JPG"))
    assert choose("a.json", None) == (("json",), None, Path("a.json"))
    assert choose("a.json", "coco") == (("coco",), None, Path("a.json"))
    assert choose("found/", "coco") == (("coco",), Path("found"), None)
    dotted = tmp_path / "v1.2"
    dotted.mkdir()
    assert choose(str(dotted), None) == (("overlay",), dotted, None)


@pytest.mark.parametrize(
    ("output", "wanted", "says"),
    [
        (None, "png", "no format is called 'png'; there is: overlay, masks, json, coco"),
        (None, ",", "at least one"),
        ("a.gif", None, "ends in .jpg, .json, .png"),
        ("a.json", "json,coco", "one file holds one format"),
        ("a.json", "overlay", "goes into a folder, or .png or .jpg"),
        ("a.png", "masks", "'masks' goes into a folder"),
        (__file__.removesuffix(".py"), None, None),
    ],
)
def test_what_cannot_be_written_is_said(output: str, wanted: str, says: str | None) -> None:
    if says is None:
        plan(output, wanted, SUFFIXES, default=("overlay",))
        return
    with pytest.raises(UsageError, match=re.escape(says)):
        plan(output, wanted, SUFFIXES, default=("overlay",))


def test_labels_become_file_names() -> None:
    assert file_name("Traffic light!") == "traffic-light"
    assert file_name("../../etc") == "etc"
    assert file_name("猫") == "猫"
    assert file_name("/") == "object"
    assert len(file_name("猫" * 300).encode()) <= 60
