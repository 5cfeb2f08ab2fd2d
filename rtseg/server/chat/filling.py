"""An answer in the caller's own schema: what a scene holds, put where its fields mean it.

The answer is walked from the top. A list of objects gets one line for each entry of the scene; a
mapping, or fields that are named for what was asked, one for each class; and below them, fields get
what `meanings` says of them. What may be left out and cannot be filled is left out.

Masks are not written here: a `MaskFile` stands for each, until the answer is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rtseg.formats import Outlined, object_record
from rtseg.models import Route
from rtseg.models.labels import forms
from rtseg.server.chat import values
from rtseg.server.chat.choosing import Plan
from rtseg.server.chat.errors import RequestError
from rtseg.server.chat.meanings import KNOWN, is_box, meaning, snake
from rtseg.server.chat.reading import phrases_of
from rtseg.server.chat.scene import Entry, MaskFile, MaskForm, Scene, lay_out
from rtseg.server.chat.schema import MISSING, Node, parse
from rtseg.server.chat.values import Unfillable
from rtseg.types import Prompt


class NothingThere(Exception):
    """Nothing was found, and the schema has no way to say so; the message is for people."""


def default_schema(mode: str) -> Node:
    """Return the schema of an answer for which the caller gave none."""
    text = {"type": "string"}
    fields: dict[str, Any] = {"label": text, "mask_url": text}
    top: dict[str, Any] = {}
    if mode != "instance":
        fields = {"id": {"type": "integer"}, **fields}
        top = {"mask_url": text}
    if mode == "panoptic":
        fields["is_thing"] = {"type": "boolean"}
    one = {"type": "object", "properties": fields, "required": list(fields)}
    top["segmentations"] = {"type": "array", "items": one}
    return parse({"type": "object", "properties": top, "required": list(top)})


def check(node: Node, plan_mode: str, phrases: Sequence[str]) -> None:
    """See that a schema can be filled, before any model runs.

    Raises
    ------
    RequestError
        `unfillable_schema`: a field that must be there wants something that rtseg does not have.
    """
    names = [*phrases, "object"][: max(1, len(phrases))]
    mask = np.ones((2, 2), np.bool_)
    objects = [Outlined(0, name, 0.5, mask, "model", place) for place, name in enumerate(names)]
    prompts = tuple(Prompt(name) for name in names)
    routes = tuple(Route("model", name) for name in names)
    mode: Any = "semantic" if plan_mode == "panoptic" else plan_mode
    scene = lay_out(Plan(mode, prompts, routes, len(prompts)), objects, mask.shape)
    if plan_mode == "panoptic":  # the probe's masks are one another's, and a map has no overlaps
        scene = replace(scene, mode="panoptic")
    try:
        fill(node, scene, is_probe=True)
    except Unfillable as error:
        raise unfillable(error) from None


def unfillable(error: Unfillable) -> RequestError:
    """Return the answer to a schema that cannot be filled."""
    return RequestError(
        f"the schema wants {error.path or 'an answer'}, which rtseg cannot fill: {error.why}. "
        f"What it can fill is known by its name or description: {KNOWN}; make the field optional, "
        "or leave it out",
        code="unfillable_schema",
        param="response_format",
    )


def fill(node: Node, scene: Scene, *, is_probe: bool = False) -> Any:
    """Put a scene into a schema.

    Parameters
    ----------
    node : the schema.
    scene : what was found.
    is_probe : the scene is made up: bounds that depend on what was found are not looked at.

    Returns
    -------
    JSON, in which a `MaskFile` stands for every mask.

    Raises
    ------
    Unfillable
        A field that must be there cannot be filled.
    NothingThere
        It could, if more had been found.
    """
    return _Filler(scene, is_probe).picture(node)


def labels_in(node: Node) -> tuple[str, ...]:
    """Return what a schema itself says is to be outlined: the values that a label may have, or
    the words of its description, or fields that are named for things."""
    listed: dict[str, None] = {}
    for each in node.walk():
        if meaning(each) != "label" or each.kind != "string":
            continue
        if each.enum:
            listed |= {word: None for word in each.enum if isinstance(word, str) and word.strip()}
        elif words := _described(each.says):
            listed |= dict.fromkeys(words)
    if listed:
        return tuple(word for word in listed if word.lower() not in _NO_LABEL)
    fields = node.fields.values()
    if any(meaning(each) in {"mask", "label", "bbox"} for each in fields):
        return ()
    return tuple(
        snake(each.name).replace("_", " ")
        for each in fields
        if meaning(each) is None
        and snake(each.name) not in _CONTAINERS
        and (_entry_like(each.some()) or _is_list_of_entries(each))
    )


_NO_LABEL = {"other", "unknown", "none", "background", "everything", "misc", "n/a"}
"""Values for what is none of the others."""

_CONTAINERS = frozenset(
    "results result data items detections instances annotations predictions output outputs answer "
    "response entries found image metadata info segments segmentation segmentations objects masks "
    "all list regions".split()
)


def _described(says: str) -> tuple[str, ...]:
    import re

    match = re.search(
        r"(?:\bone of|\beither|\bamong|\be\.g\.,?|\bsuch as|\bvalues?:|\blabels?:|\bcategor\w+:|"
        r"\bclasses:|\boptions?:|:)\s*(.+)$",
        says,
        re.IGNORECASE | re.DOTALL,
    )
    words = phrases_of(match[1]) if match else ()
    return words if len(words) > 1 else ()


def _entry_like(node: Node) -> bool:
    """Say whether an object is one entry: it tells of a label, a mask or a box, not of many."""
    if node.kind != "object" or is_box(node):
        return False
    tells = {meaning(each) for each in node.fields.values() if each.some().kind != "array"}
    tells |= {
        "bbox"
        for each in node.fields.values()
        if meaning(each) == "bbox" and not _is_list_of_boxes(each.some())
    }
    has_many = any(_is_list_of_entries(each) for each in node.fields.values())
    return bool(tells & {"label", "bbox", "score", "rle", "path"}) and not has_many


def _is_list_of_boxes(node: Node) -> bool:
    items = node.items.some() if node.kind == "array" and node.items else None
    return items is not None and items.kind in {"array", "object"}


def _is_list_of_entries(node: Node) -> bool:
    some = node.some()
    items = some.items.some() if some.kind == "array" and some.items else None
    if items is None or items.kind != "object":
        return False
    return meaning(node) != "polygon" or _entry_like(items)


class _Filler:
    def __init__(self, scene: Scene, is_probe: bool) -> None:
        self._scene = scene
        self._is_probe = is_probe
        everything = [each for entry in scene.entries for each in (entry, *entry.members)]
        self._together = _union(scene, everything)

    # The whole picture.

    def picture(self, node: Node) -> Any:
        """Fill what tells of the picture as a whole."""
        if node.kind == "union":
            return self._first(node, self.picture)
        if node.kind == "object":
            if _entry_like(node):
                return self._surest(node)
            if not node.fields and node.rest is not None:
                return self._by_label(node.rest)
            return self._fields(node, self.picture_field)
        if node.kind == "array":
            return self._lines(node)
        if node.kind == "any":
            return self.picture(default_schema(self._scene.mode))
        return self.picture_field(node)

    def picture_field(self, node: Node) -> Any:
        """Fill a field of the whole picture."""
        some = node.some()
        if some is not node:
            return self._first(node, self.picture_field)
        if _constant(node):
            return node.enum[0] if node.enum else None
        named = self._scene.called(node.name.replace("_", " ")) if node.name else None
        means = meaning(node)
        if means in {None, "label"} or node.name in self._scene.asked:
            if named is not None and snake(node.name) not in _CONTAINERS:
                return self._group(node, named)
        if node.kind == "union":
            return self._first(node, self.picture_field)
        if node.kind == "array":
            return self._size(node) if means == "size" else self._lines(node)
        if node.kind == "object":
            return self._size(node) if means == "size" else self.picture(node)
        return self._picture_leaf(node, means)

    def _picture_leaf(self, node: Node, means: str | None) -> Any:
        scene = self._scene
        match means:
            case "mask":
                return self._mask_file(node, None)
            case "count":
                return values.number(len(self._counted(node)), node)
            case "width" | "height":
                return values.number(scene.shape[means == "width"], node)
            case "found":
                found = self._counted(node)
                return bool(found) if node.kind == "boolean" else self._no(node)
            case "mode" if not node.enum or scene.mode in node.enum:
                return scene.mode
            case "session" if node.kind == "string":
                return scene.session_id or "session"
            case "model" if node.kind == "string":
                return ", ".join(dict.fromkeys(entry.one.model for entry in scene.entries))
            case "label" if node.kind == "string" and not node.enum:
                return ", ".join(entry.label for entry in scene.classes)
            case "area" | "score" | "rle" | "path" | "polygon" | "bbox" | "centre":
                if self._together is None:
                    raise NothingThere(f"{node.path} wants one, and nothing was found")
                return self._leaf(node, means, self._together, shares=False)
        return self._no(node)

    def _counted(self, node: Node) -> Sequence[Entry]:
        """Return what a count counts: `num_cars` the cars, `count` everything."""
        words = " ".join(
            word
            for word in snake(node.name).split("_")
            if word not in {"num", "n", "number", "of", "count", "total", "has", "is", "found"}
        )
        named = self._scene.called(words) if words else None
        return self._scene.entries if named is None else _objects(named)

    def _surest(self, node: Node) -> Any:
        entries = self._scene.entries
        if not entries:
            raise NothingThere("the schema has room for one object, and none was found")
        fitting = self._fitting(node, entries)
        if not fitting:
            raise NothingThere("what was found has none of the labels that the schema allows")
        return self._entry(node, max(fitting, key=lambda entry: entry.one.score))

    def _by_label(self, node: Node) -> dict[str, Any]:
        return {entry.label: self._group(node, (entry,)) for entry in self._scene.classes}

    def _group(self, node: Node, entries: Sequence[Entry]) -> Any:
        """Fill what is named for a kind of thing with the things of this kind."""
        some = node.some()
        if meaning(node) == "count" or some.kind == "integer":
            return values.number(len(_objects(entries)), some)
        things = tuple(entries) if self._scene.mode == "semantic" else _objects(entries)
        if some.kind == "array":
            return self._lines(some, things)
        if some.kind == "boolean":
            return bool(things)
        if not things:
            if node.is_nullable:
                return None
            raise NothingThere(f"{node.path} wants one, and none was found")
        if some.kind == "object":
            if not _entry_like(some) and (lists := _lists_in(some)):
                return self._fields(some, lambda below: self._list_or_leaf(below, things, lists))
            return self._entry(some, max(things, key=lambda entry: entry.one.score))
        whole = things[0] if len(things) == 1 else _as_one(things)
        return self._mask_file(some, whole) if some.kind == "string" else self._no(node)

    def _list_or_leaf(self, node: Node, things: Sequence[Entry], lists: Sequence[str]) -> Any:
        if node.name in lists:
            return self._lines(node.some(), things)
        return self.entry_field(node, _as_one(things), shares=False)

    def _lines(self, node: Node, entries: Sequence[Entry] | None = None) -> list[Any]:
        """Fill a list with one line for each entry."""
        if node.prefix or node.items is None:
            if node.items is None and not node.prefix:
                return self._lines(replace(node, items=_open_line(self._scene.mode)), entries)
            raise Unfillable(node.path, "as many are found as there are, not a fixed number")
        items = node.items.some()
        if entries is None:
            is_grouped = items.kind == "object" and _lists_in(items) and not _has_own_mask(items)
            entries = self._scene.classes if is_grouped else self._scene.entries
            if items.kind != "object" and meaning(node) == "label" and not node.name.endswith("_"):
                entries = entries if self._is_parallel(node) else self._scene.classes
        fitting = self._fitting(items, entries)
        if node.most is not None and len(fitting) > node.most:
            surest = sorted(fitting, key=lambda entry: -entry.one.score)[: node.most]
            fitting = [entry for entry in fitting if entry in surest]
        if len(fitting) < node.least and not self._is_probe:
            raise NothingThere(
                f"{node.path or 'the schema'} wants at least {node.least}, and {len(fitting)} were "
                "found"
            )
        return [self._entry(node.items, entry) for entry in fitting]

    def _is_parallel(self, node: Node) -> bool:
        return self._parallel

    _parallel = False

    def _size(self, node: Node) -> Any:
        height, width = self._scene.shape
        if node.kind == "array":
            is_hw = "shape" in node.name or "height, width" in node.says.lower()
            return [height, width] if is_hw else [width, height]
        return self._fields(node, self.picture_field)

    # One entry.

    def _entry(self, node: Node, entry: Entry) -> Any:
        """Fill a line of a list."""
        some = node.some()
        if some.kind == "union":
            return self._first(some, lambda option: self._entry(option, entry))
        if some.kind == "object" and not is_box(some) and meaning(some) not in {"rle", "centre"}:
            if some.fields or some.rest is None:
                tells = {meaning(each) for each in some.fields.values()}
                shares = self._scene.mode != "instance" and bool(tells & {"id", "class_id"})
                return self._fields(some, lambda below: self.entry_field(below, entry, shares))
            return self._entry(_open_line(self._scene.mode), entry)
        if some.kind == "any" and meaning(some) is None:
            return self._entry(_open_line(self._scene.mode), entry)
        return self.entry_field(some, entry, shares=False)

    def entry_field(self, node: Node, entry: Entry, shares: bool, around: str = "") -> Any:
        """Fill a field of an entry.

        Parameters
        ----------
        shares : masks are those of the whole map, whose pixel values the entry names.
        around : what the object means that the field is in.
        """
        some = node.some()
        if some.kind == "union":
            return self._first(some, lambda option: self.entry_field(option, entry, shares, around))
        if _constant(some):
            return some.enum[0] if some.enum else None
        means = meaning(node) or (meaning(some) if some is not node else None)
        says = f"{around} {node.name} {node.says} {some.says}"
        if some.kind == "object":
            return self._entry_object(some, means, entry, shares, says)
        if some.kind == "array":
            return self._entry_array(some, means, entry, says)
        if around and means in {"width", "height"} and "mask" not in around:
            means = None
        if means is None and around.split()[:1] == ["mask"] and some.kind == "string":
            means = "mask"  # mask: {"data": …}
        return self._leaf(some, means, entry, shares)

    def _entry_object(
        self, node: Node, means: str | None, entry: Entry, shares: bool, says: str
    ) -> Any:
        one = entry.one
        if means == "rle" or {"counts", "size"} <= node.fields.keys():
            return values.run_lengths(one, node)
        if is_box(node) and means not in {"centre", "polygon"}:
            sides = values.box_fields(one, node, says)
            return self._fields(
                node,
                lambda below: (
                    sides[below.name]
                    if below.name in sides
                    else self.entry_field(below, entry, shares, says)
                ),
            )
        if means == "centre":
            return self._point(node, one, says)
        if means == "polygon":
            return values.polygon(values.rings_of(one), node, says, one.mask.shape)
        if not node.fields:
            return self._no(node) if node.required else {}
        inside = f"{means or snake(node.name)} {says}"
        return self._fields(node, lambda below: self.entry_field(below, entry, shares, inside))

    def _entry_array(self, node: Node, means: str | None, entry: Entry, says: str) -> Any:
        one = entry.one
        items = node.items.some() if node.items else None
        match means:
            case "bbox" if _is_list_of_boxes(node):
                return self._lines(node, _objects([entry]))
            case "bbox":
                return values.box_list(one, node, says)
            case "polygon" if items is None or not _entry_like(items):
                return values.polygon(values.rings_of(one), node, says, one.mask.shape)
            case "rle" if items is not None and items.kind == "integer":
                return values.run_lengths(one, node)
            case "centre":
                return self._point(node, one, says)
            case "size":
                return self._size(node)
            case "mask" | "label" | "score" | "id" | "area" | "rle" | "path" | "polygon":
                return self._lines(node, _objects([entry]))
        if items is not None and _entry_like(items) and entry.members:
            return self._lines(node, entry.members)
        return self._no(node)

    def _leaf(self, node: Node, means: str | None, entry: Entry, shares: bool) -> Any:
        one, scene = entry.one, self._scene
        is_text = node.kind in {"string", "any"}
        is_number = node.kind in {"number", "integer", "string", "any"}
        match means:
            case "label" if is_text:
                return self._label(node, entry)
            case "mask" if is_text:
                return self._mask_file(node, None if shares else entry)
            case "rle" if is_text:
                return values.run_lengths(one, node)
            case "path" if is_text:
                return object_record(one, with_mask=False)["path"]
            case "polygon" if is_text:
                return values.polygon(values.rings_of(one), node, "", scene.shape)
            case "id" | "class_id" if is_number:
                number = entry.class_id if means == "class_id" else entry.number
                return values.number(number, node)
            case "score" if is_number:
                return values.score(one, node)
            case "area" if is_number:
                return values.area(one, node)
            case "count" if is_number:
                return values.number(max(1, len(entry.members)), node)
            case "is_thing" | "is_stuff":
                return _thing_or_stuff(node, entry.is_thing, means)
            case "found" if node.kind == "boolean":
                return True
            case "width" | "height" if is_number:
                return values.number(scene.shape[means == "width"], node)
            case "model" if is_text and not node.enum:
                return one.model
            case "mode" if is_text and (not node.enum or scene.mode in node.enum):
                return scene.mode
            case "session" if is_text:
                return scene.session_id or "session"
        return self._no(node)

    def _label(self, node: Node, entry: Entry) -> str:
        """Return the label, as the schema spells it where it lists those that may be."""
        if not node.enum:
            return entry.label
        for word in node.enum:
            if isinstance(word, str) and word in {entry.label, entry.phrase}:
                return word
        for word in node.enum:
            if isinstance(word, str) and entry.is_called(word):
                return word
        for word in node.enum:
            if isinstance(word, str) and set(forms(word)) & {"other", "unknown", "misc"}:
                return word
        if self._is_probe and node.enum and isinstance(node.enum[0], str):
            return node.enum[0]
        raise Unfillable(node.path, f"none of its values is {entry.label!r}")

    def _fitting(self, items: Node, entries: Sequence[Entry]) -> list[Entry]:
        """Leave out what has none of the labels that the schema allows."""
        leaves = [items, *items.fields.values()]
        listed = [
            leaf
            for leaf in (each.some() for each in leaves)
            if leaf.enum and leaf.kind == "string" and meaning(leaf) == "label"
        ]
        kept = []
        for entry in entries:
            try:
                for leaf in listed:
                    self._label(leaf, entry)
            except Unfillable:
                continue
            kept.append(entry)
        return kept

    def _mask_file(self, node: Node, entry: Entry | None) -> Any:
        if node.kind not in {"string", "any"}:
            return self._no(node)
        return MaskFile(_mask_form(node), entry, self._scene)

    def _point(self, node: Node, one: Outlined, says: str) -> Any:
        x, y = values.centre(one)
        if node.kind == "array":
            leaf = node.items.some() if node.items else None
            per = values.scale(values.unit(says, leaf), one.mask.shape)
            shown = leaf or Node(node.path, node.name, "number")
            return [values.number(x * per[0], shown), values.number(y * per[1], shown)]
        filled = {}
        for name, below in node.fields.items():
            leaf = below.some()
            per = values.scale(values.unit(f"{says} {leaf.says}", leaf), one.mask.shape)
            axis = snake(name)[-1:]
            if axis in {"x", "y"}:
                filled[name] = values.number((x * per[0], y * per[1])[axis == "y"], leaf)
            elif name in node.required:
                return self._no(below)
        return filled

    # Both.

    def _fields(self, node: Node, filled: Any) -> dict[str, Any]:
        """Fill an object's fields; one that may be left out and cannot be filled is left out."""
        answer: dict[str, Any] = {}
        before, self._parallel = self._parallel, _are_parallel(node)
        try:
            for name, below in node.fields.items():
                try:
                    answer[name] = filled(below)
                except Unfillable:
                    if below.is_nullable and name in node.required:
                        answer[name] = None
                    elif name in node.required and below.default is MISSING:
                        raise
                    elif name in node.required:
                        answer[name] = below.default
                except NothingThere:
                    if below.is_nullable:
                        answer[name] = None
                    elif name in node.required:
                        raise
        finally:
            self._parallel = before
        return answer

    def _first(self, node: Node, filled: Any) -> Any:
        """Fill the first option of a union that can be."""
        first: Unfillable | NothingThere | None = None
        for option in node.options:
            try:
                if option.kind == "null":
                    return None
                return filled(option)
            except (Unfillable, NothingThere) as error:
                first = first or error
        assert first is not None
        raise first

    def _no(self, node: Node) -> Any:
        what = f" ({node.says[:80]})" if node.says else ""
        raise Unfillable(node.path, f"it is none of what rtseg finds{what}")


