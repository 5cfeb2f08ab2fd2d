"""Every format by its name: one picture as one file, many pictures as files, all in an archive."""

from __future__ import annotations

import gc
import io
import json
import re
import zipfile
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pytest

from rtseg.cli import build_parser
from rtseg.errors import UsageError
from rtseg.formats import Outlined
from rtseg.formats.exporting import FORMATS, Exporter, export, safe_stem
from rtseg.formats.picture import Picture
from rtseg.geometry import Path as Outline
from rtseg.geometry import fill, iou, rle
from rtseg.images.outputs import SUFFIXES
from rtseg.types import BoolMask

SHAPE = (120, 200)
IMAGE = np.full((*SHAPE, 3), 90, np.uint8)


def disc(x: int, y: int, radius: int, hole: int = 0) -> BoolMask:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    distance = np.hypot(columns - x, rows - y)
    return (distance <= radius) & (distance >= hole)


TYRE = Outlined(1, "tyre", 0.9, disc(60, 60, 45, 20), "m")
BOLT = Outlined(2, "bolt", 0.8, disc(60, 60, 8), "m")
SKY = Outlined(3, "sky", 0.7, disc(150, 60, 60), "m", is_thing=False)
FOUND = Picture("shop/wheel.png", IMAGE, [TYRE, BOLT, SKY])
NOTHING = Picture("empty.jpg", IMAGE, [])


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("picture", [FOUND, NOTHING], ids=["found", "nothing"])
def test_one_picture_is_one_file_in_every_format(name: str, picture: Picture) -> None:
    exported = export(name, picture)
    assert exported.media_type == FORMATS[name].media_type
    assert exported.suffix in (*FORMATS[name].suffixes, ".zip")
    if exported.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
            assert archive.testzip() is None
    elif exported.media_type.startswith("image/") and exported.suffix != ".svg":
        assert pixels(exported.content).shape[:2] == SHAPE
    elif exported.suffix.startswith(".json"):
        json.loads(exported.content)


def test_no_format_is_called_so() -> None:
    with pytest.raises(UsageError, match=r"'gif'; there is: overlay, masks, .*zip"):
        export("gif", FOUND)
    with pytest.raises(UsageError, match="no format is called 'gif'"):
        Exporter(["svg", "gif"])


def test_many_pictures_and_their_names() -> None:
    exporter = Exporter(["masks", "semantic", "coco", "svg"])
    second = Picture("other/wheel.jpg", IMAGE, [BOLT])
    names = [[file.name for file in exporter.add(p)] for p in (FOUND, second, NOTHING)]
    assert names == [
        [
            "wheel-1-tyre.png",
            "wheel-2-bolt.png",
            "wheel-3-sky.png",
            "wheel-semantic.png",
            "wheel-semantic.json",
            "wheel.svg",
        ],
        ["wheel-2-2-bolt.png", "wheel-2-semantic.png", "wheel-2-semantic.json", "wheel-2.svg"],
        ["empty-semantic.png", "empty-semantic.json"],
    ]
    (coco,) = exporter.close()
    document = json.loads(coco.content)
    assert (coco.name, len(document["images"]), len(document["annotations"])) == ("coco.json", 3, 4)


def test_a_picture_does_not_take_the_name_of_a_file_of_all() -> None:
    exporter = Exporter(["json", "polygons", "coco", "coco-polygons"])
    files = exporter.add(Picture("coco.png", IMAGE, [BOLT]))
    assert [file.name for file in files] == ["coco-2.json", "coco-2-polygons.json"]


def test_a_class_has_one_id_in_all_pictures() -> None:
    exporter = Exporter(["semantic"])
    tables = []
    for objects in ([TYRE, BOLT], [SKY], [BOLT]):
        png, table = exporter.add(Picture("x.png", IMAGE, objects))
        tables.append({row["label"]: row["id"] for row in json.loads(table.content)["classes"]})
        assert set(np.unique(pixels(png.content))) == {0} | {
            tables[-1][one.label] for one in objects
        }
    assert tables[-1] == {"background": 0, "tyre": 1, "bolt": 2, "sky": 3}


