"""EoMT, with a tiny checkpoint of random weights and with outputs made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rtseg.models
from rtseg.errors import ModelCorruptError, UsageError
from rtseg.models.protocol import Request
from rtseg.types import Prompt

tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

NAMES = {0: "person", 1: "dog", 2: "sky-other-merged", 3: "grass-merged", 4: "no such thing"}
NOTHING = len(NAMES)
"""The class that stands for no object."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    tiny.eomt(home / "models" / "tiny", NAMES)
    return home


def load(home: Path, **options: Any) -> Any:
    entry = tiny.entry("tiny", "eomt", labels="coco_panoptic", options=options)
    return rtseg.models.load("tiny", device="cpu", store=tiny.store_of(home, entry))


@pytest.fixture(scope="module")
def segmenter(home: Path) -> Iterator[rtseg.models.Segmenter]:
    segmenter = load(home, threshold=0.2, own_share=0.1, max_batch=4)
    yield segmenter
    segmenter.close()


def image(seed: int, height: int = 60, width: int = 90) -> Any:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    rows = np.arange(height) * 4 // height
    return coarse[rows][:, np.arange(width) * 6 // width]


def outputs(*queries: tuple[int, float, Any]) -> SimpleNamespace:
    """What a network would say: of each query a class, its probability, and a (16, 16) mask."""
    import torch

    classes = torch.zeros(1, len(queries), NOTHING + 1)
    maps = torch.zeros(1, len(queries), 16, 16)
    for place, (index, score, mask) in enumerate(queries):
        rest = (1 - score) / NOTHING
        classes[0, place] = torch.full((NOTHING + 1,), rest).log()
        classes[0, place, index] = torch.tensor(score).log()
        maps[0, place] = torch.tensor(np.where(mask, 8.0, -8.0))
    return SimpleNamespace(class_queries_logits=classes, masks_queries_logits=maps)


def part(rows: slice, columns: slice) -> Any:
    mask = np.zeros((16, 16), np.bool_)
    mask[rows, columns] = True
    return mask


ALL = slice(None)
LEFT, RIGHT = part(ALL, slice(8)), part(ALL, slice(8, 16))
UPPER, LOWER = part(slice(8), ALL), part(slice(8, 16), ALL)


def answer(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: SimpleNamespace,
    words: tuple[str, ...],
    picture: Any = None,
    **options: Any,
) -> Any:
    segmenter = load(home, **options)
    monkeypatch.setattr(segmenter._checkpoint.module, "forward", lambda **_: said)
    picture = np.zeros((64, 64, 3), np.uint8) if picture is None else picture
    return segmenter.segment([Request(picture, tuple(Prompt(word) for word in words))])[0]


def test_has_the_labels_of_its_checkpoint(segmenter: rtseg.models.Segmenter) -> None:
    assert segmenter.info.labels == ("person", "dog", "sky", "grass")
    assert not segmenter.info.merges
    for words in ("sky", "the lawn", "dogs", "plants", "sky and grass"):
        assert segmenter.can_answer(Prompt(words))
    for words in ("car", "no such thing", "", "water"):
        assert not segmenter.can_answer(Prompt(words))
        with pytest.raises(UsageError, match="it takes: person, dog, sky, grass"):
            segmenter.segment([Request(image(1), (Prompt(words),))])


def test_things_stay_apart_and_stuff_is_one(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = outputs(
        (0, 0.9, UPPER & LEFT),
        (0, 0.95, UPPER & RIGHT),
        (2, 0.9, LOWER & LEFT),
        (2, 0.95, LOWER & RIGHT),
    )
    got = answer(home, monkeypatch, said, ("person", "sky", "grass"))
    people, sky = got.of(0), got.of(1)
    assert [round(p.score, 2) for p in people] == [0.95, 0.9]
    assert not (people[0].mask & people[1].mask).any()
    assert [(s.label, round(s.score, 2)) for s in sky] == [("sky", 0.95)]
    assert sky[0].mask[40:, :].all()
    assert not sky[0].mask[:24].any()
    assert got.of(2) == ()


def test_a_group_gives_each_with_its_own_label(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = outputs((0, 0.9, LEFT & UPPER), (2, 0.85, LOWER), (3, 0.95, RIGHT & UPPER))
    got = answer(home, monkeypatch, said, ("sky and grass", "person"))
    assert [(i.prompt, i.label) for i in got.instances] == [(0, "grass"), (0, "sky"), (1, "person")]


def test_unsure_and_empty_queries_are_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = outputs((0, 0.7, LEFT), (NOTHING, 0.99, ALL_MASK), (1, 0.9, part(slice(0), ALL)))
    assert answer(home, monkeypatch, said, ("person", "dog")).instances == ()
    (found,) = answer(home, monkeypatch, said, ("person",), threshold=0.6).instances
    assert found.score == pytest.approx(0.7, abs=1e-4)


ALL_MASK = part(ALL, ALL)


def test_a_pixel_belongs_to_the_surest_and_duplicates_go(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outputs((0, 0.9, LEFT), (1, 0.99, part(ALL, slice(7))))
    got = answer(home, monkeypatch, said, ("person", "dog"))
    assert [i.label for i in got.instances] == ["dog"]  # the person keeps an eighth of its mask
    got = answer(home, monkeypatch, said, ("person", "dog"), own_share=0.05)
    person, dog = got.of(0)[0], got.of(1)[0]
    assert not (person.mask & dog.mask).any()
    assert dog.mask.sum() > 5 * person.mask.sum()


def test_what_is_kept_does_not_depend_on_what_was_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outputs((0, 0.9, LEFT), (1, 0.99, part(ALL, slice(7))))
    assert answer(home, monkeypatch, said, ("person",)).instances == ()


def test_padding_is_no_part_of_the_picture(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wide = np.zeros((40, 80, 3), np.uint8)  # 32 × 64 model pixels: the upper half
    said = outputs((0, 0.9, UPPER), (2, 0.9, LOWER))
    got = answer(home, monkeypatch, said, ("person", "sky"), wide)
    (person,) = got.instances
    assert person.label == "person"
    assert person.mask.shape == (40, 80)
    assert person.mask[:36].all()


def test_padding_is_black_as_transformers_has_it(home: Path) -> None:
    import torch

    segmenter = load(home)
    given: list[Any] = []
    module = segmenter._checkpoint.module
    real = module.forward
    module.forward = lambda pixel_values: (given.append(pixel_values), real(pixel_values))[1]
    segmenter.segment([Request(np.full((40, 80, 3), 255, np.uint8), (Prompt("sky"),))])
    ((pixels,),) = given
    black = -torch.tensor([0.485, 0.456, 0.406]) / torch.tensor([0.229, 0.224, 0.225])
    assert torch.allclose(pixels[:, 32:], black[:, None, None].expand(3, 32, 64))
    assert (pixels[:, :32] > 2).all()


def test_agrees_with_a_plain_reading_of_the_rule(
    home: Path, segmenter: rtseg.models.Segmenter
) -> None:
    import torch
    from transformers import EomtForUniversalSegmentation

    module = EomtForUniversalSegmentation.from_pretrained(home / "models" / "tiny").eval()
    found = 0
    for seed in range(3):
        picture = image(seed, 64, 64)
        rgb = torch.tensor(picture[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        with torch.no_grad():
            seen = module(pixel_values=(rgb - mean[:, None, None]) / std[:, None, None])
        maps = torch.nn.functional.interpolate(seen.masks_queries_logits, (64, 64), mode="bilinear")
        chances = maps[0].sigmoid().numpy()
        scores = seen.class_queries_logits[0].softmax(-1).numpy()
        kept = [q for q in range(len(scores)) if scores[q].argmax() != NOTHING]
        kept = [q for q in kept if scores[q].max() > 0.2]
        best = np.argmax([scores[q].max() * chances[q] for q in kept], axis=0) if kept else None
        expected = {
            label: np.zeros((64, 64), np.bool_) for label in ("person", "dog", "sky", "grass")
        }
        for place, query in enumerate(kept):
            own, claimed = best == place, chances[query] >= 0.5
            if (own & claimed).any() and own.sum() > 0.1 * claimed.sum():
                label = list(expected)[scores[query].argmax()] if scores[query].argmax() < 4 else ""
                if label:
                    expected[label] |= own & claimed
        request = Request(picture, tuple(Prompt(label) for label in expected))
        (got,) = segmenter.segment([request])
        for place, mask in enumerate(expected.values()):
            union = np.zeros((64, 64), np.bool_)
            for instance in got.of(place):
                union |= instance.mask
            found += bool(mask.any())
            assert np.count_nonzero(union != mask) <= 2
    assert found


def test_weights_of_the_loss_may_be_missing(home: Path, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(home / "models" / "tiny", tmp_path / "models" / "tiny"))
    tensors = load_file(folder / "model.safetensors")
    del tensors["criterion.empty_weight"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    load(tmp_path).warm_up()
    del tensors["class_predictor.bias"]
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelCorruptError, match=r"lacks 1 tensors, such as class_predictor\.bias"):
        load(tmp_path)


def test_pictures_do_not_see_each_other(segmenter: rtseg.models.Segmenter) -> None:
    prompts = (Prompt("sky"), Prompt("person"), Prompt("grass"), Prompt("dog"))
    batch = [Request(image(seed, 40 + seed, 90 - 9 * seed), prompts) for seed in range(6)]
    answers = segmenter.segment(batch)
    assert any(a.instances for a in answers)
    for request, got in zip(batch, answers, strict=True):
        (alone,) = segmenter.segment([request])
        assert [(i.prompt, i.label) for i in alone.instances] == [
            (i.prompt, i.label) for i in got.instances
        ]
        for a, b in zip(alone.instances, got.instances, strict=True):
            assert a.mask.shape == request.image.shape[:2]
            assert np.count_nonzero(a.mask != b.mask) <= 2


def test_half_precision_and_warm_up(home: Path) -> None:
    half = load(home, precision="bfloat16", threshold=0.0, own_share=0.0)
    half.warm_up()
    prompts = tuple(Prompt(label) for label in half.info.labels)
    assert half.segment([Request(image(1), prompts)])[0].instances
