"""Rates and numbers at once, with time as an argument."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtseg.errors import PeerError
from rtseg.server.rates import BURST_S, Limiter

SECOND = 1_000_000_000


def refused(limiter: Limiter, caller: str, now_ns: int) -> PeerError:
    with pytest.raises(PeerError) as caught:
        limiter.begin(caller, now_ns)
    assert caught.value.status == 429
    return caught.value


def ask(limiter: Limiter, caller: str, now_ns: int) -> None:
    limiter.begin(caller, now_ns)
    limiter.end(caller)


def test_a_burst_then_the_rate() -> None:
    limiter = Limiter(per_minute=60, at_once=0)
    for _ in range(int(BURST_S)):
        ask(limiter, "a", 0)
    error = refused(limiter, "a", 0)
    assert error.code == "too_many_requests"
    assert error.retry_after_s == pytest.approx(1)
    assert "60 requests a minute" in str(error)
    assert refused(limiter, "a", SECOND // 2).retry_after_s == pytest.approx(0.5)
    ask(limiter, "b", SECOND // 2)  # another one's rate is its own
    ask(limiter, "a", SECOND)  # refusals cost nothing
    refused(limiter, "a", SECOND)


def test_rest_earns_one_burst_and_no_more() -> None:
    limiter = Limiter(per_minute=60, at_once=0)
    ask(limiter, "a", 0)
    for _ in range(int(BURST_S)):
        ask(limiter, "a", 3600 * SECOND)
    refused(limiter, "a", 3600 * SECOND)


def test_a_slow_rate_still_lets_one_through() -> None:
    limiter = Limiter(per_minute=1, at_once=0)
    ask(limiter, "a", 0)
    assert refused(limiter, "a", 0).retry_after_s == pytest.approx(60)
    ask(limiter, "a", 60 * SECOND)


def test_who_waits_as_long_as_told_is_served() -> None:
    limiter = Limiter(per_minute=7, at_once=0)
    now_ns = 0
    for _ in range(20):
        try:
            ask(limiter, "a", now_ns)
        except PeerError as error:
            assert error.retry_after_s is not None  # noqa: PT017
            now_ns += int(error.retry_after_s * SECOND) + 1
            ask(limiter, "a", now_ns)


def test_at_once() -> None:
    limiter = Limiter(per_minute=0, at_once=2)
    limiter.begin("a", 0)
    limiter.begin("a", 0)
    error = refused(limiter, "a", 0)
    assert (error.code, error.retry_after_s) == ("too_many_at_once", 1)
    limiter.begin("b", 0)
    limiter.end("a")
    limiter.begin("a", 0)
    refused(limiter, "a", 0)


def test_without_limits_nobody_is_refused() -> None:
    limiter = Limiter(per_minute=0, at_once=0)
    for _ in range(1000):
        limiter.begin("a", 0)


def test_an_end_too_many_is_a_fault_of_ours() -> None:
    limiter = Limiter(per_minute=0, at_once=1)
    ask(limiter, "a", 0)
    with pytest.raises(AssertionError, match="ended twice"):
        limiter.end("a")


def test_memory_is_bounded_and_the_oldest_are_forgotten() -> None:
    limiter = Limiter(per_minute=1, at_once=1, max_callers=100)
    limiter.begin("running", 0)
    for n in range(10_000):
        ask(limiter, f"caller {n}", n)
        assert len(limiter) <= 100
    refused(limiter, "caller 9999", 10_000)  # still known
    ask(limiter, "caller 0", 10_000)  # known no more
    assert refused(limiter, "running", 10_000).code == "too_many_at_once"
    limiter.end("running")


def test_more_running_than_are_remembered_are_all_kept() -> None:
    limiter = Limiter(per_minute=0, at_once=1, max_callers=3)
    for n in range(10):
        limiter.begin(str(n), 0)
    for n in range(10):
        assert refused(limiter, str(n), 0)
        limiter.end(str(n))
    ask(limiter, "one more", 1)
    assert len(limiter) <= 3


@given(
    st.integers(1, 600),
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5 * SECOND)), max_size=80),
)
def test_no_minute_sees_more_than_the_rate_and_one_burst(
    per_minute: int, steps: list[tuple[str, int]]
) -> None:
    limiter = Limiter(per_minute=per_minute, at_once=0)
    now_ns, served = 0, Counter[str]()
    for caller, wait_ns in steps:
        now_ns += wait_ns
        try:
            ask(limiter, caller, now_ns)
        except PeerError:
            continue
        served[caller] += 1
        most = max(1.0, per_minute / 60 * BURST_S) + per_minute / 60 * now_ns / SECOND
        assert served[caller] <= most + 1e-6
