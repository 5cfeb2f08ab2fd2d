"""SAM 3's tracker out of the published checkpoint, beside its detector: words, then followed.

That its loop is transformers' own is shown in test_sam2_reference.py, that its memory is bounded
here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtseg.errors import ConfigError, ModelCorruptError
from rtseg.images.arguments import asked
from rtseg.models import Catalogue, Loader, Request, Store
from rtseg.models.catalogue import builtin
from rtseg.models.router import Router
from rtseg.models.sam2.network import Network
from rtseg.models.sam2.options import Options
from rtseg.models.sam2.segmenter import Sam2Segmenter
from rtseg.models.sam2.weights import load_layers, read_config
from rtseg.models.sources import FolderSource, HubSource
from rtseg.recordings.following import Follower
from rtseg.recordings.footage import Shot
from rtseg.types import Box, Point, Prompt
from tests.models import sam2_checkpoints as checkpoints

torch = checkpoints.torch
tiny = pytest.importorskip("tests.models.concepts.tiny", reason="needs torch and transformers")

SIZE = checkpoints.SAM3_SIZE
TOUCHES = Prompt(points=(Point(0.4, 0.6),)), Prompt(box=Box(0.1, 0.2, 0.5, 0.7))
FOLLOW = Prompt()
CPU = torch.device("cpu")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Layers this small only wait for each other's threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as it is published: detector and tracker in one.

    Of random weights such that the detector is sure enough for an object to begin.
    """
    folder = tmp_path_factory.mktemp("sam3")
    checkpoints.write_network(checkpoints.sam3_config(), folder, seed=2, present=True)
    tiny.clip_tokenizer(folder)
    return folder


def store_with(folder: Path, **options: Any) -> Store:
    """Both entries, on one folder, as if they ran well on any machine."""
    here = FolderSource("folder", str(folder))
    entries = [
        replace(builtin().entry(name), source=here, files=(), speed="interactive", options=own)
        for name, own in (
            ("sam3", {"threshold": 0.0, "max_instances": 2}),  # of a random network none is high
            ("sam3-tracker", options),
        )
    ]
    return Store(folder / "home", catalogue=Catalogue(entries))


@pytest.fixture(scope="module")
def tracker(folder: Path) -> Sam2Segmenter:
    segmenter = Loader(store_with(folder), "cpu").load("sam3-tracker")
    assert isinstance(segmenter, Sam2Segmenter)
    return segmenter


def test_tracker_of_the_whole_is_that_of_transformers(folder: Path) -> None:
    """Weight by weight, and what it sees: the detector's backbone through the tracker's neck."""
    whole = checkpoints.transformers.Sam3VideoModel.from_pretrained(folder).eval()
    layers = load_layers(folder, Options(), CPU, model="sam3-tracker")
    ours, theirs = layers.state_dict(), whole.tracker_model.state_dict()
    assert set(theirs) == {name for name in ours if not name.startswith("vision_encoder.")}
    for name, weights in theirs.items():
        assert torch.equal(ours[name], weights), name
    squares = checkpoints.squares(checkpoints.video(2, 60), SIZE, checkpoints.scale_of(layers))
    network = Network(layers, max_conditioning=4, compile_encoder=False)
    with torch.inference_mode():
        seen = network.look(squares)
        wanted, _ = whole.get_vision_features_for_tracker(
            whole.detector_model.get_vision_features(squares)
        )
    for level, flat in zip((seen.fine, seen.middle, seen.coarse), wanted, strict=True):
        torch.testing.assert_close(level.flatten(2).permute(2, 0, 1), flat)


