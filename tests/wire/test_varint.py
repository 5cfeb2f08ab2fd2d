from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.wire.varint import Reader, pack_uints, sint, uint, unpack_uints, unzigzag, zigzag

# From the LEB128 and zigzag tables of the Protocol Buffers encoding guide.
UINTS = {0: "00", 1: "01", 127: "7f", 128: "8001", 150: "9601", 2**64 - 1: "ff" * 9 + "01"}
ZIGZAGS = {0: 0, -1: 1, 1: 2, -2: 3, 2: 4, 0x7FFFFFFF: 0xFFFFFFFE, -0x80000000: 0xFFFFFFFF}

u64 = st.integers(0, 2**64 - 1)
u35 = st.integers(0, 2**35 - 1) | st.integers(0, 300)


@pytest.mark.parametrize("value", UINTS)
def test_known_uints(value: int) -> None:
    assert uint(value).hex() == UINTS[value]


def test_known_zigzags() -> None:
    numbers = np.array(list(ZIGZAGS))
    assert zigzag(numbers).tolist() == list(ZIGZAGS.values())
    assert unzigzag(zigzag(numbers)).tolist() == numbers.tolist()
    assert {number: zigzag(number) for number in ZIGZAGS} == ZIGZAGS


@given(st.integers(-(2**63), 2**63 - 1))
def test_sint_round_trip(value: int) -> None:
    assert Reader(sint(value)).sint() == value
    assert sint(value) == uint(2 * value if value >= 0 else -2 * value - 1)


@given(u64)
def test_uint_round_trip(value: int) -> None:
    reader = Reader(uint(value) + b"\x07")
    assert reader.uint() == value
    assert bytes(reader.rest()) == b"\x07"


@given(st.binary(max_size=12))
def test_one_form_for_each_number(data: bytes) -> None:
    reader = Reader(data)
    try:
        value = reader.uint()
    except WireError:
        return
    assert uint(value) == data[: len(data) - reader.left]


@given(st.lists(u35))
def test_many_are_one_after_the_other(values: list[int]) -> None:
    data = pack_uints(np.array(values, np.int64))
    assert data == b"".join(map(uint, values))
    assert unpack_uints(memoryview(data)).tolist() == values


@given(st.binary(max_size=40))
def test_many_are_what_one_at_a_time_gives(data: bytes) -> None:
    """For numbers of up to five bytes; a longer one is -1."""
    reader = Reader(data)
    for value in unpack_uints(memoryview(data)).tolist():
        left = reader.left
        try:
            expected = reader.uint()
        except WireError:
            assert value == -1
            return
        assert value == (expected if left - reader.left <= 5 else -1)


def test_reads_stop_at_the_end() -> None:
    reader = Reader(b"\x01\x02\x03")
    assert reader.fixed(2) == 0x0102
    with pytest.raises(WireError, match="4 bytes expected, 1 are left"):
        reader.fixed(4)
    assert reader.left == 1
