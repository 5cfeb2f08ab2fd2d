"""Answers as JSON text with masks in between."""

from __future__ import annotations

import json

import pytest

from rtseg.server.chat.completion import pieces
from rtseg.server.chat.scene import MaskFile
from tests.server.chat.scenes import scene_of

SCENE = scene_of()
FIRST, SECOND = (MaskFile("url", entry, SCENE) for entry in SCENE.entries[:2])


def test_masks_stand_between_texts() -> None:
    answer = {"things": [{"mask_url": FIRST, "label": "Löwe"}, {"mask_url": SECOND}], "n": 2}
    before, first, between, second, after = pieces(answer)
    assert (first, second) == (FIRST, SECOND)
    written = f'{before}"a"{between}"b"{after}'
    assert json.loads(written) == {
        "things": [{"mask_url": "a", "label": "Löwe"}, {"mask_url": "b"}],
        "n": 2,
    }


def test_nothing_stands_beside_a_mask_alone() -> None:
    assert pieces(FIRST) == [FIRST]
    assert pieces([]) == ["[]"]
    assert pieces("⟦0⟧") == ['"⟦0⟧"']


def test_what_json_has_no_word_for_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pieces({"score": float("nan")})
