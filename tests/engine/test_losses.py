"""When a network counts as one that loses packets."""

from __future__ import annotations

import random

import pytest

from rtseg.engine.losses import Losses
from rtseg.engine.outbox import UNFINISHED_FRAMES, Outbox


def after(loss: float, packets: int, losses: Losses, *, copies: int = 1) -> bool:
    """Let packets be lost, there and back, and say what is then thought of the network."""
    dice = random.Random(packets)
    for _ in range(packets):
        losses.sent(copies)
        for _ in range(copies):
            if dice.random() >= loss and dice.random() >= loss:
                losses.answered()
    return losses.are_many


def test_a_lossy_network_is_known_and_forgotten() -> None:
    losses = Losses()
    assert not after(0.0, 100, losses)
    assert not after(0.005, 600, losses)
    assert after(0.1, 100, losses)
    assert after(0.1, 600, losses, copies=2), "that packets are sent twice hides nothing"
    assert not after(0.0, 300, losses, copies=2)


def test_a_single_loss_is_none() -> None:
    losses = Losses()
    losses.answered()
    losses.sent(1)
    losses.sent(1)
    assert not losses.are_many


def test_who_never_answers_is_not_sent_everything_twice() -> None:
    outbox = Outbox(is_reliable=False)
    for frame_id in range(200):
        outbox.put_frame(frame_id, [b""])
        outbox.take_nowait()
        assert outbox.take_again() is None


def test_packets_are_sent_twice_as_long_as_many_are_lost() -> None:
    outbox = Outbox(is_reliable=False)

    def frames(first: int, last: int, *, lost: int) -> list[bool]:
        repeats = []
        for frame_id in range(first, last):
            outbox.put_frame(frame_id, [b""])
            outbox.take_nowait()
            repeats.append(outbox.take_again() is not None)
            for _ in range(2 if repeats[-1] else 1):
                if frame_id % 5 >= lost:
                    outbox.acknowledge(frame_id)
        return repeats

    assert not any(frames(0, 100, lost=0))
    assert all(frames(100, 300, lost=1)[100:])
    assert not any(frames(300, 600, lost=0)[200:])


@pytest.mark.parametrize(("loss", "least", "most"), [(0.01, 0, 0), (0.03, 0, 0.2), (0.1, 0.9, 1)])
def test_how_many_are_sent_twice(loss: float, least: float, most: float) -> None:
    outbox = Outbox(is_reliable=False)
    dice = random.Random(1)
    repeats = 0
    answers: list[tuple[int, int]] = []  # when, of which frame
    for frame_id in range(5000):
        while answers and answers[0][0] <= frame_id:
            outbox.acknowledge(answers.pop(0)[1])
        outbox.put_frame(frame_id, [b""])
        outbox.take_nowait()
        is_repeated = outbox.take_again() is not None
        repeats += is_repeated
        came = [dice.random() >= loss and dice.random() >= loss for _ in range(1 + is_repeated)]
        answers += [(frame_id + 3, frame_id)] * sum(came)
    assert least <= repeats / 5000 <= most


def test_a_clock_is_not_sent_twice_and_parts_count_once() -> None:
    outbox = Outbox(is_reliable=False)

    def take(frame_id: int, *packets: bytes) -> list[bytes | None]:
        outbox.put_message(b"clock")
        outbox.put_frame(frame_id, packets)
        return [outbox.take_again() for _ in (b"clock", *packets) if outbox.take_nowait()]

    for frame_id in range(100):
        take(frame_id, b"packet")
        if frame_id % 3:
            outbox.acknowledge(frame_id)
    assert take(100, b"packet") == [None, b"packet"]
    assert take(101, b"one", b"two") == [None, b"one", b"two"]
    # Whole frames of two parts, each sent twice, and each answered once.
    for frame_id in range(102, 500):
        repeats = take(frame_id, b"one", b"two")
        outbox.acknowledge(frame_id)
    assert repeats == [None, None, None]


def test_a_frame_that_newer_ones_cut_short_is_not_lost() -> None:
    outbox = Outbox(is_reliable=False)
    for frame_id in range(300):
        outbox.put_frame(frame_id, [b"one", b"two"])
        outbox.take_nowait()
        assert outbox.take_again() is None
        if frame_id % 3:
            outbox.take_nowait()
            assert outbox.acknowledge(frame_id)
        else:
            for _ in range(UNFINISHED_FRAMES + 1):
                outbox.put_frame(frame_id, [b"one", b"two"])


def test_nothing_is_sent_twice_on_a_reliable_stream() -> None:
    outbox = Outbox()
    outbox.put_frame(1, [b""])
    outbox.take_nowait()
    assert outbox.take_again() is None
