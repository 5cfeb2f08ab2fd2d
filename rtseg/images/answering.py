"""What was found in one image, in the form of Moondream's `/segment` and more.

`path` and `bbox` outline what was asked for. Of words, that is the surest such thing; of several
prompts it is what answers each of them, joined, so that two boxes give one path with both.
`instances` has everything that was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rtseg.formats import Outlined, object_record

_OF_INSTANCES_ONLY = frozenset({"id", "prompt"})


def joined(found: Sequence[Outlined]) -> Outlined | None:
    """Return the surest answer to each prompt, joined into one object; None of nothing.

    Its score is the lowest of theirs: all of it is right only if each is.

    Parameters
    ----------
    found : in the order of their prompts, surest first.
    """
    firsts = list({one.prompt: one for one in reversed(found)}.values())[::-1]
    if len(firsts) < 2:
        return firsts[0] if firsts else None
    return replace(
        firsts[0],
        label=", ".join(dict.fromkeys(one.label for one in firsts)),
        score=min(one.score for one in firsts),
        mask=np.logical_or.reduce([one.mask for one in firsts]),
        model=", ".join(dict.fromkeys(one.model for one in firsts)),
    )


def answer(
    found: Sequence[Outlined], asked: str, *, with_mask: bool, whole: Outlined | None = None
) -> dict[str, Any]:
    """Write the answer.

    Parameters
    ----------
    found : in the order of their prompts, surest first.
    asked : the words, for the `label` where nothing was found.
    with_mask : with `mask`, COCO's run lengths, on top and in each instance.
    whole : `joined(found)`, where the caller has it already: its outlines are then made once.

    Returns
    -------
    `path`, `bbox`, `label`, `score`, `model`, `area_px`, `mask` and `instances`, as of
    `rtseg.segment`.
    """
    whole = whole or joined(found)
    if whole is None:
        nothing = {"label": asked, "score": 0.0, "model": "", "area_px": 0}
        mask = {"mask": None} if with_mask else {}
        return {"path": "", "bbox": None, **nothing, **mask, "instances": []}
    instances = [object_record(one, with_mask=with_mask) for one in found]
    same = [n for n, one in enumerate(found) if one is whole]
    record = instances[same[0]] if same else object_record(whole, with_mask=with_mask)
    top = {key: value for key, value in record.items() if key not in _OF_INSTANCES_ONLY}
    return {"path": top.pop("path"), "bbox": top.pop("bbox"), **top, "instances": instances}
