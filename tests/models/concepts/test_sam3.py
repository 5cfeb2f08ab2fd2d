"""SAM 3 on images, with a tiny detector of random weights."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtseg.models
from rtseg.errors import BackendError, ConfigError, ModelCorruptError, UsageError
from rtseg.models.protocol import Answer, Request
from rtseg.types import Box, Point, Prompt

tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

LOW = {"threshold": 0.02, "max_batch": 4, "prompts_at_once": 3}
"""Of a random network no score is high."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def store(home: Path) -> Any:
    entry = tiny.entry(
        "tiny-sam3", "sam3", open_vocabulary=True, takes=frozenset({"text", "box"}), options=LOW
    )
    store = tiny.store_of(home, entry)
    tiny.sam3(store.folder("tiny-sam3"))
    return store


@pytest.fixture(scope="module")
def segmenter(store: Any) -> Iterator[rtseg.models.Segmenter]:
    segmenter = rtseg.models.load("tiny-sam3", device="cpu", store=store)
    yield segmenter
    segmenter.close()


def load(home: Path, **options: Any) -> Any:
    entry = tiny.entry("tiny-sam3", "sam3", open_vocabulary=True, options=LOW | options)
    return rtseg.models.load("tiny-sam3", device="cpu", store=tiny.store_of(home, entry))


