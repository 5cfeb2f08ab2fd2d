"""MM-Grounding-DINO, with a tiny checkpoint of random weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.errors import ModelCorruptError, UsageError
from rtseg.models.protocol import Detection, Request
from rtseg.types import Prompt

tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

from rtseg.models.concepts.grounding_dino import GroundingDinoDetector  # noqa: E402

LOW = {"threshold": 0.0, "max_batch": 4}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    tiny.grounding_dino(home / "models" / "tiny")
    return home


def load(home: Path, **options: Any) -> GroundingDinoDetector:
    entry = tiny.entry(
        "tiny", "grounding_dino", role="detector", open_vocabulary=True, options=LOW | options
    )
    return GroundingDinoDetector(entry, tiny.store_of(home, entry), "cpu")


@pytest.fixture(scope="module")
def detector(home: Path) -> Iterator[GroundingDinoDetector]:
    detector = load(home)
    yield detector
    detector.close()


def image(seed: int, height: int = 60, width: int = 90) -> Any:
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 6, 3), np.uint8)
    rows = np.arange(height) * 4 // height
    return coarse[rows][:, np.arange(width) * 6 // width]


def close(a: tuple[Detection, ...], b: tuple[Detection, ...]) -> bool:
    return len(a) == len(b) and all(
        (x.prompt, x.label) == (y.prompt, y.label)
        and x.score == pytest.approx(y.score, abs=1e-5)
        and _edges(x) == pytest.approx(_edges(y), abs=1e-4)
        for x, y in zip(a, b, strict=True)
    )


def _edges(found: Detection) -> tuple[float, ...]:
    box = found.box
    return box.x_min, box.y_min, box.x_max, box.y_max


def test_answers_as_transformers_own_way_does(home: Path, detector: GroundingDinoDetector) -> None:
    """Against its tokenizer, its text layout and its own post-processing."""
    import torch
    from transformers import BertTokenizer, MMGroundingDinoForObjectDetection
    from transformers.models.grounding_dino.processing_grounding_dino import (
        GroundingDinoProcessor,
        _merge_candidate_labels_text,
    )

    folder = home / "models" / "tiny"
    tokenizer = BertTokenizer.from_pretrained(folder)
    module = MMGroundingDinoForObjectDetection.from_pretrained(folder).eval()
    words = tokenizer(_merge_candidate_labels_text(["Red Car", "dog"]), return_tensors="pt")
    assert words["input_ids"][0].tolist().count(1012) == 2
    picture = image(1, 64, 96)
    rgb = torch.tensor(picture[..., ::-1].copy()).permute(2, 0, 1)[None] / 255
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.no_grad():
        seen = module(pixel_values=(rgb - mean[:, None, None]) / std[:, None, None], **words)
    own_way = GroundingDinoProcessor.post_process_grounded_object_detection
    (expected,) = own_way(
        SimpleDecoder(), seen, words["input_ids"], threshold=0.0, target_sizes=[(64, 96)]
    )
    (found,) = detector.detect([Request(picture, (Prompt("Red  Car!"), Prompt("dog")))])
    assert {(d.prompt, d.label) for d in found} == {(0, "Red Car!"), (1, "dog")}
    best: dict[tuple[float, ...], float] = {}
    for each in found:
        box = tuple(round(edge, 3) for edge in _edges(each))
        best[box] = max(best.get(box, 0.0), each.score)
    for score, box in zip(expected["scores"].tolist(), expected["boxes"].tolist(), strict=True):
        edges = [
            min(max(edge / side, 0), 1) for edge, side in zip(box, (96, 64, 96, 64), strict=True)
        ]
        # theirs is the best over the full stops too, which are nobody's words
        assert best[tuple(round(edge, 3) for edge in edges)] <= score + 1e-5
    tokens = seen.logits.sigmoid()[0]
    spans = {0: slice(1, 3), 1: slice(4, 5)}
    for place, span in spans.items():
        expected_scores = sorted(tokens[:, span].amax(-1).tolist(), reverse=True)
        got = [d.score for d in found if d.prompt == place]
        assert got == pytest.approx(expected_scores, abs=1e-5)


class SimpleDecoder:
    """Stands for the processor, of which the post-processing asks only this."""

    def batch_decode(self, ids: Any) -> list[str]:
        return [""] * len(ids)


def test_prompts_of_one_pass_do_not_move_each_other_s_phrases(
    detector: GroundingDinoDetector,
) -> None:
    prompts = (Prompt("cat"), Prompt("traffic light"), Prompt("CAT."), Prompt("red car"))
    (found,) = detector.detect([Request(image(1), prompts)])
    by_prompt = [[d for d in found if d.prompt == place] for place in range(4)]
    assert all(by_prompt)
    assert [d.score for d in by_prompt[0]] == [d.score for d in by_prompt[2]]  # the same words
    assert [d.score for d in by_prompt[0]] != [d.score for d in by_prompt[1]]
    assert [d.label for d in by_prompt[2]] == ["CAT."] * len(by_prompt[2])
    for one in by_prompt:
        assert [d.score for d in one] == sorted((d.score for d in one), reverse=True)
    assert [d.prompt for d in found] == sorted(d.prompt for d in found)


def test_pictures_do_not_see_each_other(detector: GroundingDinoDetector) -> None:
    batch = [
        Request(image(1), (Prompt("cat"),)),
        Request(image(2, 90, 60), (Prompt("cat"), Prompt("red car"))),
        Request(image(3), ()),
        Request(image(4), (Prompt("traffic light"), Prompt("dog"), Prompt("person"))),
        Request(image(5, 120, 180), (Prompt("dog"),)),  # the first one's size for the network
        *(Request(image(seed), (Prompt("animal"),)) for seed in range(6, 10)),
    ]
    together = detector.detect(batch)
    assert together[2] == ()
    for request, found in zip(batch, together, strict=True):
        (alone,) = detector.detect([request])
        assert close(alone, found)


def test_many_words_take_several_passes(
    detector: GroundingDinoDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("cat", "dog", "red car", "traffic light", "animal", "person")
    prompts = tuple(Prompt(f"{a} {b}") for a in words for b in words)
    request = Request(image(1), prompts)
    passes = list(detector._passes(0, request))
    assert len(passes) > 3
    assert all(len(single.ids) <= 32 for single in passes)
    assert [phrase for single in passes for phrase, _ in single.phrases] == [
        prompt.text for prompt in prompts
    ]
    for single in passes:
        for phrase, span in single.phrases:
            expected = detector._tokenizer.encode(phrase, add_special_tokens=False).ids
            assert list(single.ids[span]) == expected
            assert single.ids[span.stop] == 1012
    (found,) = detector.detect([request])
    assert {d.prompt for d in found} == set(range(len(prompts)))


def test_a_phrase_that_is_too_long_is_cut(detector: GroundingDinoDetector) -> None:
    request = Request(image(1), (Prompt("red car " * 40), Prompt("dog")))
    passes = list(detector._passes(0, request))
    assert [len(single.ids) for single in passes] == [32, 4]
    (found,) = detector.detect([request])
    assert {d.prompt for d in found} == {0, 1}


def test_a_full_stop_is_no_end_of_a_prompt(detector: GroundingDinoDetector) -> None:
    (single,) = detector._passes(0, Request(image(1), (Prompt("A cat. And a dog?"),)))
    ((phrase, span),) = single.phrases
    assert phrase == "a cat and a dog"
    assert 1012 not in single.ids[span]
    assert 1029 not in single.ids[span]


def test_can_answer_any_words(detector: GroundingDinoDetector) -> None:
    assert detector.info.labels == ()
    assert detector.can_answer(Prompt("anything"))
    for text in ("", "  ", "...", "?!"):
        assert not detector.can_answer(Prompt(text))
        with pytest.raises(UsageError, match="tiny"):
            detector.detect([Request(image(1), (Prompt(text),))])


def test_threshold_and_number_are_options(home: Path, detector: GroundingDinoDetector) -> None:
    request = Request(image(1), (Prompt("cat"),))
    everything = [d.score for d in detector.detect([request])[0]]
    found = load(home, threshold=everything[2]).detect([request])[0]
    assert [d.score for d in found] == [s for s in everything if s > everything[2]]
    assert [d.score for d in load(home, max_detections=2).detect([request])[0]] == everything[:2]


def test_boxes_are_inside_the_picture(detector: GroundingDinoDetector) -> None:
    import torch

    boxes = torch.tensor([[0.0, 0.5, 0.5, 0.2], [0.9, 0.95, 0.4, 0.4], [1.2, 0.5, 0.1, 0.1]])
    picked = detector._pick(torch.tensor([0.5, 0.6, 0.7]), boxes)
    assert [score for score, _ in picked] == pytest.approx([0.6, 0.5])  # one is outside
    assert _edges(Detection(0, "", 0.6, picked[0][1])) == pytest.approx((0.7, 0.75, 1.0, 1.0))
    assert _edges(Detection(0, "", 0.5, picked[1][1])) == pytest.approx((0.0, 0.4, 0.25, 0.6))


def test_another_tokenizer_is_refused(home: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "models" / "tiny"
    shutil.copytree(home / "models" / "tiny", folder)
    tiny.clip_tokenizer(folder)
    with pytest.raises(ModelCorruptError, match=r"tokenizer\.json.*BERT.*models pull tiny"):
        load(tmp_path)


def test_half_precision_warm_up_and_close(home: Path) -> None:
    half = load(home, precision="bfloat16")
    half.warm_up()
    assert half.detect([Request(image(1), (Prompt("cat"),))])[0]
    half.close()
    half.close()
    with pytest.raises(UsageError, match="closed"):
        half.detect([Request(image(1), (Prompt("cat"),))])


def test_composes_with_what_outlines_boxes(home: Path) -> None:
    from rtseg.models.detect_then_segment import DetectThenSegment
    from rtseg.models.protocol import Answer, Instance, ModelInfo

    class Filling:
        """Outlines a box by the box itself: what a detector's boxes are, seen as masks."""

        info = ModelInfo("fill", "", "CC0-1.0", (), "cpu", takes=frozenset({"box"}))

        def segment(self, batch: list[Request]) -> list[Answer]:
            answers = []
            for request in batch:
                height, width = request.image.shape[:2]
                found = []
                for place, prompt in enumerate(request.prompts):
                    assert prompt.box is not None
                    x_min, y_min, x_max, y_max = prompt.box.to_px(width, height)
                    mask = np.zeros((height, width), np.bool_)
                    mask[int(y_min) : int(y_max) + 1, int(x_min) : int(x_max) + 1] = True
                    found.append(Instance(place, "", 1.0, mask))
                answers.append(Answer(tuple(found)))
            return answers

    pair = DetectThenSegment(load(home), Filling())  # type: ignore[arg-type]
    assert pair.can_answer(Prompt("red car"))
    (answer,) = pair.segment([Request(image(1), (Prompt("cat"), Prompt("red car")))])
    assert {i.label for i in answer.instances} == {"cat", "red car"}
