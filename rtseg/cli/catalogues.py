"""The user's own models, for every command that uses models."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rtseg.models import Store


def store_of(options: argparse.Namespace) -> Store:
    """Return the user's store, with the catalogues that the flag or the configuration names."""
    from rtseg.models import Store, read_catalogue

    return Store(catalogue=read_catalogue(options.catalogue or _configured_catalogues()))


def add_catalogue(parser: argparse.ArgumentParser) -> None:
    """Add the flag that names them."""
    parser.add_argument(
        "--catalogue",
        action="append",
        type=Path,
        metavar="FILE",
        help="your own models, besides those of rtseg; may be given several times "
        "(default: models.catalogue of the configuration)",
    )


def _configured_catalogues() -> Sequence[str]:
    from rtseg.config import load

    return load().models.catalogue
