"""The command line with the drawn clip's model: ``python -m tests.browser.drawn serve …``."""

from __future__ import annotations

import sys

import rtseg.models
from rtseg.cli import main
from rtseg.models import Segmenter, Store
from tests.browser.scene import load_drawn


def load(name: str, device: str = "auto", store: Store | None = None) -> Segmenter:
    return load_drawn(name)


if __name__ == "__main__":
    rtseg.models.load = load
    sys.exit(main())
