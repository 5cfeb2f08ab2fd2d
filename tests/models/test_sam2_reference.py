"""rtseg's loop against transformers' own, on the same small networks: the same logits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.models.protocol import Answer, Request
from rtseg.models.sam2 import images
from rtseg.models.sam2.memory import Sam2Memory
from rtseg.models.sam2.options import Options
from rtseg.models.sam2.segmenter import Sam2Segmenter
from rtseg.models.sam2.weights import load_layers
from rtseg.types import BoolMask, Box, Image, Point, Prompt
from tests.models import sam2_checkpoints as checkpoints

torch = checkpoints.torch

FRAMES = 30
TOUCHES = {
    1: Prompt(points=(Point(0.4, 0.6),)),
    2: Prompt(box=Box(0.1, 0.2, 0.5, 0.7)),
    3: Prompt(points=(Point(0.7, 0.3), Point(0.2, 0.2, False), Point(0.8, 0.4))),
    4: Prompt(points=(Point(0.6, 0.3),), box=Box(0.3, 0.1, 0.9, 0.7)),
}


class Case:
    """One network in both loops."""

    def __init__(self, home: Path, config: Any, seed: int) -> None:
        self.size: int = config.image_size
        self.store = checkpoints.store_with(home, "small", config, seed=seed)
        self.segmenter = checkpoints.load_from(self.store)
        self.layers = load_layers(
            self.store.folder("small"), Options(), torch.device("cpu"), model="small"
        )
        # Of the masks' own size, so that what is answered is what was drawn.
        self.side: int = self.layers.prompt_encoder.mask_input_size[0]
        self.video = checkpoints.video(FRAMES, self.side)

    def plain(self) -> checkpoints.PlainLoop:
        return checkpoints.PlainLoop(self.layers)

    def squares(self, image: Image) -> Any:
        return checkpoints.squares([image], self.size, checkpoints.scale_of(self.layers))


@pytest.fixture(scope="module", params=["sam2", "edgetam", "sam3"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    # Seeds with which objects come and go on this video.
    config, seed = {
        "sam2": (checkpoints.sam2_config(), 7),
        "edgetam": (checkpoints.edgetam_config(), 5),
        "sam3": (checkpoints.sam3_tracker_config(), 1),
    }[request.param]
    return Case(tmp_path_factory.mktemp(request.param), config, seed)


class Drawn:
    """What a segmenter draws, before the logits become masks: (B, 1, h, w) of each request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: list[Any] = []
        to_masks = images.masks_to_picture

        def listen(logits: Any, height: int, width: int) -> Any:
            self._seen.append(logits)
            return to_masks(logits, height, width)

        monkeypatch.setattr(images, "masks_to_picture", listen)

    def by(
        self, segmenter: Sam2Segmenter, batch: Sequence[Request]
    ) -> tuple[list[Answer], list[Any]]:
        """Return the answers, and the logits of each request that has prompts."""
        answers = segmenter.segment(batch)
        logits, self._seen[:] = list(self._seen), []
        return answers, logits


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


def ask(memory: Sam2Memory, image: Image, prompts: dict[int, Prompt]) -> Request:
    return Request(image, tuple(prompts.values()), memory, tuple(prompts))


def assert_same(ours: Any, theirs: Any) -> None:
    """Logits of both loops, to two thousandths of their range.

    Both round memories to bfloat16: where a last bit of float32 differs, so may 1/256 there, and a
    network of random weights forgets nothing.
    """
    is_absent = theirs == -1024
    assert ((ours == -1024) == is_absent).all()
    if not is_absent.all():
        reach = theirs[~is_absent].abs().max().item()
        torch.testing.assert_close(ours, theirs, rtol=0, atol=2e-3 * reach)


@pytest.mark.parametrize("names", [(1,), (1, 2, 3)])
def test_objects_of_the_first_frame_are_followed_alike(
    case: Case, names: tuple[int, ...], drawn: Drawn
) -> None:
    plain, memory = case.plain(), case.segmenter.new_memory()
    for name in names:
        plain.touch(name, *images.touches(TOUCHES[name], case.size))
    present = []
    for t, image in enumerate(case.video):
        request = ask(memory, image, {name: Prompt() if t else TOUCHES[name] for name in names})
        (answer,), (ours,) = drawn.by(case.segmenter, [request])
        theirs, presence = plain.step(case.squares(image))
        assert_same(ours, theirs)
        assert_answers(answer, theirs)
        present += (presence > 0).flatten().tolist()
    assert {True, False} == set(present)  # else half of the rules were not seen


def assert_answers(answer: Answer, theirs: Any) -> None:
    """The masks are the logits above 0, and there is none where there is nothing."""
    masks = (theirs[:, 0] > 0).numpy()
    assert [found.prompt for found in answer.instances] == np.flatnonzero(
        masks.any((1, 2))
    ).tolist()
    for found in answer.instances:
        assert (found.mask == masks[found.prompt]).all()
        assert 0 <= found.score <= 1


