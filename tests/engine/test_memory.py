"""Freed memory stays with the process, and the collector leaves alone what stays."""

import ctypes
import gc
import resource

import numpy as np
import pytest

from rtseg.engine.memory import keep_freed_memory, set_aside_what_stays

_LARGE_BYTES = 8 << 20


def faults_of_making_it_again() -> int:
    np.ones(_LARGE_BYTES, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(_LARGE_BYTES, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_what_is_freed_is_not_fetched_again() -> None:
    if not keep_freed_memory():
        pytest.skip("this C library has no mallopt")
    page_bytes = resource.getpagesize()
    assert faults_of_making_it_again() < 0.1 * _LARGE_BYTES / page_bytes


def test_a_c_library_without_it_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    assert not keep_freed_memory()


def test_what_stays_is_not_looked_at_again() -> None:
    try:
        set_aside_what_stays()
        assert gc.get_freeze_count() > 10_000
        assert len(gc.get_objects()) < 1_000
    finally:
        gc.unfreeze()
