"""What every request must be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.catalogue import Entry
from rtseg.models.labels import label_for
from rtseg.models.protocol import Request
from rtseg.types import Prompt


def labels_of(request: Request, entry: Entry) -> list[str]:
    """Return the entry's label for each prompt of a request.

    Raises
    ------
    UsageError
        The image is not (H, W, 3) uint8 with H and W >= 1, or a prompt names nothing of the entry.
    """
    image = request.image
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise UsageError(
            f"expected a BGR image, (H, W, 3) uint8 with H and W >= 1; "
            f"got {image.shape} {image.dtype}"
        )
    return [_label(prompt, entry) for prompt in request.prompts]


def check(batch: Sequence[Request], entry: Entry) -> None:
    """Raise as `labels_of` if any request of a batch is wrong, so that nothing is run."""
    for request in batch:
        labels_of(request, entry)


def _label(prompt: Prompt, entry: Entry) -> str:
    label = label_for(prompt.text, entry)
    if label is None:
        raise UsageError(
            f"model {entry.name!r} cannot outline {prompt.text[:80]!r}; "
            f"it knows: {', '.join(entry.labels)}"
        )
    return label
