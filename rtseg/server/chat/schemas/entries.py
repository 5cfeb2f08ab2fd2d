"""Lines of an answer: one entry of a scene, put where the fields of a schema mean it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from rtseg.formats import Outlined, object_record
from rtseg.models.labels import forms
from rtseg.server.chat.reading import Mode
from rtseg.server.chat.scene import Entry, MaskFile, Scene
from rtseg.server.chat.schemas import values
from rtseg.server.chat.schemas.meanings import Meaning, is_box, meaning, snake
from rtseg.server.chat.schemas.structure import (
    are_parallel,
    has_own_box,
    is_constant,
    is_entry,
    is_list_of_boxes,
    lists_in,
    mask_form,
)
from rtseg.server.chat.schemas.tree import MISSING, Node, parse
from rtseg.server.chat.schemas.validity import is_valid
from rtseg.server.chat.schemas.values import UnfillableError

_PIXEL_VALUES: dict[Mode, frozenset[Meaning]] = {
    "instance": frozenset(),
    "semantic": frozenset({"id", "class_id"}),
    "panoptic": frozenset({"id"}),
}
"""What says which pixels of a map are an entry's."""


class NothingThereError(Exception):
    """Nothing was found, and the schema has no way to say so; the message is for people."""


def default_schema(mode: Mode) -> Node:
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


