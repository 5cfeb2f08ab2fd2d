"""Which of the things a model found a prompt means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtseg.geometry import iou
from rtseg.models import Instance
from rtseg.types import Prompt


def select(
    instances: Sequence[Instance], prompt: Prompt, shape: tuple[int, int]
) -> tuple[Instance, ...]:
    """Take of the answers to words the one that is touched; all of them where nothing is.

    Parameters
    ----------
    instances : what was found for `prompt`.
    prompt : as it was asked.
    shape : (H, W) of the image.
    """
    if not prompt.is_touch or not prompt.text.strip() or not instances:
        return tuple(instances)
    height, width = shape
    wanted = [p.to_px(width, height) for p in prompt.points if p.is_positive]
    unwanted = [p.to_px(width, height) for p in prompt.points if not p.is_positive]
    box = np.zeros(shape, np.bool_)
    if prompt.box is not None:
        x0, y0, x1, y1 = (round(value) for value in prompt.box.to_px(width, height))
        box[y0:y1, x0:x1] = True

    def fit(one: Instance) -> float:
        hits = sum(bool(one.mask[int(y), int(x)]) for x, y in wanted)
        misses = sum(bool(one.mask[int(y), int(x)]) for x, y in unwanted)
        return hits - misses + (iou(one.mask, box) if prompt.box is not None else 0.0)

    best = max(instances, key=lambda one: (fit(one), -np.count_nonzero(one.mask)))
    return (best,) if fit(best) > 0 else ()
