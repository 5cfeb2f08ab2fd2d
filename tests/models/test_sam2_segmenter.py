"""SAM 2 behind the `Segmenter` protocol."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.errors import (
    BackendError,
    ConfigError,
    ModelCorruptError,
    ModelMissingError,
    UsageError,
)
from rtseg.models.catalogue import builtin
from rtseg.models.protocol import Answer, Request
from rtseg.models.sam2 import images
from rtseg.models.sam2.options import Options
from rtseg.models.sam2.segmenter import Sam2Segmenter
from rtseg.models.sam2.weights import load_layers
from rtseg.models.store import Store
from rtseg.types import Box, Image, Point, Prompt
from tests.models import sam2_checkpoints as checkpoints

torch = checkpoints.torch

TOUCH = Prompt(points=(Point(0.5, 0.5),))
OTHER = Prompt(box=Box(0.2, 0.1, 0.7, 0.8))
FOLLOW = Prompt()
SIZE = checkpoints.SIZE


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    home = tmp_path_factory.mktemp("sam2")
    return checkpoints.store_with(home, "small", checkpoints.sam2_config(), present=True)


@pytest.fixture(scope="module")
def segmenter(store: Store) -> Sam2Segmenter:
    return checkpoints.load_from(store)


@pytest.fixture(scope="module")
def video() -> list[Image]:
    return checkpoints.video(12, 48)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Layers this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def same(one: Answer, other: Answer) -> bool:
    return len(one.instances) == len(other.instances) and all(
        a.prompt == b.prompt and abs(a.score - b.score) < 1e-4 and (a.mask != b.mask).mean() < 1e-3
        for a, b in zip(one.instances, other.instances, strict=True)
    )


def test_says_what_it_is(segmenter: Sam2Segmenter) -> None:
    info = segmenter.info
    assert info.takes == {"point", "box", "mask"}
    assert info.remembers
    assert info.max_batch == 1
    assert (info.name, info.device, info.labels) == ("small", "cpu", ())


@pytest.mark.parametrize(
    ("prompt", "can"),
    [
        (TOUCH, True),
        (OTHER, True),
        (FOLLOW, True),
        (Prompt("cup", points=(Point(0, 0),)), True),
        (Prompt("cup"), False),
    ],
)
def test_knows_touches_and_no_words(segmenter: Sam2Segmenter, prompt: Prompt, can: bool) -> None:
    assert segmenter.can_answer(prompt) is can


def test_one_image_without_memory(segmenter: Sam2Segmenter, video: list[Image]) -> None:
    hint = np.zeros(video[0].shape[:2], np.bool_)
    hint[10:30, 12:40] = True
    request = Request(video[0], (TOUCH, OTHER, FOLLOW), hints=(None, None, hint))
    (answer,) = segmenter.segment([request])
    assert [found.prompt for found in answer.instances] == [0, 1, 2]
    for found in answer.instances:
        assert found.mask.shape == (48, 48)
        assert found.mask.dtype == np.bool_
        assert found.mask.any()
        assert found.label == ""
        assert 0 <= found.score <= 1
    # Each prompt is answered as if alone, and again the same.
    for i, prompt in enumerate(request.prompts):
        (alone,) = segmenter.segment([Request(video[0], (prompt,), hints=(request.hints[i],))])
        assert (alone.instances[0].mask == answer.instances[i].mask).mean() > 0.999


def test_of_three_masks_the_best_is_taken(store: Store, video: list[Image]) -> None:
    """One point is ambiguous: transformers' image model gives three masks and their quality."""
    (answer,) = checkpoints.load_from(store).segment([Request(video[0], (TOUCH,))])
    layers = checkpoints.transformers.Sam2VideoModel.from_pretrained(store.folder("small"))
    points, labels = images.touches(TOUCH, SIZE)
    with torch.inference_mode():
        out = layers._single_frame_forward(
            pixel_values=checkpoints.squares([video[0]], SIZE),
            input_points=torch.tensor(points)[None, None],
            input_labels=torch.tensor(labels)[None, None],
            multimask_output=True,
        )
    best = int(out.iou_scores[0, 0].argmax())
    wanted = images.masks_to_picture(out.pred_masks.reshape(1, 1, 16, 16), 48, 48)[0]
    assert (answer.instances[0].mask == wanted).all()
    score = out.iou_scores[0, 0, best] * out.object_score_logits.sigmoid()
    assert answer.instances[0].score == pytest.approx(score.item(), abs=1e-5)


