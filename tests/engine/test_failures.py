"""Failures are news when they begin."""

from __future__ import annotations

from rtseg.engine.failures import Failures


def test_a_failure_that_goes_on_is_no_news_until_it_worked() -> None:
    failures = Failures()
    assert [failures.begins("frame_failed") for _ in range(3)] == [True, False, False]
    failures.ends("frame_failed")
    assert failures.begins("frame_failed")


def test_each_model_fails_by_itself() -> None:
    failures = Failures()
    assert failures.begins("model_failed", "person")
    assert failures.begins("model_failed", "face")
    assert failures.begins("frame_failed", "person")
    failures.ends("model_failed", "face")
    failures.ends("frame_failed")
    assert not failures.begins("model_failed", "person")
    assert not failures.begins("frame_failed", "person")
