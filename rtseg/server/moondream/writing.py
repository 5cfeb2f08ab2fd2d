"""The answer of `/v1/segment`, with its masks: in it, or behind signed addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from rtseg.formats import Outlined, mask_png
from rtseg.images.answering import answer, joined
from rtseg.server.intake import data_uri
from rtseg.server.masks.routes import masks_of
from rtseg.server.moondream.bodies import MaskForm
from rtseg.server.pictures import Pictures
from rtseg.server.waiting import together


async def write(
    request: Request,
    pictures: Pictures,
    objects: Sequence[Outlined],
    words: str,
    mask: MaskForm | None,
) -> dict[str, Any]:
    """Write an answer with the masks that were asked for, off the event loop.

    Raises
    ------
    RtsegError
        As `Masks.publish`.
    """
    with pictures.stage("outline"):
        record, contents = await pictures.run(_write, objects, words, mask)
    if mask == "url":
        masks, base_url = masks_of(request), str(request.base_url)
        publishing = (masks.publish(each, base_url=base_url) for each in contents)
        _place(record, await together(*publishing))
    return record


def _write(
    objects: Sequence[Outlined], words: str, mask: MaskForm | None
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the answer, and the PNG files of its masks: the joined one's where it is another."""
    whole = joined(objects)
    record = answer(objects, words, with_mask=mask == "rle", whole=whole)
    if mask in {None, "rle"}:
        return record, []
    ones = [*objects, *([whole] if whole is not None and whole not in objects else [])]
    contents = [mask_png(one.mask) for one in ones]
    if mask == "png":
        _place(record, [data_uri(content, "image/png") for content in contents])
    return record, contents


def _place(record: dict[str, Any], masks: Sequence[str]) -> None:
    """Put masks into an answer: the first ones are the instances', a further one is the whole's."""
    instances = record["instances"]
    for instance, mask in zip(instances, masks, strict=False):
        instance["mask"] = mask
    if not masks:
        record["mask"] = None
    elif len(masks) > len(instances):
        record["mask"] = masks[-1]
    else:  # the answer's own is the one of an instance: that of the first
        record["mask"] = masks[0]
