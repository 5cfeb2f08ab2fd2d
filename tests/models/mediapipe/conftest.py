"""Weights of the models: fetched once, kept for the next run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rtseg.errors import BackendError
from rtseg.models import Segmenter, Store, load


@pytest.fixture(scope="session")
def loaded() -> Callable[[str], Segmenter]:
    """Loads a model with its real weights; skips where they cannot be had."""

    def load_it(name: str) -> Segmenter:
        store = Store()
        try:
            store.pull(name)
        except BackendError as error:
            pytest.skip(f"needs the {name} model: {error}")
        segmenter = load(name, "cpu", store=store)
        segmenter.warm_up()
        return segmenter

    return load_it
