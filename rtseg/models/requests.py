"""What every backend checks before it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rtseg.errors import UsageError
from rtseg.models.protocol import ModelInfo, Request
from rtseg.types import Prompt


def check_requests(
    batch: Sequence[Request], info: ModelInfo, can_answer: Callable[[Prompt], bool]
) -> None:
    """Make sure that a model can answer a batch.

    Raises
    ------
    UsageError
        An image is not (H, W, 3) uint8, or the model cannot answer a prompt.
    """
    for request in batch:
        image = request.image
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise UsageError(
                f"expected a BGR image, (H, W, 3) uint8 with H and W >= 1; "
                f"got {image.shape} {image.dtype}"
            )
        for prompt in request.prompts:
            if not can_answer(prompt):
                takes = ", ".join(info.labels) or " or ".join(sorted(info.takes))
                raise UsageError(
                    f"model {info.name!r} cannot outline {prompt.text[:80]!r}; it takes: {takes}"
                )
