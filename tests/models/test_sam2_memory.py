"""The bank of an object: which frames it recalls, and the room it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.models.sam2.memory import BankShape, MemoryBank, Sam2Memory

torch = pytest.importorskip("torch", reason="SAM 2 runs on torch")

SHAPE = BankShape(conditioning=3, recent=6, pointers=15, tokens=2, token_dim=4, pointer_dim=8)


def new_bank() -> MemoryBank:
    return MemoryBank(
        SHAPE,
        features_dtype=torch.bfloat16,
        pointers_dtype=torch.float32,
        device=torch.device("cpu"),
    )


@given(st.lists(st.booleans(), max_size=60))
def test_recalls_the_touched_and_the_recent(touched_later: list[bool]) -> None:
    """Against the rule written down plainly: all frames in a list, the right ones picked."""
    bank, is_touched = new_bank(), [True, *touched_later]
    for now, touched in enumerate(is_touched):
        bank.write(torch.full((2, 4), now), torch.full((8,), now), is_prompted=touched)
    now = len(is_touched)
    touched_frames = [t for t in range(now) if is_touched[t]][-SHAPE.conditioning :]
    recent = [t for t in range(now) if now - t <= SHAPE.recent and t not in touched_frames]
    pointed = [t for t in range(now) if now - t <= SHAPE.pointers and t not in touched_frames]

    recall = bank.recall()
    features = sorted((age, int(bank.features[slot][0, 0])) for age, slot in recall.features)
    pointers = sorted((age, int(bank.pointers[slot][0])) for age, slot in recall.pointers)
    assert features == sorted([(0, t) for t in touched_frames] + [(now - t, t) for t in recent])
    assert pointers == sorted((now - t, t) for t in {*touched_frames, *pointed})
    assert recall.length == (len(features), len(pointers))


def test_takes_the_same_room_for_life() -> None:
    bank = new_bank()
    room = (3 + 6) * 2 * 4 * 2 + (3 + 15) * 8 * 4
    places = bank.features.data_ptr(), bank.pointers.data_ptr()
    for t in range(500):
        bank.write(torch.ones(2, 4), torch.ones(8), is_prompted=t % 40 == 0)
        assert bank.nbytes == room
        recall = bank.recall()
        assert len({slot for _, slot in recall.features}) == len(recall.features) <= 9
        assert len({slot for _, slot in recall.pointers}) == len(recall.pointers) <= 18
    assert places == (bank.features.data_ptr(), bank.pointers.data_ptr())


def test_session_forgets_whom_it_does_not_keep() -> None:
    memory = Sam2Memory(owner=None)
    memory.banks |= {1: new_bank(), 2: new_bank(), 3: new_bank()}
    held = memory.nbytes
    memory.keep_only([2, 9])
    assert list(memory.banks) == [2]
    assert memory.nbytes * 3 == held
    memory.close()
    memory.close()
    assert memory.nbytes == 0
    assert memory.is_closed
