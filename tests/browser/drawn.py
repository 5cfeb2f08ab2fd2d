"""The command line with the drawn clip's models: ``python -m tests.browser.drawn serve …``."""

from __future__ import annotations

import sys

import rtseg.models
from rtseg.cli import main
from rtseg.models import Loader, Segmenter
from tests.browser.scene import load_drawn
from tests.engine.fakes import store_of


def load(self: Loader, name: str) -> Segmenter:
    return load_drawn(name)


if __name__ == "__main__":
    rtseg.models.Store = store_of  # type: ignore[assignment, misc]
    Loader.load = load  # type: ignore[method-assign]
    sys.exit(main())
