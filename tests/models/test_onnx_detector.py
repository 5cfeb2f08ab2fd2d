from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from rtseg.errors import BackendError, ConfigError, ModelMissingError, UsageError
from rtseg.models.catalogue import builtin, read
from rtseg.models.onnx.detector import YoloxDetector
from rtseg.models.protocol import Detection, Request
from rtseg.models.store import State, Store
from rtseg.models.vocabulary import vocabulary
from rtseg.types import Prompt
from tests.models.detecting import BLUE, RED, picture, store_with
from tests.models.onnx_files import HALF, colour_detector, model, node, other_layout, value
from tests.models.test_onnx_session import RUNTIMES

SHARED = Path(__file__).parents[3] / "shared"


def load(tmp_path: Path, content: bytes = colour_detector(), **fields: object) -> YoloxDetector:
    files = {"model.onnx": content} | dict(fields.pop("files", {}))  # type: ignore[call-overload]
    store = store_with(tmp_path, files, **fields)
    return YoloxDetector(store.catalogue.entry("ours"), store, "cpu")


def places(found: tuple[Detection, ...]) -> list[tuple[int, str, float, float]]:
    """Prompt, label, and the column and row of the cell."""
    return [(d.prompt, d.label, d.box.x_min * 8, d.box.y_min * 8) for d in found]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_thing_is_found_where_it_is(tmp_path: Path, runtime: str) -> None:
    detector = load(tmp_path, options={"model": "model.onnx", "runtime": runtime})
    for side_px in (64, 128, 256):
        image = picture((2, 5, RED), (6, 1, BLUE), side_px=side_px)
        ((found,),) = detector.detect([Request(image, (Prompt("Scarlet"),))])
        assert (found.prompt, found.label) == (0, "red")
        assert found.score == pytest.approx(1)
        corners = (found.box.x_min, found.box.y_min, found.box.x_max, found.box.y_max)
        np.testing.assert_allclose(np.array(corners) * 8, [2, 5, 3, 6], atol=1e-5)


def test_prompts_are_answered_in_order_surest_first(tmp_path: Path) -> None:
    detector = load(tmp_path)
    image = picture((0, 0, (60, 60, 200)), (3, 3, RED), (5, 5, BLUE))
    prompts = (Prompt("blue"), Prompt("the colours"), Prompt("red"))
    (found,) = detector.detect([Request(image, prompts)])
    assert places(found) == [
        (0, "blue", 5, 5),
        (1, "red", 3, 3),
        (1, "blue", 5, 5),
        (1, "red", 0, 0),
        (2, "red", 3, 3),
        (2, "red", 0, 0),
    ]
    assert found[-1].score == pytest.approx(140 / 255)


@pytest.mark.parametrize("batch", [1, 2, None])
def test_any_number_of_requests(tmp_path: Path, batch: int | None) -> None:
    detector = load(tmp_path, colour_detector(batch=batch))
    assert detector.info.max_batch == {1: 1, 2: 2, None: 8}[batch]
    requests = [Request(picture((n, n, RED)), (Prompt("red"),)) for n in range(5)]
    requests.insert(2, Request(picture((7, 7, RED)), ()))  # paused
    answers = detector.detect(requests)
    assert [places(found) for found in answers] == [
        *[[(0, "red", n, n)] for n in range(2)],
        [],
        *[[(0, "red", n, n)] for n in range(2, 5)],
    ]
    assert detector.detect([]) == []
    assert detector.detect([Request(picture(), (Prompt("red"),))]) == [()]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_half_precision(tmp_path: Path, runtime: str) -> None:
    options = {"model": "model.onnx", "runtime": runtime}
    detector = load(tmp_path, colour_detector(element=HALF), options=options)
    ((found,),) = detector.detect([Request(picture((2, 5, RED)), (Prompt("red"),))])
    assert (found.label, round(found.box.x_min * 8)) == ("red", 2)
    assert found.score == pytest.approx(1, abs=0.01)


