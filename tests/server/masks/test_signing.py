"""Signatures: what was signed is believed until its moment, and nothing else ever is."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import PeerError
from rtseg.server.masks.signing import MAX_LIFETIME_S, Signer

KEY, OTHER = b"k" * 32, b"o" * 32
NAME = "0123456789abcdef0123456789abcdef.png"
NOW_S = 1_800_000_000
EXPIRES_S = NOW_S + 3600
SIGNER = Signer(KEY)
SIGNATURE = SIGNER.sign(NAME, EXPIRES_S)


def code(
    name: str = NAME,
    expires: str = str(EXPIRES_S),
    signature: str = SIGNATURE,
    *,
    now_s: int = NOW_S,
    signer: Signer = SIGNER,
) -> str | None:
    """Check an address; None where it is good."""
    refused: PeerError | None = None
    try:
        signer.check(name, expires, signature, now_s=now_s)
    except PeerError as error:
        refused = error
    if refused is None:
        return None
    assert refused.status == 403
    assert NAME not in str(refused)
    return refused.code


def test_what_was_signed_is_believed() -> None:
    assert SIGNER.check(NAME, str(EXPIRES_S), SIGNATURE, now_s=NOW_S) == EXPIRES_S


@pytest.mark.parametrize("which", ["name", "expires", "signature"])
def test_every_character_counts(which: str) -> None:
    whole = {"name": NAME, "expires": str(EXPIRES_S), "signature": SIGNATURE}
    text = whole[which]
    # The last character of a signature carries two bits that base64 does not look at.
    for position, was in enumerate(text):
        for character in string.ascii_letters + string.digits + "-_.=%":
            if character != was:
                changed = text[:position] + character + text[position + 1 :]
                assert code(**(whole | {which: changed})) == "bad_signature"
    for changed in ("", text[:-1], text[1:], text + "0", text + "=", " " + text, text + "\n"):
        assert code(**(whole | {which: changed})) == "bad_signature"


@given(name=st.text(), expires=st.text(), signature=st.text())
def test_any_text_at_all_is_refused_alike(name: str, expires: str, signature: str) -> None:
    assert code(name, expires, signature) == "bad_signature"


@given(name=st.text(max_size=20), moved=st.integers(1, 19))
def test_name_and_moment_do_not_run_into_each_other(name: str, moved: int) -> None:
    text = name + str(EXPIRES_S)
    cut = len(text) - moved
    if cut != len(name):
        assert code(text[:cut], text[cut:], SIGNER.sign(name, EXPIRES_S)) == "bad_signature"


@pytest.mark.parametrize(
    "expires", ["-1", "0", "+1", "1e3", "1_0", " 1", "01", "٣", "９", "1" * 13, "9" * 5000, "NaN"]
)
def test_a_moment_has_one_spelling_even_where_it_is_signed(expires: str) -> None:
    class Careless(Signer):
        def forge(self, text: str) -> str:
            return self.sign(NAME, text)  # type: ignore[arg-type]

    assert code(expires=expires, signature=Careless(KEY).forge(expires)) == "bad_signature"


def test_it_ends_at_its_moment() -> None:
    assert code(now_s=EXPIRES_S - 1) is None
    assert code(now_s=EXPIRES_S) == "expired"
    assert code(signature="x", now_s=EXPIRES_S) == "bad_signature"  # which of both is not told


@pytest.mark.parametrize("skew_s", [1, 30])
def test_clocks_may_be_apart_by_the_skew_and_no_more(skew_s: int) -> None:
    signer = Signer(KEY, clock_skew_s=skew_s)
    assert code(signer=signer, now_s=EXPIRES_S + skew_s - 1) is None
    assert code(signer=signer, now_s=EXPIRES_S + skew_s) == "expired"
    # A server whose clock is ahead signed for as long as can be.
    far_s = NOW_S + MAX_LIFETIME_S + skew_s
    assert code(expires=str(far_s), signature=signer.sign(NAME, far_s), signer=signer) is None


def test_absurdly_long_is_refused_even_where_it_is_signed() -> None:
    far_s = NOW_S + MAX_LIFETIME_S + 1
    assert code(expires=str(far_s), signature=SIGNER.sign(NAME, far_s)) == "bad_signature"


def test_keys_change_while_addresses_are_out() -> None:
    changed = Signer(OTHER, previous_keys=[KEY])
    assert code(signer=changed) is None
    assert changed.sign(NAME, EXPIRES_S) != SIGNATURE
    assert code(signature=changed.sign(NAME, EXPIRES_S)) == "bad_signature"  # the old server's view
    assert code(signer=Signer(OTHER)) == "bad_signature"


def test_the_signature_stays_what_it_is() -> None:
    """Addresses outlive a server, and servers of two versions may share a key.

    printf 'rtseg mask 1\\n36:%s\\n10:1800003600' 0123456789abcdef0123456789abcdef.png |
    openssl dgst -sha256 -hmac kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk -binary | basenc --base64url
    """
    assert SIGNATURE == "KBp0L6dl4ThX1j6pleBVb4a_jY-Nz2qMHm6H-nHy3J0"
