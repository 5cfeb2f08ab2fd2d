"""The catalogue's entries of these models, and who answers when they are here or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtseg.errors import ModelMissingError, PeerError
from rtseg.models.catalogue import Catalogue, builtin
from rtseg.models.loading import DETECTORS, SEGMENTERS
from rtseg.models.router import Router
from rtseg.models.sources import FolderSource, HubSource
from rtseg.models.store import Store
from rtseg.types import Box, Point, Prompt

NAMES = ("sam3", "eomt-large", "rf-detr-seg-medium", "rf-detr-seg-nano", "grounding-dino-tiny")
BOX = Box(0.1, 0.1, 0.9, 0.9)


def router(home: Path, *here: str, has_gpu: bool = True) -> Router:
    """With the built-in catalogue, of which these need nothing; all others are not here."""
    entries = [
        replace(entry, source=None, files=(), requires=())
        if entry.name in here
        else replace(entry, source=FolderSource("folder", str(home / "nowhere")))
        for entry in builtin()
    ]
    return Router(Store(home, catalogue=Catalogue(entries)), has_gpu=has_gpu)


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_whole(name: str) -> None:
    entry = builtin().entry(name)
    assert isinstance(entry.source, HubSource)
    files = {file.name for file in entry.files}
    assert {"config.json", "model.safetensors"} <= files
    assert ("tokenizer.json" in files) == entry.open_vocabulary
    assert bool(entry.labels) != entry.open_vocabulary
    assert entry.requires == ("torch", "transformers")
    assert entry.backend in (DETECTORS if entry.role == "detector" else SEGMENTERS)
    assert not entry.is_promptable  # none takes points


def test_sam3_is_gated_and_has_its_own_licence() -> None:
    entry = builtin().entry("sam3")
    assert isinstance(entry.source, HubSource)
    assert entry.source.gated
    assert entry.licence == "LicenseRef-SAM"


def test_any_words_go_to_an_open_model_that_is_here(tmp_path: Path) -> None:
    assert router(tmp_path, "sam3", "touch").route(Prompt("a red unicorn")).model == "sam3"
    route = router(tmp_path, "grounding-dino-tiny", "touch").route(Prompt("unicorn"))
    assert (route.model, route.label, route.outliner) == ("grounding-dino-tiny", "unicorn", "touch")


def test_what_is_stuff_goes_to_the_panoptic_model(tmp_path: Path) -> None:
    here = router(tmp_path, "eomt-large", "rf-detr-seg-nano", "touch")
    assert here.route(Prompt("sky")).model == "eomt-large"
    assert here.route(Prompt("dog")).model == "eomt-large"
    without_gpu = router(tmp_path, "eomt-large", "rf-detr-seg-nano", "touch", has_gpu=False)
    assert without_gpu.route(Prompt("dog")).model == "rf-detr-seg-nano"


def test_a_touch_does_not_go_to_sam3_alone(tmp_path: Path) -> None:
    here = router(tmp_path, "sam3", "touch")
    assert here.route(Prompt(points=(Point(0.5, 0.5),))).model == "touch"
    assert here.route(Prompt(box=BOX)).model == "touch"
    assert here.route(Prompt("cat", box=BOX)).model == "sam3"
    assert here.route(Prompt(box=BOX, model="sam3")).model == "sam3"
    with pytest.raises(PeerError, match="sam3"):
        here.route(Prompt(points=(Point(0.5, 0.5),), model="sam3"))


def test_words_for_which_an_open_model_would_be_needed(tmp_path: Path) -> None:
    with pytest.raises(PeerError, match=r"you can ask for: .*sam3 takes any words: .*") as caught:
        router(tmp_path, "person", "touch").route(Prompt("unicorn"))
    assert (caught.value.code, caught.value.status) == ("unknown_prompt", 400)
    with pytest.raises(ModelMissingError, match="could: "):
        router(tmp_path, "person", "touch").route(Prompt("zebra"))


@pytest.mark.parametrize("text", ["…", "?!", "   . "])
def test_signs_are_no_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(PeerError):
        router(tmp_path, "sam3", "touch").route(Prompt(text))