def test_what_it_is(tmp_path: Path) -> None:
    info = load(tmp_path).info
    assert (info.name, info.labels, info.device) == ("ours", ("red", "blue"), "cpu")
    assert (info.licence, info.takes) == ("CC0-1.0", frozenset({"text"}))


def test_what_it_does_not_take(tmp_path: Path) -> None:
    detector = load(tmp_path)
    assert detector.can_answer(Prompt("reds"))
    for text in ("green", "a dark red", ""):
        assert not detector.can_answer(Prompt(text))
        with pytest.raises(UsageError, match=f"cannot find '{text}'; it knows: red, blue"):
            detector.detect([Request(picture(), (Prompt(text),))])
    for image in (np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3)), np.zeros((0, 8, 3), np.uint8)):
        with pytest.raises(UsageError, match="expected a BGR image"):
            detector.detect([Request(image, (Prompt("red"),))])  # type: ignore[arg-type]


def test_a_closed_one_says_so(tmp_path: Path) -> None:
    detector = load(tmp_path)
    detector.warm_up()
    detector.close()
    detector.close()
    with pytest.raises(UsageError, match="closed"):
        detector.detect([Request(picture(), (Prompt("red"),))])


@pytest.mark.parametrize("are_rivals", [True, False])
def test_one_thing_that_two_classes_of_a_group_claim_is_one(
    tmp_path: Path, are_rivals: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = load(tmp_path, groups={"colour": ("red", "blue")} if are_rivals else {})
    raw = np.zeros((1, 84, 7), np.float32)
    raw[0, 9] = [0.5, 0.5, 2, 2, 1, 0.8, 0]
    raw[0, 10] = [0, 0.5, 2, 2, 1, 0, 0.7]  # the neighbour's box, on nearly the same place
    session = detector._session
    assert session is not None
    monkeypatch.setattr(session, "run", lambda batch: raw)
    prompts = (Prompt("red and blue"), Prompt("red"), Prompt("blue"))
    (found,) = detector.detect([Request(picture(), prompts)])
    both = [(0, "red")] if are_rivals else [(0, "red"), (0, "blue")]
    assert [(d.prompt, d.label) for d in found] == [*both, (1, "red"), (2, "blue")]


def test_classes_may_stand_in_a_file(tmp_path: Path) -> None:
    options = {"model": "model.onnx", "classes": "names.txt"}
    names = {"names.txt": "\ufeffSCARLETS\r\n\r\n blue \n".encode()}
    detector = load(
        tmp_path, options=options, files=names, labels={"blue": (), "red": ("scarlet",)}
    )
    ((found,),) = detector.detect([Request(picture((1, 1, RED)), (Prompt("red"),))])
    assert found.label == "red"
    only_blue = load(tmp_path, options=options, files=names, labels={"blue": ()}, groups={})
    assert not only_blue.can_answer(Prompt("red"))
    assert only_blue.detect([Request(picture((1, 1, RED)), (Prompt("blue"),))]) == [()]


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"content": b"\n\n<html>"}, BackendError, "model.onnx of model 'ours': expected an ONNX"),
        ({"content": colour_detector()[:-1]}, BackendError, "the download is whole"),
        (
            {"content": other_layout()},
            BackendError,
            r"YOLOX's output for 64×64, \(batch, 84, 5 \+ classes\), got \(1, 3, 4096\); .*export",
        ),
        (
            {"content": colour_detector(classes=3)},
            ConfigError,
            r"'ours': its file has 3 classes, and 2 are named \(red, blue",
        ),
        (
            {"options": {"model": "model.onnx", "classes": "n"}, "files": {"n": b"red\ngreen"}},
            ConfigError,
            "'blue' of its labels is none of its classes: red, green",
        ),
        ({"options": {"model": "model.onnx", "colour": 3}}, ConfigError, "options.colour: "),
        ({"options": {"model": "model.onnx", "score": 7}}, ConfigError, r"score and nms are in"),
        ({"options": {}}, ConfigError, "options.model: Field required"),
        ({"options": {"model": "other.onnx"}}, ConfigError, "other.onnx, which its entry"),
        (
            {"options": {"model": "model.onnx", "size": [32, 32]}},
            ConfigError,
            r"`size` is \(32, 32\), the file has images \(1, 3, 64, 64\)",
        ),
        ({"options": {"model": "model.onnx", "size": [33, 32]}}, ConfigError, "multiples of 32"),
        (
            {
                "content": model(
                    [node("Identity", ["i"], "o")],
                    [],
                    [value("i", (1, 3, None, None))],
                    [value("o", (1, 3, None, None))],
                )
            },
            BackendError,
            r"leaves the size of its input open .*options: \{size: \[640, 640\]\}",
        ),
    ],
)
def test_what_does_not_fit_is_said_at_load(
    tmp_path: Path, fields: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load(tmp_path, **fields)  # type: ignore[arg-type]


def test_a_missing_file_names_the_command(tmp_path: Path) -> None:
    store = store_with(tmp_path, {"model.onnx": colour_detector()})
    (store.folder("ours") / "model.onnx").unlink()
    with pytest.raises(ModelMissingError, match="rtseg models pull ours"):
        YoloxDetector(store.catalogue.entry("ours"), store, "cpu")


OWN = """
parts:
  {title: Parts, note: "", licence: LicenseRef-ours, speed: camera, quality: 2, role: detector,
   backend: yolox, devices: [cuda, cpu], labels: {blue: [bolt], red: []},
   source: {kind: folder, path: weights}, options: {model: parts.onnx, classes: names.txt}}
"""


def test_a_users_own_file(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "parts.onnx").write_bytes(colour_detector())
    (tmp_path / "weights" / "names.txt").write_text("red\nblue\n")
    (tmp_path / "own.yaml").write_text(OWN)
    store = Store(tmp_path / "home", catalogue=read([tmp_path / "own.yaml"]))
    assert store.state("parts") is State.READY
    detector = YoloxDetector(store.catalogue.entry("parts"), store, "cpu")
    ((found,),) = detector.detect([Request(picture((1, 2, BLUE)), (Prompt("bolts"),))])
    assert found.label == "blue"
    (tmp_path / "weights" / "parts.onnx").write_bytes(b"version https://git-lfs.github.com/spec")
    with pytest.raises(BackendError, match=r"parts\.onnx of model 'parts': expected an ONNX file"):
        YoloxDetector(store.catalogue.entry("parts"), store, "cpu")


@pytest.mark.parametrize("name", ["yolox-nano", "yolox-tiny", "yolox-s"])
def test_the_entries_of_the_catalogue(name: str) -> None:
    entry = builtin().entry(name)
    assert entry.role == "detector"
    assert entry.options["model"] == entry.files[0].name
    assert entry.files[0].urls[0].endswith(entry.files[0].name)
    assert len(entry.labels) == 80


def test_people_are_left_to_the_person_model_by_the_small_detector() -> None:
    assert builtin().entry("yolox-nano").quality < builtin().entry("person").quality


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/models and ../shared/data")
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_real_model_finds_what_is_there(tmp_path: Path, runtime: str) -> None:
    words = vocabulary("coco")
    detector = load(
        tmp_path,
        (SHARED / "models" / "yolox_nano.onnx").read_bytes(),
        options={"model": "model.onnx", "runtime": runtime, "threads": 1},
        labels=words.labels,
        groups=words.groups,
    )
    image = cv2.imread(str(SHARED / "data" / "photos" / "bus.jpg"))
    assert image is not None
    prompts = (Prompt("buses"), Prompt("people"), Prompt("animals"), Prompt("vehicle"))
    (found,) = detector.detect([Request(np.asarray(image, np.uint8), prompts)])
    count = [sum(d.prompt == n for d in found) for n in range(4)]
    assert count[0] == count[3] == 1
    assert count[1] >= 3
    assert count[2] == 0
    bus = found[0].box
    # By eye: the bus fills the width, from a fifth of the height to the people's knees.
    assert bus.x_min < 0.05
    assert bus.x_max > 0.95
    assert 0.15 < bus.y_min < 0.3
    assert 0.6 < bus.y_max < 0.8