def test_batch_gives_what_each_gives_alone(segmenter: Sam2Segmenter, video: list[Image]) -> None:
    together = [segmenter.new_memory() for _ in range(3)]
    alone = [segmenter.new_memory() for _ in range(3)]
    for t in range(5):
        batch = []
        for i in range(3):
            names = tuple(range(i + 1))
            prompts = tuple(FOLLOW if t else (TOUCH, OTHER)[n % 2] for n in names)
            batch.append(Request(video[t + i], prompts, together[i], names))
        answers = segmenter.segment(batch)
        for request, memory, answer in zip(batch, alone, answers, strict=True):
            assert same(segmenter.segment([replace(request, memory=memory)])[0], answer)


def test_objects_come_and_go_and_nothing_is_left(
    segmenter: Sam2Segmenter, video: list[Image]
) -> None:
    memory = segmenter.new_memory()
    segmenter.segment([Request(video[0], (TOUCH,), memory, (0,))])
    one = memory.nbytes
    counts = []
    for t in range(181):
        names = [*range(t // 10, t // 10 + t % 3)]  # 0, 1 or 2 objects, which change
        prompts = tuple(FOLLOW if name in memory.banks else TOUCH for name in names)
        segmenter.segment([Request(video[t % 12], prompts, memory, tuple(names))])
        assert sorted(memory.banks) == names
        assert memory.nbytes == one * len(names)
        if t % 60 == 0:  # no objects then
            gc.collect()
            counts.append(sum(issubclass(type(o), torch.Tensor) for o in gc.get_objects()))
    assert len(set(counts)) == 1, counts
    memory.close()
    assert memory.nbytes == 0


def test_kept_object_waits_while_others_are_asked_about(
    segmenter: Sam2Segmenter, video: list[Image]
) -> None:
    memory, only = segmenter.new_memory(), segmenter.new_memory()
    for one in (memory, only):
        segmenter.segment([Request(video[0], (TOUCH,), one, (1,))])
    segmenter.segment([Request(video[5], (OTHER,), memory, (2,), keeps=frozenset({1}))])
    assert sorted(memory.banks) == [1, 2]
    (kept,) = segmenter.segment([Request(video[1], (FOLLOW,), memory, (1,))])
    (wanted,) = segmenter.segment([Request(video[1], (FOLLOW,), only, (1,))])
    assert same(kept, wanted)
    assert sorted(memory.banks) == [1]


def test_forgotten_object_must_be_touched_again(
    segmenter: Sam2Segmenter, video: list[Image]
) -> None:
    memory = segmenter.new_memory()
    segmenter.segment([Request(video[0], (TOUCH, OTHER), memory, (1, 2))])
    (answer,) = segmenter.segment([Request(video[1], (FOLLOW,), memory, (1,))])
    assert not answer.of(1)
    with pytest.raises(UsageError, match="object 2 is not known"):
        segmenter.segment([Request(video[2], (FOLLOW,), memory, (2,))])


def test_no_objects_do_not_run_the_network(
    segmenter: Sam2Segmenter, video: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtseg.models.sam2.segmenter.Run", None)
    memory = segmenter.new_memory()
    answers = segmenter.segment([Request(video[0], (), memory, ()), Request(video[0], ())])
    assert [answer.instances for answer in answers] == [(), ()]


def test_image_may_change_its_size(segmenter: Sam2Segmenter) -> None:
    memory = segmenter.new_memory()
    for t, (height, width) in enumerate([(48, 48), (90, 160), (1, 1), (33, 20)]):
        image = np.full((height, width, 3), 90, np.uint8)
        prompts = (FOLLOW,) if t else (TOUCH,)
        (answer,) = segmenter.segment([Request(image, prompts, memory, (1,))])
        assert all(found.mask.shape == (height, width) for found in answer.instances)


def test_image_is_not_written_to_and_may_be_any_view(segmenter: Sam2Segmenter) -> None:
    wide = checkpoints.video(1, 60)[0]
    wide.flags.writeable = False
    view = wide[::-1, ::2]
    (strange,) = segmenter.segment([Request(view, (TOUCH,))])
    (plain,) = segmenter.segment([Request(view.copy(), (TOUCH,))])
    assert same(strange, plain)


IMAGE = np.zeros((8, 10, 3), np.uint8)
HINT = np.ones((8, 10), np.bool_)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda m: Request(IMAGE[..., 0], (TOUCH,)), r"\(H, W, 3\) uint8"),
        (lambda m: Request(IMAGE.astype(np.float32), (TOUCH,)), "float32"),
        (lambda m: Request(IMAGE[:0], (TOUCH,)), r"\(0, 10, 3\)"),
        (lambda m: Request(IMAGE, (Prompt("cup"),)), "does not know words, got 'cup'"),
        (lambda m: Request(IMAGE, (FOLLOW,)), "without a memory"),
        (lambda m: Request(IMAGE, (FOLLOW,), hints=(~HINT,)), "no hint with a pixel"),
        (lambda m: Request(IMAGE, (FOLLOW,), m, (1,)), "object 1 is not known"),
        (lambda m: Request(IMAGE, (TOUCH,), m), "a name for each of 1"),
        (lambda m: Request(IMAGE, (TOUCH, OTHER), m, (1, 1)), "each name once"),
        (lambda m: Request(IMAGE, (TOUCH, OTHER), m, (1, 2), hints=(HINT,)), "a hint for each"),
        (lambda m: Request(IMAGE, (TOUCH,), m, (1,), hints=(HINT.T,)), r"\(8, 10\) bool"),
        (lambda m: Request(IMAGE, (TOUCH,), m, (1,), hints=(HINT * 1.0,)), "float64"),
        (lambda m: Request(IMAGE, (TOUCH,), Other(), (1,)), "new_memory, got Other"),
    ],
)
def test_bad_request_is_refused_and_nothing_was_run(
    segmenter: Sam2Segmenter, video: list[Image], make: Any, message: str
) -> None:
    memory, good = segmenter.new_memory(), segmenter.new_memory()
    segmenter.segment([Request(video[0], (TOUCH,), good, (5,))])
    with pytest.raises(UsageError, match=message):
        segmenter.segment([Request(video[0], (TOUCH,), good, (6,)), make(memory)])
    assert list(good.banks) == [5]
    assert not memory.banks


