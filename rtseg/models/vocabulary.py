"""Vocabularies that several models share, read from `vocabularies.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from rtseg.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a model finds, and the words for it; fields are as those of a catalogue's `Entry`.

    Parameters
    ----------
    labels : the model's own words in the order of its classes, each with other words for it.
    groups : words that mean several of the labels.
    stuff : the labels of what cannot be counted, such as sky.
    """

    labels: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    stuff: frozenset[str] = frozenset()


def vocabulary(name: str) -> Vocabulary:
    """Return the vocabulary of this name.

    Raises
    ------
    ConfigError
        There is none; the message names those that there are.
    """
    known = _vocabularies()
    if name not in known:
        raise ConfigError(f"no vocabulary is called {name!r}; there is: {', '.join(known)}")
    return known[name]


@cache
def _vocabularies() -> Mapping[str, Vocabulary]:
    import yaml

    text = resources.files("rtseg.models").joinpath("vocabularies.yaml").read_text(encoding="utf-8")
    # libyaml's reader, where PyYAML was built with it, takes 3 ms for 17.
    reader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    known: dict[str, Vocabulary] = {}
    for name, written in yaml.load(text, reader).items():
        base = known[written["extends"]] if "extends" in written else Vocabulary({}, {})
        stuff = written.get("stuff", {})
        known[name] = Vocabulary(
            {**base.labels, **_tuples(written.get("labels", {})), **_tuples(stuff)},
            {**base.groups, **_tuples(written.get("groups", {}))},
            base.stuff | frozenset(stuff),
        )
    return known


def _tuples(written: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {word: tuple(words) for word, words in written.items()}
