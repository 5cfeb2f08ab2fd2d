"""The classes of a checkpoint and the labels of the catalogue: what the one calls the other."""

from __future__ import annotations

from collections.abc import Mapping

from rtseg.models.catalogue import Entry
from rtseg.models.checkpoints import CONFIG_FILE, Checkpoint
from rtseg.models.labels import labels_for, own_label


class Classes:
    """What a closed-vocabulary checkpoint finds.

    Parameters
    ----------
    entry : of the catalogue, with its labels.
    checkpoint : whose config.json names its classes in `id2label`. One that names none of the
        entry's, but has as many classes as the entry has labels, has them in the entry's order.

    Raises
    ------
    ModelCorruptError
        The checkpoint's classes are not those of the entry.
    """

    def __init__(self, entry: Entry, checkpoint: Checkpoint) -> None:
        self._entry = entry
        names: Mapping[int, str] = checkpoint.module.config.id2label
        found = {index: own_label(name, entry) for index, name in names.items()}
        self._label = {index: label for index, label in found.items() if label is not None}
        if not self._label and len(names) == len(entry.labels):
            self._label = dict(enumerate(entry.labels))
        if not self._label:
            first = next(iter(names.values()), "nothing")
            raise checkpoint.corrupt(
                CONFIG_FILE,
                f"its {len(names)} classes, such as {first!r}, are none of those that the "
                "catalogue lists",
            )
        has = set(self._label.values())
        self.labels = tuple(label for label in entry.labels if label in has)

    def label(self, index: int) -> str:
        """Return the catalogue's label of one of the classes that `wanted` gave."""
        return self._label[index]

    def wanted(self, text: str) -> frozenset[int]:
        """Return the checkpoint's classes that a prompt's words name; none if it knows none."""
        labels = set(labels_for(text, self._entry))
        return frozenset(index for index, label in self._label.items() if label in labels)