class Other:
    def close(self) -> None: ...


def test_memory_belongs_to_one_session_of_one_segmenter(
    segmenter: Sam2Segmenter, store: Store, video: list[Image]
) -> None:
    memory = segmenter.new_memory()
    request = Request(video[0], (TOUCH,), memory, (1,))
    with pytest.raises(UsageError, match="share a memory"):
        segmenter.segment([request, request])
    with pytest.raises(UsageError, match="of another"):
        checkpoints.load_from(store).segment([request])
    memory.close()
    with pytest.raises(UsageError, match="memory is closed"):
        segmenter.segment([request])


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (torch.OutOfMemoryError("tried to take 9 GiB"), "out of memory; follow fewer"),
        (RuntimeError("device-side assert"), "failed on 'cpu': device-side assert"),
    ],
)
def test_failed_batch_leaves_memories_as_they_were(
    store: Store,
    video: list[Image],
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    message: str,
) -> None:
    segmenter = checkpoints.load_from(store)
    memory, twin = segmenter.new_memory(), segmenter.new_memory()
    for one in (memory, twin):
        segmenter.segment([Request(video[0], (TOUCH,), one, (1,))])
    assert segmenter._network is not None

    def fail(*_: object) -> None:
        raise raised

    with monkeypatch.context() as patch:
        patch.setattr(segmenter._network, "remember", fail)  # the last pass of all
        with pytest.raises(BackendError, match=message):
            segmenter.segment([Request(video[1], (FOLLOW, OTHER), memory, (1, 2))])
    assert list(memory.banks) == [1]
    (after,) = segmenter.segment([Request(video[2], (FOLLOW,), memory, (1,))])
    (wanted,) = segmenter.segment([Request(video[2], (FOLLOW,), twin, (1,))])
    assert same(after, wanted)


def test_closed_segmenter_says_so(store: Store) -> None:
    segmenter = checkpoints.load_from(store)
    segmenter.warm_up()
    segmenter.close()
    segmenter.close()
    with pytest.raises(UsageError, match="closed"):
        segmenter.segment([Request(IMAGE, (TOUCH,))])


