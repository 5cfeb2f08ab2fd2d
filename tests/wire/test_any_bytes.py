"""Any bytes decode, or raise the one error and change nothing, in memory that they bound."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.wire import Decoder, Encoder, FrameMessage, pack_clock
from rtseg.wire.varint import uint
from tests.wire.test_packets import TIMING, one_frame


def real_packet() -> bytes:
    rng = np.random.default_rng(3)
    masks = {7: np.ones((12, 200), np.bool_), 300: rng.random((12, 200)) > 0.8}
    return Encoder(min_iou=1.0).encode(
        9, masks, labels={7: "Kätzchen", 300: "dog"}, ages_ms={7: 500}, timing=TIMING
    )


REAL = real_packet()


def assert_decodes_or_raises(packet: bytes) -> None:
    """And an error changes nothing; and what decodes can be packed again."""
    decoder = Decoder()
    before = decoder.decode(REAL)
    try:
        message = decoder.read(packet)
    except WireError:
        assert decoder.decode(pack_clock(0, 0)) == before
        return
    if isinstance(message, FrameMessage):
        Encoder().pack(
            message.frame_id,
            (message.height_px, message.width_px),
            {item.track_id: item.path for item in message.objects},
        )


@given(st.binary(max_size=80))
def test_any_bytes(data: bytes) -> None:
    assert_decodes_or_raises(data)


@given(st.binary(max_size=80))
def test_any_bytes_behind_the_head_of_a_frame(data: bytes) -> None:
    assert_decodes_or_raises(REAL[:9] + data)


@given(st.binary(max_size=80))
def test_any_bytes_in_an_outline(data: bytes) -> None:
    assert_decodes_or_raises(REAL[:9] + bytes([1, len(data)]) + data)


@given(
    st.binary(max_size=80), st.sampled_from([b"\4\1", b"\4\2", b"\4\xff\xff\xff\xff\x3f", b"\5"])
)
def test_any_bytes_as_coded_bits(data: bytes, start: bytes) -> None:
    payload = bytes([1, 255, 0]) + start[1:] + data
    assert_decodes_or_raises(REAL[:9] + start[:1] + uint(len(payload)) + payload)


@given(st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(0, 255)), min_size=1))
def test_mutated_packet(changes: list[tuple[int, int]]) -> None:
    packet = bytearray(REAL)
    for index, byte in changes:
        packet[index] = byte
    assert_decodes_or_raises(bytes(packet))


def test_packet_cut_at_every_byte() -> None:
    whole = len(one_frame(REAL).objects)
    for end in range(len(REAL)):
        decoder = Decoder()
        before = decoder.decode(REAL)
        try:
            message = decoder.read(REAL[:end])
        except WireError:
            assert decoder.decode(pack_clock(0, 0)) == before
        else:
            # Only between two records; the last of them is the timing.
            assert isinstance(message, FrameMessage)
            assert message.timing is None
            assert len(message.objects) <= whole


def test_other_kinds_of_buffer() -> None:
    expected = Decoder().decode(REAL)
    assert Decoder().decode(bytearray(REAL)) == expected
    assert Decoder().decode(memoryview(REAL)) == expected
    assert Decoder().decode(memoryview(REAL[::-1])[::-1]) == expected


def test_a_clock_leaves_the_paths() -> None:
    decoder = Decoder()
    assert decoder.decode(pack_clock(1, 2)) == {}
    paths = decoder.decode(REAL)
    assert decoder.decode(pack_clock(1, 2)) == paths
    assert decoder.decode(b"\x01\x63anything") == paths


def test_memory_is_bounded_by_the_packet() -> None:
    # Counts of 2**62 rings, of 2**34 vertices, and of as many rings as the bytes could hold.
    head = REAL[:9]
    huge = [
        head + b"\x01\x0d\x01\xff\x00" + b"\xff" * 8 + b"\x3f\x00",
        head + b"\x01\x0d\x01\xff\x00\x01" + b"\xff\xff\xff\xff\x3f" + bytes(4),
        head + b"\x01\xe8\x07\x01\xff\x00\x8c\x01" + bytes(995),
    ]
    for packet in huge:
        tracemalloc.start()
        with pytest.raises(WireError):
            Decoder().decode(packet)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 100_000 + 100 * len(packet)