def test_square_is_scaled_as_the_checkpoint_says(
    tracker: Sam2Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RGB in [-1, 1]."""
    seen: list[Any] = []
    network = tracker._network
    assert network is not None
    look = network.look

    def listen(squares: Any) -> Any:
        seen.append(squares)
        return look(squares)

    monkeypatch.setattr(network, "look", listen)
    tracker.segment([Request(np.full((30, 50, 3), (0, 51, 255), np.uint8), TOUCHES[:1])])
    assert seen[0].shape == (1, 3, SIZE, SIZE)
    assert seen[0][0, :, 5, 5].tolist() == pytest.approx([1, -0.6, -1])


def test_many_frames_take_the_room_of_one(folder: Path) -> None:
    tracker = Loader(store_with(folder, image_size=56), "cpu").load("sam3-tracker")
    assert isinstance(tracker, Sam2Segmenter)
    video = checkpoints.video(12, 40)
    memory = tracker.new_memory()
    tracker.segment([Request(video[0], TOUCHES, memory, (1, 2))])
    room = memory.nbytes
    # Features of 4 + 6 frames, 16 tokens of 64 bfloat16; pointers of 4 + 15, of 128 float32.
    assert room == 2 * (10 * 16 * 64 * 2 + 19 * 128 * 4)
    for t in range(1, 200):
        (answer,) = tracker.segment([Request(video[t % 12], (FOLLOW,) * 2, memory, (1, 2))])
        assert memory.nbytes == room
    assert {found.mask.shape for found in answer.instances} == {(40, 40)}


def test_square_may_have_another_size(folder: Path, tracker: Sam2Segmenter) -> None:
    smaller = Loader(store_with(folder, image_size=56), "cpu").load("sam3-tracker")
    memory = smaller.new_memory()
    for t, image in enumerate(checkpoints.video(3, 40)):
        (answer,) = smaller.segment([Request(image, (FOLLOW if t else TOUCHES[0],), memory, (1,))])
        assert all(found.mask.shape == (40, 40) for found in answer.instances)
    with pytest.raises(ConfigError, match="image_size: expected a multiple of 14, got 100"):
        Loader(store_with(folder, image_size=100), "cpu").load("sam3-tracker")


@pytest.mark.parametrize("lost", ["tracker_config", "detector_config"])
def test_checkpoint_without_one_half_is_refused(folder: Path, tmp_path: Path, lost: str) -> None:
    written = json.loads((folder / "config.json").read_text())
    del written[lost]
    (tmp_path / "config.json").write_text(json.dumps(written))
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(ModelCorruptError, match=f"has no {lost}"):
        load_layers(tmp_path, Options(), CPU, model="sam3-tracker")


@pytest.mark.parametrize("size", [1008, 560])
def test_configuration_of_a_published_checkpoint_is_read(tmp_path: Path, size: int) -> None:
    """The encoder is said once, and only in what differs from transformers' own defaults."""
    whole = checkpoints.transformers.Sam3VideoConfig()
    whole.image_size = size
    for half in (whole.detector_config, whole.tracker_config):
        half.vision_config.backbone_config.num_hidden_layers = 8
    whole.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    for left_out in ("image_size", "vision_config"):
        written["tracker_config"].pop(left_out, None)
    (tmp_path / "config.json").write_text(json.dumps(written))
    read = checkpoints.transformers.Sam3TrackerVideoConfig.from_dict(read_config(tmp_path, "x"))
    assert read.to_dict() == whole.tracker_config.to_dict()


def test_weights_of_the_detector_alone_are_refused(tmp_path: Path, folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in weights.items() if name.startswith("detector_model.")}
    save_file(kept, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(ModelCorruptError, match="weights are missing"):
        load_layers(tmp_path, Options(), CPU, model="sam3-tracker")


def test_words_are_looked_for_by_one_half_and_followed_by_the_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a recording, as `rtseg track` runs it."""
    store = store_with(folder)
    assert Router(store).follower() == "sam3-tracker"
    loader = Loader(store, "cpu")
    followed: list[tuple[int, ...]] = []
    tracker = loader.load("sam3-tracker")
    segment = tracker.segment

    def listen(batch: Any) -> Any:
        followed.extend(request.names for request in batch)
        return segment(batch)

    monkeypatch.setattr(tracker, "segment", listen)
    follower = Follower(asked([("object", "red car")]), (60, 60), store=store, loader=loader)
    assert [route.model for route in follower.routes] == ["sam3"]
    seen = [
        follower.see(Shot(n, n / 20, image)) for n, image in enumerate(checkpoints.video(12, 60))
    ]
    follower.close()
    assert followed
    assert {name for names in followed for name in names} >= {one.id for one in seen[-1].objects}
    assert all(one.mask.shape == (60, 60) for frame in seen for one in frame.objects)
    assert all(one.label == "red car" for frame in seen for one in frame.objects)
    ids = [[one.id for one in frame.objects] for frame in seen]
    assert ids[1]
    # What made-up weights see comes and goes; whatever is back has its old id.
    assert any(not set(ids[1]) <= set(later) for later in ids[2:])
    assert set(ids[1]) == set(ids[-1])


def test_entries_share_one_repository() -> None:
    words, follower = builtin().entry("sam3"), builtin().entry("sam3-tracker")
    assert isinstance(follower.source, HubSource)
    assert follower.source == words.source
    assert follower.source.gated
    assert follower.licence == words.licence
    assert {file.name for file in follower.files} == {"config.json", "model.safetensors"}
    assert follower.backend == "sam2"
    assert follower.is_promptable
    assert follower.remembers
    Options.read(follower.options, follower.name)


@pytest.mark.parametrize(
    ("here", "has_gpu", "chosen"),
    [
        (("sam3-tracker", "sam2.1-large", "edgetam"), True, "sam3-tracker"),
        (("sam2.1-large", "edgetam"), True, "sam2.1-large"),
        (("sam3-tracker", "sam2.1-large"), False, None),
    ],
)
def test_best_follower_here_is_chosen(
    tmp_path: Path, here: tuple[str, ...], has_gpu: bool, chosen: str | None
) -> None:
    entries = [
        replace(entry, source=None, files=(), requires=())
        if entry.name in here
        else replace(entry, source=FolderSource("folder", str(tmp_path / "nowhere")))
        for entry in builtin()
    ]
    store = Store(tmp_path, catalogue=Catalogue(entries))
    assert Router(store, has_gpu=has_gpu).follower() == chosen
