"""Ranges as RFC 9110, section 14 has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.server.masks.ranges import NotSatisfiable, wanted

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=0-499", (0, 500)),
        ("bytes=500-999", (500, 1000)),
        ("bytes=-500", (500, 1000)),
        ("bytes=9500-", None),
        ("bytes=-1", (999, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=900-5000", (900, 1000)),
        ("bytes=0-", (0, 1000)),
        ("BYTES=0-1", (0, 2)),
    ],
)
def test_one_range(header: str, part: tuple[int, int] | None) -> None:
    if part is None:
        with pytest.raises(NotSatisfiable):
            wanted(header, SIZE)
    else:
        assert wanted(header, SIZE) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-1001", "bytes=-0"])
def test_behind_the_end(header: str) -> None:
    with pytest.raises(NotSatisfiable):
        wanted(header, SIZE)


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=0-1,5-6", "items=0-1",
     "bytes=+1-2", "bytes=１-2", "bytes=0x1-2", "bytes=" + "9" * 5000 + "-", "bytes=0-1\n"],
)  # fmt: skip
def test_what_is_not_understood_is_not_there(header: str | None) -> None:
    assert wanted(header, SIZE) is None


@given(header=st.text() | st.from_regex(r"bytes=[0-9]*-[0-9]*"), size=st.integers(0, 5000))
def test_never_outside_the_file(header: str, size: int) -> None:
    try:
        part = wanted(header, size)
    except NotSatisfiable:
        return
    assert part is None or 0 <= part[0] < part[1] <= size
