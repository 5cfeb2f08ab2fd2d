"""Record 13: how far outlines can be trusted, told when it changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import UsageError
from rtseg.wire import Decoder, FrameMessage, FrameWriter, Standing, State
from rtseg.wire.packing import Packer
from rtseg.wire.standings import STEP_U8, read_standing, worth_telling, write_standing
from tests.wire.test_parts import TICKS, content, crowd
from tests.wire.test_sections import payload_of

STATES: tuple[State, ...] = ("found", "followed", "uncertain", "lost", "found again")
standings = st.builds(Standing, st.sampled_from(STATES), st.integers(0, 255))


def standing_in(decoder: Decoder, packet: bytes) -> dict[int, Standing | None]:
    message = decoder.read(packet)
    assert isinstance(message, FrameMessage)
    return {item.track_id: item.standing for item in message.objects}


class Stream:
    """One object that stands still, frame by frame."""

    def __init__(self) -> None:
        self.packer = Packer()
        self.count = 0
        self.outline = crowd(1)[1]

    def take(self, standing: Standing | None) -> FrameWriter:
        told = {} if standing is None else {1: standing}
        frame = content(self.count * TICKS, {1: self.outline})._replace(standings=told)
        self.count += 1
        return self.packer.take(frame)


@given(st.integers(0, 2**64 - 1), st.one_of(st.none(), standings))
def test_standings_come_back(track_id: int, standing: Standing | None) -> None:
    assert read_standing(payload_of(write_standing(track_id, standing))) == (track_id, standing)


@pytest.mark.parametrize("confidence", [-0.01, 1.01, float("nan")])
def test_a_confidence_that_is_none_is_refused(confidence: float) -> None:
    with pytest.raises(UsageError, match="confidence"):
        Standing.of("followed", confidence)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing("gone", 9), "followed, .* got 'gone'"),  # type: ignore[arg-type]
        (Standing("followed", 256), "0 … 255, got 256"),
        (Standing("followed", -1), "0 … 255, got -1"),
        (Standing("followed", 0.5), "0 … 255, got 0.5"),  # type: ignore[arg-type]
    ],
)
def test_what_no_packet_can_say_is_refused_and_changes_nothing(
    standing: Standing, expected: str
) -> None:
    stream, decoder = Stream(), Decoder()
    first = stream.take(Standing("followed", 200))
    standing_in(decoder, first.upon(None))
    with pytest.raises(UsageError, match=expected):
        stream.take(standing)
    following = stream.take(Standing("followed", 200)).upon(first.frame_id)
    assert standing_in(decoder, following) == {1: Standing("followed", 200)}


def test_what_does_not_change_costs_nothing() -> None:
    """Neither does a confidence that trembles, however long."""
    plain, told = Stream(), Stream()
    base = None
    for count in range(40):
        shaking = Standing("followed", 200 + (count * 7) % (STEP_U8 - 1))
        without = plain.take(None).upon(base)
        packet = told.take(shaking).upon(base)
        assert len(packet) - len(without) == (5 if count == 0 else 0)
        base = count * TICKS


@given(st.lists(standings, min_size=1, max_size=60))
def test_readers_know_the_state_exactly_and_the_confidence_nearly(stands: list[Standing]) -> None:
    stream, decoder = Stream(), Decoder()
    base = None
    for now in stands:
        writer = stream.take(now)
        (known,) = standing_in(decoder, writer.upon(base)).values()
        assert known is not None
        assert known.state == now.state
        assert abs(known.confidence_u8 - now.confidence_u8) < STEP_U8
        base = writer.frame_id


def test_a_slow_fall_is_told_in_steps() -> None:
    """What changes little by little is measured from what was told, not from the frame before."""
    told = Standing("followed", 255)
    heard = []
    for confidence in range(255, 127, -1):
        known = worth_telling(Standing("followed", confidence), told)
        assert known is not None
        if known != told:
            heard.append(known.confidence_u8)
        told = known
    assert heard == [223, 191, 159]


def test_readers_that_lost_packets_are_told_what_they_miss() -> None:
    stream = Stream()
    first = stream.take(Standing("followed", 200))
    behind = Decoder()
    standing_in(behind, first.upon(None))
    stream.take(Standing("uncertain", 100))
    last = stream.take(Standing("uncertain", 100))
    assert standing_in(behind, last.upon(first.frame_id)) == {1: Standing("uncertain", 100)}
    # Whoever joins hears it too, and who builds upon the one before hears nothing again.
    assert standing_in(Decoder(), last.upon(None)) == {1: Standing("uncertain", 100)}
    again = stream.take(Standing("uncertain", 100))
    assert len(again.upon(last.frame_id)) < len(last.upon(first.frame_id))


def test_a_standing_ends() -> None:
    stream, decoder = Stream(), Decoder()
    standing_in(decoder, stream.take(Standing("uncertain", 9)).upon(None))
    assert standing_in(decoder, stream.take(None).upon(0)) == {1: None}


def test_parts_tell_those_of_their_objects() -> None:
    things = crowd(12)
    stands = {i: Standing(STATES[i % 5], 20 * i) for i in things}
    writer = Packer().take(content(0, things)._replace(standings=stands))
    messages = writer.messages_upon(None, most_bytes=300)
    assert len(messages) > 2
    whole = Decoder()
    for message in messages:
        assert standing_in(whole, message).items() <= stands.items()
    assert standing_in(Decoder(), writer.upon(None)) == stands
