"""Numbers made of bits: what is written is what is read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rtseg.errors import WireError
from rtseg.wire import polygons
from rtseg.wire.arithmetic import HALF, BitReader, encode_bits
from rtseg.wire.bits import (
    LENGTH_CONTEXTS,
    MOST_BITS,
    BitList,
    read_count,
    read_number,
    write_number,
)

LARGEST = (1 << MOST_BITS) - 1
LOWER = LENGTH_CONTEXTS
SIGN = LOWER + 3 * LENGTH_CONTEXTS
CHANCES = [HALF] * (SIGN + 1)


def reader_of(out: BitList) -> BitReader:
    return BitReader(encode_bits(out.contexts, out.bits, list(CHANCES)), list(CHANCES))


@given(st.lists(st.integers(0, LARGEST)))
@example([LARGEST, 0, LARGEST])
def test_numbers(values: list[int]) -> None:
    out = BitList()
    for value in values:
        write_number(out, value, 0)
    reader = reader_of(out)
    assert [read_number(reader, 0) for _ in values] == values


@given(st.lists(st.integers(-LARGEST, LARGEST)))
@example([LARGEST, 0, -LARGEST])
def test_parts_of_steps(values: list[int]) -> None:
    out = BitList()
    for value in values:
        out.extend(*polygons.part_bits(value, 0, LOWER, SIGN))
    reader = reader_of(out)
    found = [polygons.read_part(reader, 0, LOWER, SIGN) for _ in values]
    assert found == [(value, abs(value).bit_length()) for value in values]


def test_no_0_ends_the_longest_length() -> None:
    for value, length in ((LARGEST, MOST_BITS), (LARGEST >> 1, MOST_BITS)):
        out = BitList()
        write_number(out, value, 0)
        assert sum(context >= 0 for context in out.contexts) == length


def test_more_than_may_follow_is_refused() -> None:
    out = BitList()
    write_number(out, 7, 0)
    assert read_count(reader_of(out), 0, 7) == 7
    with pytest.raises(WireError, match="more than these bytes"):
        read_count(reader_of(out), 0, 6)