def image(seed: int, height: int = 60, width: int = 90) -> Any:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    rows = np.arange(height) * 4 // height
    return coarse[rows][:, np.arange(width) * 6 // width]


def same(a: Answer, b: Answer) -> bool:
    """Equal but for what a batch of another size rounds otherwise."""
    return len(a.instances) == len(b.instances) and all(
        x.prompt == y.prompt
        and x.label == y.label
        and x.score == pytest.approx(y.score, abs=1e-5)
        and np.count_nonzero(x.mask != y.mask) <= 2
        for x, y in zip(a.instances, b.instances, strict=True)
    )


def test_says_what_it_is(segmenter: rtseg.models.Segmenter) -> None:
    assert segmenter.info.name == "tiny-sam3"
    assert segmenter.info.labels == ()
    assert segmenter.info.takes == {"text", "box"}
    assert not segmenter.info.remembers
    assert segmenter.new_memory() is None


@pytest.mark.parametrize("box", [None, Box(0.1, 0.2, 0.7, 0.6)])
def test_answers_as_the_network_of_transformers_does(
    segmenter: rtseg.models.Segmenter, store: Any, box: Box | None
) -> None:
    import torch
    from transformers import CLIPTokenizer, Sam3Model

    folder = store.folder("tiny-sam3")
    network = Sam3Model.from_pretrained(folder).eval()
    words = CLIPTokenizer.from_pretrained(folder)(
        "Red Car", padding="max_length", max_length=16, return_tensors="pt"
    )
    if box is not None:  # centre and size
        words["input_boxes"] = torch.tensor([[[0.4, 0.4, 0.6, 0.4]]])
    picture = image(1)
    rgb = torch.tensor(picture[..., ::-1].copy()).permute(2, 0, 1)[None].float()
    edge = tiny.SAM3_EDGE
    pixels = torch.nn.functional.interpolate(rgb, (edge, edge), mode="bilinear", antialias=True)
    with torch.no_grad():
        seen = network(pixel_values=pixels / 127.5 - 1, **words)
        scores = (seen.pred_logits.sigmoid() * seen.presence_logits.sigmoid())[0]
        maps = torch.nn.functional.interpolate(seen.pred_masks.sigmoid(), (60, 90), mode="bilinear")
    expected = sorted(
        (
            (float(score), np.asarray(mask > 0.5))
            for score, mask in zip(scores, maps[0], strict=True)
            if score > 0.02 and (mask > 0.5).any()
        ),
        key=lambda row: -row[0],
    )
    (answer,) = segmenter.segment([Request(picture, (Prompt(" Red  Car ", box=box),))])
    assert len(answer.instances) == len(expected) > 1
    for found, (score, mask) in zip(answer.instances, expected, strict=True):
        assert found.label == "Red Car"
        assert found.score == pytest.approx(score, abs=1e-5)
        assert found.mask.dtype == np.bool_
        assert np.count_nonzero(found.mask != mask) <= 2


def test_prompts_and_pictures_do_not_see_each_other(segmenter: rtseg.models.Segmenter) -> None:
    box = Box(0.1, 0.2, 0.6, 0.9)
    prompts = (Prompt("cat"), Prompt("dog", box=box), Prompt("red car"), Prompt(box=box))
    batch = [
        Request(image(1), prompts),
        Request(image(2, 31, 47), (Prompt("dog"), Prompt("cat"))),
        Request(image(3), ()),
        Request(image(4), (Prompt("cat"),)),
        Request(image(5), (Prompt("cat"),)),  # one more than fits into a pass
    ]
    answers = segmenter.segment(batch)
    assert len(answers) == len(batch)
    assert not answers[2].instances
    for request, answer in zip(batch, answers, strict=True):
        assert same(answer, segmenter.segment([request])[0])
        for place, prompt in enumerate(request.prompts):
            (alone,) = segmenter.segment([Request(request.image, (prompt,))])
            got = answer.of(place)
            assert same(Answer(alone.of(0)), Answer(tuple(_moved(i, 0) for i in got)))
            assert all(i.mask.shape == request.image.shape[:2] for i in got)
    assert any(a.instances for a in answers)


def _moved(instance: Any, prompt: int) -> Any:
    from dataclasses import replace

    return replace(instance, prompt=prompt)


def test_few_prompts_at_once_find_the_same(home: Path, segmenter: rtseg.models.Segmenter) -> None:
    request = Request(image(1), tuple(Prompt(word) for word in ("cat", "dog", "car", "bird")))
    narrow = load(home, prompts_at_once=1)
    assert same(narrow.segment([request])[0], segmenter.segment([request])[0])


def test_a_processor_takes_one_at_a_time(home: Path) -> None:
    from rtseg.models.concepts.options import per_pass

    entry = tiny.entry("tiny-sam3", "sam3", open_vocabulary=True)
    store = tiny.store_of(home, entry)
    assert rtseg.models.load("tiny-sam3", device="cpu", store=store).info.max_batch == 1
    assert per_pass("cuda:1", max_batch=4) == {"max_batch": 4}


def test_an_example_changes_the_answer(segmenter: rtseg.models.Segmenter) -> None:
    boxes = Box(0.0, 0.0, 0.3, 0.3), Box(0.5, 0.5, 1.0, 1.0)
    words, first, second = (
        segmenter.segment([Request(image(1), (prompt,))])[0]
        for prompt in (Prompt("cat"), *(Prompt("cat", box=box) for box in boxes))
    )
    assert not same(words, first)
    assert not same(first, second)


def test_a_box_alone_finds_one_thing_there(segmenter: rtseg.models.Segmenter) -> None:
    found = 0
    for seed in range(6):
        box = Box(0.1, 0.1, 0.8, 0.9)
        (answer,) = segmenter.segment([Request(image(seed), (Prompt(box=box),))])
        assert len(answer.instances) <= 1
        for instance in answer.instances:
            found += 1
            assert instance.mask[6:54, 9:72].any()
    assert found


def test_the_nearest_of_a_box_is_by_overlap() -> None:
    from rtseg.models.concepts.sam3 import nearest_to

    masks = [np.zeros((10, 20), np.bool_) for _ in range(3)]
    masks[0][:, :] = True  # all: holds the box, and much more
    masks[1][2:6, 4:10] = True  # the box, but for one column
    masks[2][8:, 15:] = True  # elsewhere
    found = [(0.9, masks[0]), (0.5, masks[1]), (0.8, masks[2])]
    ((score, mask),) = nearest_to(found, Box(0.2, 0.2, 0.55, 0.6))
    assert score == 0.5
    assert mask is masks[1]
    assert nearest_to([(0.8, masks[2])], Box(0.0, 0.0, 0.3, 0.3)) == []


def test_encodes_a_picture_once_and_words_once(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = load(home, prompts_at_once=1)
    module = segmenter._checkpoint.module
    calls = {"get_vision_features": 0, "get_text_features": 0}

    def counted(name: str) -> None:
        real = getattr(module, name)

        def call(*args: Any, **keywords: Any) -> Any:
            calls[name] += 1
            return real(*args, **keywords)

        monkeypatch.setattr(module, name, call)

    for name in calls:
        counted(name)
    request = Request(image(1), (Prompt("cat"), Prompt("dog"), Prompt(" cat ")))
    segmenter.segment([request])
    segmenter.segment([request])
    assert calls == {"get_vision_features": 2, "get_text_features": 2}


def test_keeps_a_bounded_number_of_texts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rtseg.models.concepts import sam3

    monkeypatch.setattr(sam3, "_KEPT_TEXTS", 3)
    segmenter = load(home)
    prompts = tuple(Prompt(f"thing {number}") for number in range(5))
    (first,) = segmenter.segment([Request(image(1), prompts)])
    assert len(segmenter._texts) == 3
    assert same(first, segmenter.segment([Request(image(1), prompts)])[0])


def test_reads_words_as_the_tokenizer_of_transformers(store: Any, home: Path) -> None:
    from transformers import CLIPTokenizer

    reference = CLIPTokenizer.from_pretrained(store.folder("tiny-sam3"))
    ours = load(home)._tokenizer
    for text in ("cat", "a Red  car!", "größer", "2 dogs", "犬", "long " * 20):
        expected = reference(text, truncation=True, max_length=16)["input_ids"]
        assert ours.encode(text).ids == expected


def test_threshold_and_number_are_options(home: Path) -> None:
    request = Request(image(1), (Prompt("cat"),))
    everything = load(home, threshold=0.0).segment([request])[0].instances
    assert len(everything) > 2
    middle = everything[1].score
    assert [i.score for i in load(home, threshold=middle).segment([request])[0].instances] == [
        i.score for i in everything if i.score > middle
    ]
    (best,) = load(home, threshold=0.0, max_instances=1).segment([request])[0].instances
    assert best.score == everything[0].score
    assert load(home, threshold=1.0).segment([request])[0].instances == ()


@pytest.mark.parametrize(
    "options", [{"threshold": 2}, {"max_batch": 0}, {"max_batch": 1.5}, {"treshold": 0.5}]
)
def test_a_wrong_option_is_named(home: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(options))):
        load(home, **options)


def test_can_answer_words_and_boxes(segmenter: rtseg.models.Segmenter) -> None:
    box, point = Box(0, 0, 1, 1), Point(0.5, 0.5)
    assert segmenter.can_answer(Prompt("anything at all"))
    assert segmenter.can_answer(Prompt("cat", (point,)))
    assert segmenter.can_answer(Prompt(box=box))
    for prompt in (Prompt(), Prompt(points=(point,)), Prompt("  …  "), Prompt("", (point,), box)):
        assert not segmenter.can_answer(prompt)
        with pytest.raises(UsageError, match="tiny-sam3"):
            segmenter.segment([Request(image(1), (prompt,))])


@pytest.mark.parametrize("size", [(1, 1), (2, 500), (333, 7)])
def test_pictures_of_any_size(segmenter: rtseg.models.Segmenter, size: tuple[int, int]) -> None:
    (answer,) = segmenter.segment([Request(image(1, *size), (Prompt("cat"), Prompt("dog")))])
    assert all(found.mask.shape == size for found in answer.instances)


def test_half_precision_calculates_in_half_and_keeps_weights_whole(home: Path) -> None:
    import torch

    box = Box(0.1, 0.1, 0.8, 0.9)
    request = Request(image(1), (Prompt("cat"), Prompt("cat", box=box)))
    half = load(home, precision="bfloat16", threshold=0.0)
    (rough,), (exact,) = half.segment([request]), load(home, threshold=0.0).segment([request])
    for place in range(2):
        a, b = rough.of(place)[0], exact.of(place)[0]
        # Rounding grows in a random network: only that it is there can be said.
        assert 0 < a.score < 1
        assert a.score != b.score
        assert a.mask.shape == b.mask.shape
    assert {p.dtype for p in half._checkpoint.module.parameters()} == {torch.float32}


def test_the_detector_of_a_video_checkpoint(tmp_path: Path) -> None:
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.Sam3VideoConfig(
        detector_config=tiny.sam3_config().to_dict(), tracker_config=tiny.sam3_tracker_config()
    )
    whole = tiny.enliven(transformers.Sam3VideoModel(config).eval())
    folder = tiny.save(whole, tmp_path / "models" / "tiny-sam3")
    tiny.clip_tokenizer(folder)
    detector = load(tmp_path)._checkpoint.module
    expected = whole.detector_model.state_dict()
    got = detector.state_dict()
    assert got.keys() == expected.keys()
    assert all(torch.equal(got[name], expected[name]) for name in got)


def test_nothing_asks_the_network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    segmenter = load(home)
    segmenter.warm_up()
    segmenter.segment([Request(image(1), (Prompt("cat"),))])


def test_out_of_memory_is_told_and_lived_with(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    segmenter = load(home)
    request = Request(image(1), (Prompt("cat"),))
    before = segmenter.segment([request])
    with monkeypatch.context() as patch:
        patch.setattr(
            segmenter._checkpoint.module,
            "get_vision_features",
            _raising(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")),
        )
        with pytest.raises(BackendError, match=r"not enough memory.*tiny-sam3.*20.00 GiB"):
            segmenter.segment([request])
    assert same(segmenter.segment([request])[0], before[0])


def _raising(error: Exception) -> Any:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


def test_a_closed_one_says_so(home: Path) -> None:
    segmenter = load(home)
    segmenter.close()
    segmenter.close()
    with pytest.raises(UsageError, match="closed"):
        segmenter.segment([Request(image(1), (Prompt("cat"),))])


def test_a_picture_must_be_one(segmenter: rtseg.models.Segmenter) -> None:
    for wrong in (np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), image(1)[:0]):
        with pytest.raises(UsageError, match="expected a BGR image"):
            segmenter.segment([Request(wrong, (Prompt("cat"),))])


def test_a_picture_is_not_written_to(segmenter: rtseg.models.Segmenter) -> None:
    picture = image(1)
    picture.flags.writeable = False
    segmenter.segment([Request(picture, (Prompt("cat"),))])


def test_without_a_tokenizer_it_says_what_is_missing(store: Any, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "models" / "tiny-sam3"
    shutil.copytree(store.folder("tiny-sam3"), folder)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelCorruptError, match=r"tokenizer\.json.*missing.*models pull tiny-sam3"):
        load(tmp_path)
    (folder / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(ModelCorruptError, match=r"tokenizer\.json"):
        load(tmp_path)
