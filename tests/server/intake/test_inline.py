"""Data URIs as programs write them, and as they should not."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import ImageTooLargeError, PeerError, RtsegError
from rtseg.server.intake import is_inline, read_inline

CONTENT = b"\xff\xd8\xff" + bytes(range(251, 256)) * 3 + b"\xfb\xef\xbe"
"""Its base64 has "/" and "+", and wants padding."""

BASE64 = base64.b64encode(CONTENT).decode()
assert "/" in BASE64
assert "+" in BASE64


def read(image_url: str, max_bytes: int = 1000) -> bytes:
    assert is_inline(image_url)
    return read_inline(image_url, max_bytes=max_bytes)


@pytest.mark.parametrize(
    "image_url",
    [
        f"data:image/jpeg;base64,{BASE64}",
        f"data:image/png;base64,{BASE64}",
        f"data:;base64,{BASE64}",
        f"DATA:IMAGE/JPEG;BASE64,{BASE64}",
        f"data:image/jpeg;name=a.jpg;charset=utf-8;base64,{BASE64}",
        f"data:image/jpeg; base64,{BASE64}",
        f"data:text/html;base64,{BASE64}",
        f"data:image/jpeg;base64,{BASE64.rstrip('=')}",
        f"data:image/jpeg;base64,{BASE64}==",
        f"data:image/jpeg;base64, {BASE64[:8]}\r\n{BASE64[8:]}\n",
        f"data:image/jpeg;base64,{base64.urlsafe_b64encode(CONTENT).decode()}",
        f"data:image/jpeg;base64,{quote(BASE64, safe='')}",
        f"data:image/jpeg,{quote(CONTENT, safe='')}",
        BASE64,
        f"{BASE64}\n",
    ],
)
def test_taken(image_url: str) -> None:
    assert read(image_url) == CONTENT


@pytest.mark.parametrize(
    ("image_url", "says"),
    [
        ("data:image/jpeg;base64", "without a comma"),
        ("data:", "without a comma"),
        ("data:image/jpeg;base64,", "without data"),
        ("data:image/jpeg,  ", "without data"),
        ("data:image/jpeg;base64,AAAAA", "one character is left over"),
        ("data:image/jpeg;base64,AA=A", "cannot be decoded"),
        ("data:image/jpeg;base64,AA*A", "cannot be decoded"),
        ("data:image/jpeg;base64,AAéA", "character 'é' at 2"),
        ("/9j/ not base64!", "cannot be decoded"),
    ],
)
def test_refused(image_url: str, says: str) -> None:
    with pytest.raises(PeerError, match=says) as caught:
        read(image_url)
    assert (caught.value.status, caught.value.code) == (400, "bad_image_url")
    assert 'expected image_url to be "data:image/jpeg;base64,…"' in str(caught.value)


@pytest.mark.parametrize("head", ["data:image/png;base64,", "data:image/png,", ""])
def test_too_large(head: str) -> None:
    content = CONTENT * 50
    data = quote(content, safe="") if head == "data:image/png," else None
    image_url = head + (data or base64.b64encode(content).decode())
    assert read(image_url, max_bytes=len(content)) == content
    with pytest.raises(ImageTooLargeError, match=f"at most {len(content) - 1} bytes"):
        read(image_url, max_bytes=len(content) - 1)


def test_what_is_no_image_is_no_base64() -> None:
    for text in ("https://a/9j/", "cat.jpg", "", "AAAA", "/photos/cat.jpg"):
        assert not is_inline(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for head in ("data:", "data:image/png;base64,", "data:,", "/9j/"):
        try:
            content = read_inline(head + text, max_bytes=20)
        except RtsegError:
            continue
        assert len(content) <= 20


@given(st.binary(min_size=1, max_size=60), st.booleans())
def test_what_was_encoded_comes_back(content: bytes, is_urlsafe: bool) -> None:
    encode = base64.urlsafe_b64encode if is_urlsafe else base64.b64encode
    assert read(f"data:image/png;base64,{encode(content).decode()}") == content
    assert read(f"data:image/png,{quote(content)}") == content