def _objects(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the members of classes, and objects themselves."""
    return tuple(each for entry in entries for each in (entry.members or (entry,)))


def _as_one(entries: Sequence[Entry]) -> Entry:
    mask = entries[0].one.mask
    for entry in entries[1:]:
        mask = mask | entry.one.mask
    surest = max(entries, key=lambda entry: entry.one.score)
    return replace(surest, one=replace(surest.one, mask=mask), members=tuple(entries))


def _union(scene: Scene, entries: Sequence[Entry]) -> Entry | None:
    return _as_one(scene.entries) if entries else None


def _lists_in(node: Node) -> tuple[str, ...]:
    """Return the fields of an object that list things: then it is a class of them, not one."""

    def lists(each: Node) -> Iterator[bool]:
        some = each.some()
        items = some.items.some() if some.kind == "array" and some.items else None
        means = meaning(each)
        yield items is not None and items.kind == "object" and _entry_like(items)
        yield items is not None and means == "mask" and items.kind in {"string", "object"}
        yield means == "bbox" and _is_list_of_boxes(some)
        yield items is not None and means == "rle" and items.kind in {"string", "object"}

    return tuple(name for name, each in node.fields.items() if any(lists(each)))


def _has_own_mask(node: Node) -> bool:
    """Say whether an object has a mask or a box of its own, besides lists."""
    return any(
        meaning(each) in {"bbox", "score"} and not _is_list_of_boxes(each.some())
        for each in node.fields.values()
    )


def _are_parallel(node: Node) -> bool:
    """Say whether an object lists masks, boxes or scores beside each other, line by line."""
    lists = {meaning(e) for e in node.fields.values() if e.some().kind == "array"}
    return bool(lists & {"mask", "bbox", "score", "rle", "polygon", "area"})


def _open_line(mode: str) -> Node:
    """Return the line of the default schema, for a schema that leaves it open."""
    items = default_schema(mode).fields["segmentations"].items
    assert items is not None
    return items


def _constant(node: Node) -> bool:
    """Say whether only one value may stand here, such as the tag of a union."""
    return node.enum is not None and len(node.enum) == 1 and meaning(node) != "label"


def _mask_form(node: Node) -> MaskForm:
    says = f"{snake(node.name)} {node.says}".lower()
    if "img_" in node.pattern:
        return "artifact"
    if "data uri" in says or "data url" in says or "data_uri" in says or "data_url" in says:
        return "data_uri"
    return "base64" if "base64" in says or "b64" in says else "url"


def _thing_or_stuff(node: Node, is_thing: bool, means: str) -> Any:
    if node.kind == "boolean":
        return is_thing == (means == "is_thing")
    wanted = {"thing", "things"} if is_thing else {"stuff"}
    for value in node.enum or ("thing" if is_thing else "stuff",):
        if str(value).lower() in wanted:
            return value
    raise Unfillable(node.path, f"none of its values is {'thing' if is_thing else 'stuff'!r}")
