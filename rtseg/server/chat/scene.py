"""What was found in a picture, as answers tell it: objects, classes or segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from rtseg.formats import Outlined, mask_png, panoptic_png, semantic_png
from rtseg.models.labels import forms
from rtseg.server.chat.choosing import Plan
from rtseg.server.chat.reading import Mode

_SAME = 0.8
"""IoU from which two objects of one label are one, found by two prompts."""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One line of an answer: an object, a class of them, or a panoptic segment.

    Parameters
    ----------
    one : its mask, label and score; of a class: all its objects together, and the surest score.
    number : 1, 2 …: of the object; of the class; the pixel value of the segment.
    class_id : 1, 2 … in the order in which labels are in the answer.
    phrase : the words that it answers.
    is_thing : it can be counted.
    members : of a class: its objects.
    """

    one: Outlined
    number: int
    class_id: int
    phrase: str = ""
    is_thing: bool = True
    members: tuple[Entry, ...] = ()

    @property
    def label(self) -> str:
        return self.one.label or self.phrase or "object"

    def is_called(self, name: str) -> bool:
        """Say whether a name, `"cars"` or `"traffic_light"`, is its label or was asked for."""
        folded = set(forms(name))
        return bool(folded & (set(forms(self.label)) | set(forms(self.phrase))))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and what is in it.

    Parameters
    ----------
    mode : what `entries` are: objects, classes or segments.
    shape : (H, W), pixels.
    entries : in the order of the request.
    classes : the same by label; of objects and segments, with these as members.
    asked : the phrases of the request.
    png : the semantic or panoptic map; empty of instances.
    session_id : under which artifacts are kept.
    """

    mode: Mode
    shape: tuple[int, int]
    entries: tuple[Entry, ...]
    classes: tuple[Entry, ...]
    asked: tuple[str, ...] = ()
    png: bytes = field(default=b"", repr=False)
    session_id: str = ""

    def called(self, name: str) -> tuple[Entry, ...] | None:
        """Return the entries of this name; None if nothing of it was asked for."""
        found = tuple(entry for entry in self.entries if entry.is_called(name))
        folded = set(forms(name))
        if found or any(folded & set(forms(phrase)) for phrase in self.asked):
            return found
        return None


MaskForm: TypeAlias = Literal["url", "artifact", "data_uri", "base64"]


@dataclass(frozen=True, slots=True, eq=False)
class MaskFile:
    """Where a mask belongs in an answer; written and published when the answer is sent.

    Parameters
    ----------
    form : what stands for it: a signed address, the id of an artifact, or its bytes.
    entry : whose mask it is, 0 and 255; None for that of the whole picture: the map of semantic
        and panoptic segmentation, else all objects together.
    scene : that it is of.
    """

    form: MaskForm
    entry: Entry | None
    scene: Scene = field(repr=False)

    @property
    def key(self) -> tuple[str, int]:
        """The same for the same file."""
        return (self.form, -1 if self.entry is None else id(self.entry))

    def png(self) -> bytes:
        """Write the file."""
        if self.entry is not None:
            return mask_png(self.entry.one.mask)
        if self.scene.png:
            return self.scene.png
        together = np.zeros(self.scene.shape, np.bool_)
        for entry in self.scene.entries:
            together |= entry.one.mask
        return mask_png(together)


def lay_out(
    plan: Plan, objects: Sequence[Outlined], shape: tuple[int, int], session_id: str = ""
) -> Scene:
    """Order what was found for an answer.

    Parameters
    ----------
    plan : that the objects answer; those of its unwanted prompts take others away.
    objects : as of `Pictures.find`.
    shape : (H, W) of the picture.
    session_id : as of `Scene`.
    """
    found = [replace(one, id=number) for number, one in enumerate(_wanted(plan, objects), 1)]
    phrases = ["" if plan.everything else prompt.text for prompt in plan.prompts]
    asked = () if plan.everything else plan.phrases
    # The order of the request, not that in which models answered.
    order = {route.label: None for route in plan.routes[: plan.wanted]}
    names = [label for label in order if any(one.label == label for one in found)]
    labels = list(dict.fromkeys([*names, *(one.label for one in found)]))
    ids = {label: number for number, label in enumerate(labels, 1)}

    def entry(one: Outlined, *, is_thing: bool) -> Entry:
        return Entry(one, one.id, ids[one.label], phrases[one.prompt], is_thing)

    png = b""
    if plan.mode == "panoptic":
        panoptic = panoptic_png(found, shape)
        png = panoptic.png
        by_id = {one.id: one for one in found}
        entries = tuple(
            entry(
                replace(by_id[segment.id], mask=panoptic.numbers == segment.id),
                is_thing=segment.is_thing,
            )
            for segment in sorted(panoptic.segments, key=lambda segment: segment.id)
        )
    else:
        entries = tuple(entry(one, is_thing=one.is_thing) for one in found)
    classes = tuple(
        _together(tuple(e for e in entries if e.one.label == label), ids[label])
        for label in labels
        if any(e.one.label == label for e in entries)
    )
    if plan.mode == "semantic":
        png = semantic_png(found, shape, labels=labels).png
        entries = classes
    return Scene(plan.mode, shape, entries, classes, asked, png, session_id)


def _together(members: tuple[Entry, ...], number: int) -> Entry:
    mask = members[0].one.mask
    for member in members[1:]:
        mask = mask | member.one.mask
    surest = max(members, key=lambda member: member.one.score)
    one = replace(surest.one, id=number, mask=mask)
    return Entry(one, number, number, members[0].phrase, members[0].is_thing, members)


def _wanted(plan: Plan, objects: Sequence[Outlined]) -> list[Outlined]:
    """Take away what is to be left out, and what two prompts found both."""
    unwanted = [one for one in objects if one.prompt >= plan.wanted]
    kept: list[Outlined] = []
    for one in objects:
        if one.prompt >= plan.wanted or any(_same(one, other, 0.5) for other in unwanted):
            continue
        # Of everything, an eye is a left eye too.
        if any(
            one.prompt != other.prompt
            and (one.label == other.label or (plan.everything and one.model == other.model))
            and _same(one, other, _SAME)
            for other in kept
        ):
            continue
        kept.append(one)
    return kept


def _same(one: Outlined, other: Outlined, iou: float) -> bool:
    ax0, ay0, ax1, ay1 = one.bbox
    bx0, by0, bx1, by1 = other.bbox
    if min(ax1, bx1) <= max(ax0, bx0) or min(ay1, by1) <= max(ay0, by0):
        return False
    both = int(np.count_nonzero(one.mask & other.mask))
    return both >= iou * (one.area_px + other.area_px - both)