def test_sessions_in_one_batch_go_their_own_ways(case: Case, drawn: Drawn) -> None:
    """Each object is as if it were alone: whoever else is in the session or the batch, and when.

    The plain loop has one session for each object, because with one for all it takes every mask
    of a frame at its word when any object is touched on it.
    """
    begins = [{1: 0, 2: 3}, {3: 0}, {4: 2, 1: 5, 2: 5}]
    memories = [case.segmenter.new_memory() for _ in begins]
    plain = [{name: case.plain() for name in session} for session in begins]
    for t, image in enumerate(case.video[:22]):
        batch, expected = [], []
        for shift, (session, memory) in enumerate(zip(begins, memories, strict=True)):
            seen = np.roll(image, shift, axis=0)
            there = {name: begin for name, begin in session.items() if begin <= t}
            prompts = {
                name: TOUCHES[name] if begin == t else Prompt() for name, begin in there.items()
            }
            batch.append(ask(memory, seen, prompts))
            for name in there:
                loop = plain[shift][name]
                if prompts[name].is_touch:
                    loop.touch(name, *images.touches(prompts[name], case.size))
            if there:
                expected.append(
                    torch.cat([plain[shift][name].step(case.squares(seen))[0] for name in there])
                )
        _, ours = drawn.by(case.segmenter, batch)
        for own, theirs in zip(ours, expected, strict=True):
            assert_same(own, theirs)


def test_object_begun_from_a_hint(case: Case, drawn: Drawn) -> None:
    plain, memory = case.plain(), case.segmenter.new_memory()
    hint: BoolMask = np.zeros((case.side, case.side), np.bool_)
    hint[3:9, 4:12] = True
    plain.adopt(7, images.mask_to_square(hint, case.size, device=torch.device("cpu")))
    for t, image in enumerate(case.video[:10]):
        request = Request(image, (Prompt(),), memory, (7,), hints=() if t else (hint,))
        (answer,), (ours,) = drawn.by(case.segmenter, [request])
        theirs, _ = plain.step(case.squares(image))
        assert_same(ours, theirs)
        if t == 0:
            assert (answer.instances[0].mask == hint).mean() > 0.95


def test_touch_on_a_followed_object_corrects_its_mask(case: Case, drawn: Drawn) -> None:
    plain, memory = case.plain(), case.segmenter.new_memory()
    plain.touch(1, *images.touches(TOUCHES[1], case.size))
    correction = Prompt(points=(Point(0.2, 0.8), Point(0.7, 0.2, False)))
    corrected = 0
    for t, image in enumerate(case.video):
        theirs, presence = plain.step(case.squares(image))
        is_corrected = t > 3 and presence.item() > 0 and corrected < 2
        if is_corrected:
            corrected += 1
            theirs = plain.correct(1, *images.touches(correction, case.size))
        prompt = TOUCHES[1] if t == 0 else correction if is_corrected else Prompt()
        _, (ours,) = drawn.by(case.segmenter, [ask(memory, image, {1: prompt})])
        assert_same(ours, theirs)
    assert corrected == 2


def test_touch_on_a_lost_object_begins_it_anew(case: Case, drawn: Drawn) -> None:
    # Where it is lost, seen without touching it.
    memory, lost = case.segmenter.new_memory(), -1
    for t, image in enumerate(case.video):
        request = ask(memory, image, {1: Prompt() if t else TOUCHES[1]})
        (answer,), _ = drawn.by(case.segmenter, [request])
        if t and not answer.instances:
            lost = t
            break
    assert lost > 0
    plain, memory = case.plain(), case.segmenter.new_memory()
    for t, image in enumerate(case.video):
        prompt = {0: TOUCHES[1], lost: TOUCHES[4]}.get(t, Prompt())
        if prompt.is_touch:
            plain.touch(1, *images.touches(prompt, case.size))
        theirs, _ = plain.step(case.squares(image))
        _, (ours,) = drawn.by(case.segmenter, [ask(memory, image, {1: prompt})])
        assert_same(ours, theirs)


def test_network_sees_a_square_of_another_size(tmp_path: Path, drawn: Drawn) -> None:
    """The option and a network that was configured so are the same."""
    built = checkpoints.store_with(tmp_path / "built", "small", checkpoints.sam2_config(128))
    small = checkpoints.store_with(
        tmp_path / "option", "small", checkpoints.sam2_config(64), {"image_size": 128}
    )
    weights = "model.safetensors"
    (small.folder("small") / weights).write_bytes((built.folder("small") / weights).read_bytes())
    logits = []
    for store in (built, small):
        segmenter = checkpoints.load_from(store)
        memory = segmenter.new_memory()
        for t, image in enumerate(checkpoints.video(3, 32)):
            request = ask(memory, image, {1: Prompt() if t else TOUCHES[1]})
            logits.append(drawn.by(segmenter, [request])[1][0])
    assert logits[0].shape[-1] == 32
    for wanted, found in zip(logits[:3], logits[3:], strict=True):
        torch.testing.assert_close(found, wanted)


def test_half_precision_draws_nearly_the_same(case: Case, drawn: Drawn) -> None:
    store = checkpoints.store_with(case.store.home, "small", None, {"dtype": "bfloat16"})
    half = checkpoints.load_from(store)
    rounded = load_layers(
        store.folder("small"), Options(dtype="bfloat16"), torch.device("cpu"), model="small"
    )
    assert rounded.dtype == torch.bfloat16
    for name in (
        "shared_image_embedding.positional_embedding",
        "prompt_encoder.shared_embedding.positional_embedding",
        "memory_attention.rotary_emb.inv_freq",
    ):  # what places and angles are computed from is not rounded
        assert torch.equal(rounded.get_buffer(name), case.layers.get_buffer(name))
    memories = case.segmenter.new_memory(), half.new_memory()
    for t, image in enumerate(case.video[:3]):
        _, (exact,) = drawn.by(
            case.segmenter, [ask(memories[0], image, {1: Prompt() if t else TOUCHES[1]})]
        )
        _, (near,) = drawn.by(half, [ask(memories[1], image, {1: Prompt() if t else TOUCHES[1]})])
        assert near.dtype == torch.float32
        if t == 0:  # afterwards a network of random weights magnifies what was rounded
            assert ((near > 0) == (exact > 0)).float().mean() > 0.9


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Layers this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
