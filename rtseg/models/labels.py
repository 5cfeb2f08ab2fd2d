"""From the words of a prompt to a model's own labels.

Case, punctuation, hyphens, spaces, articles, numbers and plurals make no difference: `"The  two
Hot-Dogs!"` is `"hot dog"`. Everything else counts. A closed-vocabulary model that is asked for
"a red car" has no notion of red, and outlining every car would be an answer to another question:
nothing is found here then, and the router says what can be asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

from rtseg.models.catalogue import Entry

_LONGEST = 200
"""Characters looked at; no label is nearly so long."""

_IRREGULAR = {
    "children": "child",
    "dice": "die",
    "feet": "foot",
    "geese": "goose",
    "men": "man",
    "mice": "mouse",
    "oxen": "ox",
    "people": "person",
    "teeth": "tooth",
}
_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ves", "f"),
    ("ves", "fe"),
    ("men", "man"),
)
"""English plurals and the singulars that they may have."""


_BETWEEN = re.compile(r"[,;&+/]|\band\b|\bor\b")


def labels_for(text: str, entry: Entry) -> tuple[str, ...]:
    """Return the labels that a text names, in the entry's order; none if any of it is unknown.

    Parameters
    ----------
    text : the words of a prompt, as the user wrote them: a label, another word for it, a group of
        labels (`"vehicles"`), or several of these (`"cats and dogs"`).
    entry : whose `labels` and `groups` are meant. A group wins over a label with the same word.
    """
    labels = _index(entry.labels)
    groups = _index(dict.fromkeys(entry.groups, ()))

    def whole(words: str) -> set[str]:
        for form in forms(words):
            if form in groups:
                return set(entry.groups[groups[form]])
            if form in labels:
                return {labels[form]}
        return set()

    text = text[:_LONGEST]
    found = whole(text)
    if not found:
        parts = [whole(part) for part in _BETWEEN.split(text.casefold()) if _words(part)]
        found = set().union(*parts) if all(parts) else set()
    return tuple(label for label in entry.labels if label in found)


def label_for(text: str, entry: Entry) -> str | None:
    """Return what to call the things that a text names; None if it names none.

    One label is called by itself, several as the user called them: `"vehicles"`.
    """
    found = labels_for(text, entry)
    if len(found) > 1:
        return " ".join(text[:_LONGEST].split())
    return found[0] if found else None


def own_label(name: str, entry: Entry) -> str | None:
    """Return the label that a class name of a model's file stands for; None if it is not listed.

    Unlike in a prompt, no group and no second name: `"tvmonitor"` is `"tv"`, `"fruit"` of COCO's
    panoptic classes is `"other fruit"`.
    """
    index = _index(entry.labels)
    return next((index[form] for form in forms(name) if form in index), None)


def forms(text: str) -> tuple[str, ...]:
    """Return how a phrase may be looked up: folded, then each singular that it may be plural of.

    Letters and digits only, without spaces: people, data sets and spelling reforms disagree on
    `"hot dog"`, `"hot-dog"` and `"hotdog"`.
    """
    words = _words(text)
    return tuple(dict.fromkeys(f for start in _starts(words) for f in _singulars(words[start:])))


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    folded = folded.replace("'", "").replace("’", "")
    return "".join(c if c.isalnum() else " " for c in folded).split()


def _singulars(words: list[str]) -> list[str]:
    """Return the words as one, and every singular that they may have."""
    if not words:
        return []
    whole = "".join(words)
    found = [whole]
    if words[-1] in _IRREGULAR:
        found.append(whole.removesuffix(words[-1]) + _IRREGULAR[words[-1]])
    for ending, singular in _ENDINGS:
        if whole.endswith(ending) and len(whole) > len(ending) + 1:
            found.append(whole.removesuffix(ending) + singular)
    return found


def _starts(words: list[str]) -> Iterator[int]:
    """Yield where a noun may begin: first with all its determiners, last with none."""
    start = 0
    while True:
        yield start
        rest = words[start:]
        if len(rest) > 1 and (
            rest[0] in _DETERMINERS or rest[0].isdigit() or (rest[0] == "of" and start)
        ):
            start += 1
        elif len(rest) > 2 and rest[0] in _MEASURES and rest[1] == "of":
            start += 2
        else:
            return


_DETERMINERS = frozenset(
    _words(
        "a an the this that these those all any both each every some several many few "
        "my your his her its our their "
        "one two three four five six seven eight nine ten dozen dozens"
    )
)
"""Words before a noun that do not change what it names."""

_MEASURES = frozenset(
    _words(
        "pair couple lot lots bunch group herd flock crowd pack pile set row piece slice kind "
        "number plenty dozens"
    )
)
"""Words that, followed by "of", count a thing: "a pair of scissors"."""


def _index(words: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return _index_of(tuple((label, *others) for label, others in words.items()))


@lru_cache(maxsize=64)
def _index_of(named: tuple[tuple[str, ...], ...]) -> Mapping[str, str]:
    """Return label by folded word. What is written wins over the singular of what is written."""
    spelt = [
        (found, place, label)
        for label, *others in named
        for word in (label, *others)
        for place, found in enumerate(_singulars(_words(word)))
    ]
    index: dict[str, str] = {}
    for found, _, label in sorted(spelt, key=lambda row: row[1] > 0):
        index.setdefault(found, label)
    return index
