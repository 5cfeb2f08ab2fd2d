"""RF-DETR-Seg, with a tiny checkpoint of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtseg.models
from rtseg.errors import BackendError, ModelCorruptError, UsageError
from rtseg.models.protocol import Answer, Request
from rtseg.types import Prompt

tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

NAMES = {0: "N/A", 1: "person", 2: "tvmonitor", 3: "dog", 4: "cat", 5: "LABEL_5"}
"""As in published checkpoints: gaps, other data sets' names, and classes that nobody knows."""

LOW = {"threshold": 0.45, "max_batch": 4}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    tiny.rf_detr(home / "models" / "tiny", NAMES)
    return home


def load(home: Path, **options: Any) -> Any:
    entry = tiny.entry("tiny", "rf_detr", labels="coco", options=LOW | options)
    return rtseg.models.load("tiny", device="cpu", store=tiny.store_of(home, entry))


@pytest.fixture(scope="module")
def segmenter(home: Path) -> Iterator[rtseg.models.Segmenter]:
    segmenter = load(home)
    yield segmenter
    segmenter.close()


def image(seed: int, height: int = 60, width: int = 90) -> Any:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    rows = np.arange(height) * 4 // height
    return coarse[rows][:, np.arange(width) * 6 // width]


def network(home: Path, picture: Any) -> tuple[Any, Any]:
    """(queries, classes) scores and (queries, H, W) bool masks, by transformers alone."""
    import torch
    from transformers import RfDetrForInstanceSegmentation

    module = RfDetrForInstanceSegmentation.from_pretrained(home / "models" / "tiny").eval()
    rgb = torch.tensor(picture[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
    pixels = torch.nn.functional.interpolate(rgb, (64, 64), mode="bilinear")
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        seen = module(pixel_values=(pixels - mean[:, None, None]) / std[:, None, None])
    size = picture.shape[:2]
    maps = torch.nn.functional.interpolate(seen.pred_masks, size, mode="bilinear")
    return seen.logits.sigmoid()[0].numpy(), (maps[0] > 0).numpy()


def test_has_the_labels_of_its_checkpoint(segmenter: rtseg.models.Segmenter) -> None:
    assert segmenter.info.labels == ("person", "cat", "dog", "tv")  # in the catalogue's order
    assert segmenter.info.takes == {"text"}
    for words in ("person", "two dogs", "Television", "animals", "cats and dogs"):
        assert segmenter.can_answer(Prompt(words))
    for words in ("car", "N/A", "LABEL_5", "unicorn", "", "vehicles"):
        assert not segmenter.can_answer(Prompt(words))
        with pytest.raises(UsageError, match=r"it takes: person, cat, dog, tv"):
            segmenter.segment([Request(image(1), (Prompt(words),))])


def test_answers_as_the_network_of_transformers_does(
    home: Path, segmenter: rtseg.models.Segmenter
) -> None:
    found = 0
    for seed in range(4):
        scores, masks = network(home, image(seed))
        classes = {"person": {1}, "animals": {3, 4}}
        request = Request(image(seed), tuple(Prompt(words) for words in classes))
        (answer,) = segmenter.segment([request])
        for place, wanted in enumerate(classes.values()):
            expected = [
                (scores[query, best], NAMES[best], masks[query])
                for query, best in sorted(
                    enumerate(scores.argmax(1)), key=lambda row: -scores[row[0], row[1]]
                )
                if best in wanted and scores[query, best] > 0.45 and masks[query].any()
            ]
            got = answer.of(place)
            assert len(got) == len(expected)
            for instance, (score, label, mask) in zip(got, expected, strict=True):
                found += 1
                assert instance.label == label
                assert instance.score == pytest.approx(score, abs=1e-5)
                assert np.count_nonzero(instance.mask != mask) <= 2
    assert found


def test_pictures_do_not_see_each_other(segmenter: rtseg.models.Segmenter) -> None:
    prompts = (Prompt("animals"), Prompt("person"), Prompt("cat"))
    batch = [Request(image(seed, 40 + seed, 50), prompts) for seed in range(9)]  # two passes
    batch.insert(4, Request(image(4), ()))
    answers = segmenter.segment(batch)
    assert sum(len(answer.instances) for answer in answers) > 3
    for request, answer in zip(batch, answers, strict=True):
        (alone,) = segmenter.segment([request])
        assert len(alone.instances) == len(answer.instances)
        for a, b in zip(alone.instances, answer.instances, strict=True):
            assert (a.prompt, a.label) == (b.prompt, b.label)
            assert a.score == pytest.approx(b.score, abs=1e-5)
            assert a.mask.shape == request.image.shape[:2]
            assert np.count_nonzero(a.mask != b.mask) <= 2


def test_threshold_and_number_are_options(home: Path) -> None:
    request = Request(image(1), (Prompt("person, tv, dogs and cats"),))

    def scores(**options: Any) -> list[float]:
        answer: Answer = load(home, **options).segment([request])[0]
        return [instance.score for instance in answer.instances]

    everything = scores(threshold=0.0)
    assert everything == sorted(everything, reverse=True)
    assert len(everything) > 3
    assert scores(threshold=everything[1]) == [s for s in everything if s > everything[1]]
    assert scores(threshold=0.0, max_instances=2) == everything[:2]


def test_size_comes_from_the_folder(home: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "models" / "tiny"
    shutil.copytree(home / "models" / "tiny", folder)
    tiny.write_json(folder / "preprocessor_config.json", {"size": {"height": 32, "width": 32}})
    small = load(tmp_path)
    assert small._prepare.resized(100, 200) == (32, 32)
    small.warm_up()
    assert load(home)._prepare.resized(100, 200) == (64, 64)


def test_a_checkpoint_of_other_classes_is_refused(tmp_path: Path) -> None:
    tiny.rf_detr(tmp_path / "models" / "tiny", {0: "weld", 1: "crack"})
    with pytest.raises(ModelCorruptError, match=r"config\.json.*2 classes, such as 'weld'"):
        load(tmp_path)


def test_unnamed_classes_are_in_the_catalogue_s_order(tmp_path: Path) -> None:
    tiny.rf_detr(tmp_path / "models" / "tiny", {i: f"LABEL_{i}" for i in range(80)})
    segmenter = load(tmp_path)
    assert len(segmenter.info.labels) == 80
    assert segmenter._classes.wanted("person") == {0}
    assert segmenter._classes.wanted("toothbrush") == {79}


def test_half_precision_runs(home: Path) -> None:
    request = Request(image(1), (Prompt("person, tv, dogs and cats"),))
    rough = load(home, precision="bfloat16", threshold=0.0).segment([request])[0]
    exact = load(home, threshold=0.0).segment([request])[0]
    assert rough.instances[0].score == pytest.approx(exact.instances[0].score, abs=0.1)


def test_a_failing_device_is_a_backend_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = load(home)
    request = Request(image(1), (Prompt("person"),))
    with monkeypatch.context() as patch:

        def fail(*_: object, **__: object) -> None:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

        patch.setattr(segmenter._checkpoint.module, "forward", fail)
        with pytest.raises(BackendError, match="illegal memory access"):
            segmenter.segment([request])
    segmenter.segment([request])
    segmenter.close()
    with pytest.raises(UsageError, match="closed"):
        segmenter.segment([request])