def test_polygons_have_their_holes_and_fill_to_the_mask() -> None:
    # An island with a pond, in the lake of a larger one.
    island = Outlined(1, "island", 1.0, disc(60, 60, 45, 30) | disc(60, 60, 22, 10))
    record = json.loads(export("polygons", Picture("a.png", IMAGE, [island])).content)
    assert (record["width"], record["height"], record["normalized"]) == (200, 120, False)
    (one,) = record["objects"]
    assert one["bbox"] == {"x_min": 15, "y_min": 15, "x_max": 106, "y_max": 106}
    sizes = [
        [np.ptp(p["outer"], axis=0)[0], *np.ptp(p["holes"], axis=1)[:, 0]] for p in one["polygons"]
    ]
    assert sorted(sizes) == [[45, 19], [91, 59]]  # each hole in its own polygon
    rings = [ring for p in one["polygons"] for ring in (p["outer"], *p["holes"])]
    filled = fill(Outline(tuple(np.array(ring, np.int32) for ring in rings)), SHAPE)
    assert iou(filled, island.mask) > 0.985


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # its own
@pytest.mark.parametrize(("name", "least"), [("coco", 1.0), ("coco-polygons", 0.95)])
def test_pycocotools_takes_it_as_results(
    name: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coco = pytest.importorskip("pycocotools.coco", reason="needs pycocotools")
    whole = Outlined(4, "disc", 0.6, disc(40, 50, 30))
    written = export(name, Picture("a.jpg", IMAGE, [whole, BOLT])).content
    (tmp_path / "truth.json").write_bytes(written)
    truth = coco.COCO(str(tmp_path / "truth.json"))
    results = truth.loadRes(json.loads(written)["annotations"])
    for annotation, one in zip(results.loadAnns(results.getAnnIds()), [whole, BOLT], strict=True):
        mask = results.annToMask(annotation).astype(np.bool_)
        assert iou(mask, one.mask) >= least
        assert annotation["score"] == one.score


def test_cocos_panoptic_picture_and_table_agree() -> None:
    exporter = Exporter(["coco-panoptic"])
    far = Outlined(700, "bolt", 0.5, disc(20, 20, 9))
    (first,) = exporter.add(FOUND)
    (second,) = exporter.add(Picture("b.png", IMAGE, [far]))
    (document,) = exporter.close()
    told = json.loads(document.content)
    assert [image["file_name"] for image in told["images"]] == ["shop/wheel.png", "b.png"]
    assert [(c["name"], c["isthing"]) for c in told["categories"]] == [
        ("tyre", 1),
        ("bolt", 1),
        ("sky", 0),
    ]
    for file, annotation in zip((first, second), told["annotations"], strict=True):
        assert annotation["file_name"] == file.name
        blue, green, red = np.moveaxis(pixels(file.content).astype(int), 2, 0)
        ids = red + 256 * green + 65536 * blue  # `rgb2id` of COCO's panoptic API
        assert set(np.unique(ids)) - {0} == {s["id"] for s in annotation["segments_info"]}
        for segment in annotation["segments_info"]:
            x, y, width, height = segment["bbox"]
            own = ids == segment["id"]
            assert own.sum() == segment["area"] == own[y : y + height, x : x + width].sum()


def test_an_archive_holds_every_format_and_says_what_is_what() -> None:
    with zipfile.ZipFile(io.BytesIO(export("zip", FOUND).content)) as archive:
        names = archive.namelist()
        readme = archive.read("README.txt").decode()
        masks = [archive.read(name) for name in names if re.search(r"-\d-\w+\.png", name)]
        objects = json.loads(archive.read("wheel.json"))["objects"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert len(names) == len(set(names))
    assert "wheel-outlined.jpg" in names
    assert "coco-panoptic.json" in names
    for name, each in FORMATS.items():
        if name not in {"zip", "jsonl"}:
            assert f"{name}: {each.title}" in readme
    assert all(f"    {name}\n" in readme for name in names if name != "README.txt")
    for png, one, found in zip(masks, objects, FOUND.objects, strict=True):
        assert np.array_equal(pixels(png) == 255, found.mask)
        assert np.array_equal(rle.decode(rle.Rle(SHAPE, one["mask"]["counts"])), found.mask)


def test_an_archive_that_is_given_up_is_silent() -> None:
    exporter = Exporter(["zip"])
    exporter.add(FOUND)
    # As an exception's traceback holds it: the order in which its parts go is the collector's.
    held: list[object] = [exporter]
    held.append(held)
    del exporter, held
    gc.collect()  # a destructor that raises is an error of this test: pytest's settings


def test_an_archive_is_the_same_every_time() -> None:
    assert export("zip", FOUND).content == export("zip", FOUND).content
    assert export("masks", FOUND).content == export("masks", FOUND).content


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../../etc/passwd", "passwd"),
        ("..", "picture"),
        ("", "picture"),
        ("/", "picture"),
        (r"C:\photos\IMG 1.JPG", "IMG 1"),
        (".hidden", "hidden"),
        ('a<b>:"|?*\n.png', "a-b-"),
        ("猫" * 300 + ".png", "猫" * 40),
        ("v1.2.tar.png", "v1.2.tar"),
        ("\ud800.png", "?"),
    ],
)
def test_names_in_an_archive_stay_in_its_folder(name: str, stem: str) -> None:
    assert safe_stem(name) == stem.replace("?", safe_stem("\ud800.png"))
    archive = zipfile.ZipFile(io.BytesIO(export("zip", Picture(name, IMAGE, [TYRE])).content))
    for inner in archive.namelist():
        assert PurePosixPath(inner).name == inner
        assert "\\" not in inner


def test_the_command_line_has_the_same_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert SUFFIXES.keys() == FORMATS.keys()
    with pytest.raises(SystemExit):
        build_parser().parse_args(["segment", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert f"--format A,B {', '.join(FORMATS)} --json" in told.replace("- ", "-")