def test_compiled_encoder_is_asked_for_batches_of_few_sizes(
    store: Store, video: list[Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch compiles once for each size of a batch, so sizes are rounded up to powers of two."""
    sizes = []

    def compiled(encode: Any, **_: object) -> Any:
        def encode_and_count(squares: Any) -> Any:
            sizes.append(len(squares))
            return encode(squares)

        return encode_and_count

    monkeypatch.setattr(torch, "compile", compiled)
    plain = checkpoints.load_from(store)
    store = checkpoints.store_with(store.home, "small", None, {"compile": True})
    segmenter = checkpoints.load_from(store)
    segmenter._images_at_once = 4
    batch = [Request(image, (TOUCH,)) for image in video[:3]]
    answers = segmenter.segment(batch)
    assert sizes == [4]
    assert all(map(same, plain.segment(batch), answers))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"image_size": 100}, "image_size: expected a multiple of 64, got 100"),
        ({"image_size": -64}, "image_size: expected a whole number >= 0"),
        ({"dtype": "int8"}, "dtype: expected one of"),
        ({"compile": "yes"}, "compile: expected true or false"),
        ({"max_conditioning": 0}, "max_conditioning: expected a whole number >= 1"),
        ({"size": 512}, "options size are unknown"),
    ],
)
def test_wrong_option_is_named(store: Store, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        checkpoints.load_from(checkpoints.store_with(store.home, "small", None, options))


def test_files_must_be_there_and_whole(store: Store, tmp_path: Path) -> None:
    def load_with(folder: Path, **changed: bytes | None) -> None:
        own = checkpoints.store_with(folder, "small", None, write=False)
        own.folder("small").mkdir(parents=True)
        for file in store.folder("small").iterdir():
            content = changed.get(file.stem, file.read_bytes())
            if content is not None:
                (own.folder("small") / file.name).write_bytes(content)
        checkpoints.load_from(own)

    with pytest.raises(ModelMissingError, match="rtseg models pull small"):
        load_with(tmp_path / "a", config=None)
    with pytest.raises(ModelCorruptError, match="not a model's configuration"):
        load_with(tmp_path / "b", config=b"{")
    with pytest.raises(ModelCorruptError, match="got those of 'bert'"):
        load_with(tmp_path / "c", config=b'{"model_type": "bert"}')
    with pytest.raises(ModelCorruptError, match="cannot be loaded"):
        load_with(tmp_path / "d", model=b"not safetensors")
    with pytest.raises(ModelCorruptError, match="cannot be loaded"):
        load_with(tmp_path / "e", model=None)


def test_published_edgetam_loads_without_timm(tmp_path: Path, video: list[Image]) -> None:
    """Its configuration names timm's RepViT-M1, for which rtseg has its own."""
    from rtseg.models.sam2.repvit import RepVitConfig

    config = checkpoints.edgetam_config()
    config.vision_config.backbone_config = RepVitConfig()
    config.vision_config.backbone_channel_list = [384, 192, 96, 48]
    store = checkpoints.store_with(tmp_path, "small", config, present=True)
    file = store.folder("small") / "config.json"
    written = json.loads(file.read_text())
    written["vision_config"]["backbone_config"] = {
        "model_type": "timm_wrapper",
        "architecture": "repvit_m1",
        "do_pooling": True,
        "model_args": {"in_chans": 3, "features_only": True, "out_indices": [0, 1, 2, 3]},
    }
    file.write_text(json.dumps(written))
    layers = load_layers(store.folder("small"), Options(), torch.device("cpu"), model="small")
    assert type(layers.vision_encoder.backbone).__name__ == "RepVitBackbone"
    assert len(checkpoints.load_from(store).segment([Request(video[0], (TOUCH,))])) == 1


def test_repvit_is_repvit_m1() -> None:
    """Names and shapes are those of timm's, by which weights find their place; here the corners."""
    from rtseg.models.sam2.repvit import RepVitBackbone, RepVitConfig

    backbone = RepVitBackbone(RepVitConfig()).eval()
    shapes = {name: tuple(value.shape) for name, value in backbone.state_dict().items()}
    assert len(shapes) == 676
    assert sum(value.numel() for value in backbone.parameters()) == 4_713_712
    assert shapes["timm_model.stem.conv1.c.weight"] == (24, 3, 3, 3)
    assert shapes["timm_model.stages_0.blocks.0.se.fc1.weight"] == (16, 48, 1, 1)
    assert shapes["timm_model.stages_2.downsample.channel_downsample.c.weight"] == (192, 96, 1, 1)
    assert shapes["timm_model.stages_2.blocks.13.token_mixer.conv.bn.running_var"] == (192,)
    assert shapes["timm_model.stages_3.blocks.1.channel_mixer.conv2.c.weight"] == (384, 768, 1, 1)
    levels = backbone(torch.zeros(1, 3, 64, 96)).last_hidden_state
    assert [tuple(level.shape[1:]) for level in levels] == [
        (48, 16, 24),
        (96, 8, 12),
        (192, 4, 6),
        (384, 2, 3),
    ]


def test_repvit_computes_what_timm_computes() -> None:
    timm = pytest.importorskip("timm", reason="timm is not installed")
    from rtseg.models.sam2.repvit import RepVitBackbone, RepVitConfig

    theirs = timm.create_model("repvit_m1", features_only=True, pretrained=False).eval()
    ours = RepVitBackbone(RepVitConfig()).eval()
    ours.timm_model.load_state_dict(theirs.state_dict())
    image = torch.randn(1, 3, 64, 64)
    torch.testing.assert_close(ours(image).last_hidden_state, list(theirs(image)))


def test_missing_weights_are_an_error_not_random_numbers(store: Store, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    own = checkpoints.store_with(tmp_path, "small", None, write=False)
    own.folder("small").mkdir(parents=True)
    weights = load_file(store.folder("small") / "model.safetensors")
    del weights["no_memory_embedding"]
    save_file(weights, own.folder("small") / "model.safetensors", {"format": "pt"})
    config = (store.folder("small") / "config.json").read_bytes()
    (own.folder("small") / "config.json").write_bytes(config)
    with pytest.raises(ModelCorruptError, match=r"1 weights are missing .* no_memory_embedding"):
        checkpoints.load_from(own)


def test_square_is_what_the_network_was_trained_on() -> None:
    """RGB, ImageNet's mean and deviation; a plain area average where the scale is a whole one."""
    image = checkpoints.video(1, 128)[0]
    (square,) = checkpoints.squares([image], 128)
    wanted = (image[..., ::-1] / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert square.permute(1, 2, 0).numpy() == pytest.approx(wanted, abs=1e-5)
    flat = np.full((30, 70, 3), (10, 20, 30), np.uint8)
    assert checkpoints.squares([flat], 64)[0, 0].numpy() == pytest.approx(
        (30 / 255 - 0.485) / 0.229, abs=1e-5
    )


def test_hint_keeps_its_place_and_is_never_lost() -> None:
    device = torch.device("cpu")
    mask = np.zeros((400, 600), np.bool_)
    mask[100:200, 300:450] = True
    square = images.mask_to_square(mask, 64, device=device)[0].bool().numpy()
    rows, columns = np.nonzero(square)
    assert (rows.min(), rows.max() + 1) == (16, 32)
    assert (columns.min(), columns.max() + 1) == (32, 48)
    dot = np.zeros((400, 600), np.bool_)
    dot[7, 7] = True
    assert images.mask_to_square(dot, 64, device=device).sum() >= 1


def test_touches_are_the_encoders_points() -> None:
    prompt = Prompt(points=(Point(0.5, 1.0), Point(0, 0, False)), box=Box(0.25, 0, 1, 0.5))
    points, labels = images.touches(prompt, 64)
    # The encoder adds half a pixel to each.
    assert points == [(16, 0), (63, 31), (31.5, 63.5), (-0.5, -0.5)]
    assert labels == [2, 3, 1, 0]


def test_catalogue_has_them() -> None:
    names = ["sam2.1-tiny", "sam2.1-small", "sam2.1-base-plus", "sam2.1-large", "edgetam"]
    for name in names:
        entry = builtin().entry(name)
        assert entry.backend == "sam2"
        assert entry.is_promptable
        assert entry.remembers
        assert entry.takes == {"point", "box", "mask"}
        assert {file.name for file in entry.files} == {"config.json", "model.safetensors"}
        assert {"torch", "transformers"} <= set(entry.requires)
        Options.read(entry.options, name)


def test_torch_is_imported_only_to_load() -> None:
    code = (
        "import rtseg, rtseg.models, rtseg.models.sam2.memory, rtseg.models.sam2.turns, sys; "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