class EntryFiller:
    """Fills what tells of entries.

    Parameters
    ----------
    scene : what was found.
    is_probe : it is made up: bounds that depend on what was found are not looked at.
    """

    def __init__(self, scene: Scene, is_probe: bool) -> None:
        self._scene = scene
        self._is_probe = is_probe
        self._parallel = False
        """The fields around are lists beside each other, line by line."""

    def lines(self, node: Node, entries: Sequence[Entry] | None = None) -> list[Any]:
        """Fill a list with one line for each entry."""
        if node.prefix or node.items is None:
            if node.items is None and not node.prefix:
                return self.lines(replace(node, items=_open_line(self._scene.mode)), entries)
            raise UnfillableError(node.path, "as many are found as there are, not a fixed number")
        items = node.items.some()
        if entries is None:
            is_grouped = items.kind == "object" and lists_in(items) and not has_own_box(items)
            entries = self._scene.classes if is_grouped else self._scene.entries
            if items.kind != "object" and meaning(node) == "label" and not node.name.endswith("_"):
                entries = entries if self._parallel else self._scene.classes
        fitting = self._fitting(items, entries)
        if node.most is not None and len(fitting) > node.most:
            surest = sorted(fitting, key=lambda entry: -entry.one.score)[: node.most]
            fitting = [entry for entry in fitting if entry in surest]
        if len(fitting) < node.least and not self._is_probe:
            raise NothingThereError(
                f"{node.path or 'the schema'} wants at least {node.least}, and {len(fitting)} were "
                "found"
            )
        return [self.entry(node.items, entry) for entry in fitting]

    def entry(self, node: Node, entry: Entry) -> Any:
        """Fill a line of a list."""
        some = node.some()
        if some.kind == "union":
            return self._first(some, lambda option: self.entry(option, entry))
        if some.kind == "object" and not is_box(some) and meaning(some) not in {"rle", "centre"}:
            if not some.fields and not some.is_closed:
                return self._open_entry(some, entry)
            tells = {meaning(each) for each in some.fields.values()}
            # A map is of use to who has the value of an entry's pixels in it.
            shares = bool(tells & _PIXEL_VALUES[self._scene.mode])
            return self._fields(some, lambda below: self.entry_field(below, entry, shares))
        if some.kind == "any" and meaning(some) is None:
            return self.entry(_open_line(self._scene.mode), entry)
        return self.entry_field(some, entry, shares=False)

    def _open_entry(self, node: Node, entry: Entry) -> Any:
        """Fill an object of which nothing is said but what its fields may hold."""
        if node.rest is None or node.rest.kind == "any":
            return self.entry(_open_line(self._scene.mode), entry)
        if node.rest.kind == "string" and not node.rest.enum:
            return self.entry(_open_line("instance"), entry)
        return self._no(node)

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
        if is_constant(some):
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
            case "bbox" if is_list_of_boxes(node):
                return self.lines(node, objects_of([entry]))
            case "bbox":
                return values.box_list(one, node, says)
            case "polygon" if items is None or not is_entry(items):
                return values.polygon(values.rings_of(one), node, says, one.mask.shape)
            case "rle" if items is not None and items.kind == "integer":
                return values.run_lengths(one, node)
            case "centre":
                return self._point(node, one, says)
            case "size":
                return self._size(node)
            case "mask" | "label" | "score" | "id" | "area" | "rle" | "path" | "polygon":
                return self.lines(node, objects_of([entry]))
        if items is not None and is_entry(items) and entry.members:
            return self.lines(node, entry.members)
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
        raise UnfillableError(node.path, f"none of its values is {entry.label!r}")

    def _fitting(self, items: Node, entries: Sequence[Entry]) -> list[Entry]:
        """Leave out what has none of the labels that the schema allows."""
        leaves = [items, *items.fields.values()]
        listed = [
            leaf
            for leaf in (each.some() for each in leaves)
            if leaf.enum and leaf.kind == "string" and meaning(leaf) == "label"
            if not is_constant(leaf)
        ]
        kept = []
        for entry in entries:
            try:
                for leaf in listed:
                    self._label(leaf, entry)
            except UnfillableError:
                continue
            kept.append(entry)
        return kept

    def _mask_file(self, node: Node, entry: Entry | None) -> Any:
        if node.kind not in {"string", "any"}:
            return self._no(node)
        return MaskFile(mask_form(node), entry, self._scene)

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

    def _size(self, node: Node) -> Any:
        height, width = self._scene.shape
        if node.kind == "array":
            is_hw = "shape" in node.name or "height, width" in node.says.lower()
            return [height, width] if is_hw else [width, height]
        return self._fields(
            node, lambda below: values.number((height, width)["w" in below.name.lower()], below)
        )

    def _fields(self, node: Node, filled: Callable[[Node], Any]) -> dict[str, Any]:
        """Fill an object's fields; one that may be left out and cannot be filled is left out."""
        answer: dict[str, Any] = {}
        before, self._parallel = self._parallel, are_parallel(node)
        try:
            for name, below in node.fields.items():
                try:
                    value = filled(below)
                    if not is_valid(value, below, counts=not self._is_probe):
                        self._no(below)
                    answer[name] = value
                except UnfillableError:
                    if below.is_nullable and name in node.required:
                        answer[name] = None
                    elif name in node.required and below.default is MISSING:
                        raise
                    elif name in node.required:
                        answer[name] = below.default
                except NothingThereError:
                    if below.is_nullable:
                        answer[name] = None
                    elif name in node.required:
                        raise
        finally:
            self._parallel = before
        return answer

    def _first(self, node: Node, filled: Callable[[Node], Any]) -> Any:
        """Fill the first option of a union that can be."""
        first: UnfillableError | NothingThereError | None = None
        for option in node.options:
            try:
                if option.kind == "null":
                    return None
                return filled(option)
            except (UnfillableError, NothingThereError) as error:
                first = first or error
        assert first is not None
        raise first

    def _no(self, node: Node) -> Any:
        what = f" ({node.says[:80]})" if node.says else ""
        raise UnfillableError(node.path, f"it is none of what rtseg finds{what}")


def objects_of(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the members of classes, and objects themselves."""
    return tuple(each for entry in entries for each in (entry.members or (entry,)))


def _open_line(mode: Mode) -> Node:
    """Return the line of the default schema, for a schema that leaves it open."""
    items = default_schema(mode).fields["segmentations"].items
    assert items is not None
    return items


def _thing_or_stuff(node: Node, is_thing: bool, means: str) -> Any:
    if node.kind == "boolean":
        return is_thing == (means == "is_thing")
    wanted = {"thing", "things"} if is_thing else {"stuff"}
    for value in node.enum or ("thing" if is_thing else "stuff",):
        if str(value).lower() in wanted:
            return value
    raise UnfillableError(node.path, f"none of its values is {'thing' if is_thing else 'stuff'!r}")
