"""The numbers that a catalogue's entry may set for its backend."""

from __future__ import annotations

from collections.abc import Mapping

from rtseg.errors import ConfigError
from rtseg.models.catalogue import Entry

_OTHERS = frozenset({"precision"})
"""Options that `rtseg.models.checkpoints` reads."""


def per_pass(device: str, **sizes: int) -> dict[str, int]:
    """Return how much goes into one pass: as given on a GPU, and one elsewhere.

    A processor is busy with one; more at once would only hold the memory of all of them.
    """
    return sizes if device.startswith("cuda") else dict.fromkeys(sizes, 1)


def numbers(
    entry: Entry, defaults: Mapping[str, float], *, others: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Return the defaults with what the entry says of them.

    Parameters
    ----------
    entry : its `options` are read.
    defaults : by name; a float is a fraction in [0, 1], an int a number of at least 1.
    others : names that somebody else reads.

    Raises
    ------
    ConfigError
        An option is unknown, of the wrong type or out of its range.
    """
    for name, value in entry.options.items():
        where = f"model {entry.name!r}, option {name}"
        if name in others | _OTHERS:
            continue
        if name not in defaults:
            raise ConfigError(f"{where}: unknown; there is: {', '.join(sorted(defaults))}")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(defaults[name], int):
            if not isinstance(value, int) or not is_number or value < 1:
                raise ConfigError(f"{where}: expected a whole number of at least 1, got {value!r}")
        elif not is_number or not 0 <= value <= 1:
            raise ConfigError(f"{where}: expected a number in 0 … 1, got {value!r}")
    return {name: entry.options.get(name, default) for name, default in defaults.items()}
