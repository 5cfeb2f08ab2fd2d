"""Schemas that are read, and those that are not."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from rtseg.server.chat.errors import RequestError
from rtseg.server.chat.reading import Mode
from rtseg.server.chat.schemas.entries import NothingThereError
from rtseg.server.chat.schemas.tree import MAX_NODES, MISSING, parse
from tests.server.chat.scenes import CARS_AND_A_PERSON, answer


class Inner(BaseModel):
    """What it is."""

    name: str = Field(description="of the thing")


class Outer(BaseModel):
    inner: Inner
    maybe: Inner | None = None
    several: list[Inner] = Field(max_length=3)
    pair: tuple[int, float]


def test_references_are_written_out() -> None:
    node = parse(Outer.model_json_schema())
    assert node.required == {"inner", "several", "pair"}
    name = node.fields["inner"].fields["name"]
    assert (name.path, name.kind, name.name) == ("inner.name", "string", "name")
    assert "of the thing" in name.says
    assert "What it is." in node.fields["inner"].says
    maybe = node.fields["maybe"]
    assert maybe.is_nullable
    assert maybe.some().kind == "object"
    assert maybe.default is None
    assert node.fields["inner"].default is MISSING
    several = node.fields["several"]
    assert several.items is not None
    assert (several.most, several.items.fields["name"].path) == (3, "several[].name")
    assert [each.kind for each in node.fields["pair"].prefix] == ["integer", "number"]


def test_types_as_lists_and_parts() -> None:
    assert parse({"type": ["null", "string"]}).some().kind == "string"
    both = parse(
        {"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}, "required": ["b"]}]}
    )
    assert (list(both.fields), both.required) == (["a", "b"], {"b"})


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (5, "expected a JSON schema"),
        (None, "expected a JSON schema"),
        ({"type": "text"}, "expected a type of object, array"),
        ({"$ref": "#/$defs/None"}, "nothing is there"),
        ({"$ref": "https://example.org/schema"}, "a place in the schema"),
        ({"$ref": 5}, "expected text"),
        ({"$ref": "#"}, "refers to itself"),
        ({"anyOf": []}, "expected a list of schemas"),
        ({"properties": {"a": {"items": 5, "type": "array"}, "b": 7}}, "at b: expected a schema"),
        ({"properties": [1]}, "properties: expected an object"),
        ({"allOf": 3}, "allOf"),
        ({"allOf": [3]}, "allOf"),
        (
            {
                "$defs": {"A": {"properties": {"b": {"$ref": "#/$defs/A"}}}},
                "$ref": "#/$defs/A",
            },
            "at b: .*refers to itself",
        ),
    ],
)
def test_what_is_not_read(schema: Any, says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        parse(schema)
    assert (caught.value.code, caught.value.param) == ("unsupported_schema", "response_format")


def test_a_schema_that_doubles_at_each_step_is_too_large() -> None:
    defs: dict[str, Any] = {"D0": {"type": "string"}}
    for depth in range(1, 22):
        below = {"$ref": f"#/$defs/D{depth - 1}"}
        defs[f"D{depth}"] = {"type": "object", "properties": {"a": below, "b": below}}
    with pytest.raises(RequestError, match=str(MAX_NODES)):
        parse({"$defs": defs, "$ref": "#/$defs/D21"})


_KEYS = [
    "type", "properties", "items", "anyOf", "allOf", "$ref", "enum", "const", "required",
    "prefixItems", "additionalProperties", "patternProperties", "oneOf", "minItems", "maxItems",
    "minimum", "maximum", "title", "description", "default", "pattern",
]  # fmt: skip
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(_KEYS), below, max_size=6)
    ),
    max_leaves=20,
)


@given(_ANYTHING)
def test_anything_is_read_or_refused(schema: Any) -> None:
    with contextlib.suppress(RequestError):
        parse(schema)


_NAMES = st.sampled_from(
    [
        "label", "labels", "mask", "masks", "mask_url", "url", "bbox", "boxes", "x", "y", "x_min",
        "y_min", "x_max", "y_max", "w", "h", "score", "area", "polygon", "polygons", "rle", "size",
        "counts", "path", "id", "class_id", "count", "center", "is_thing", "kind", "mode", "width",
        "height", "cars", "people", "dogs", "results", "segments", "price", "found", "session_id",
    ]
)  # fmt: skip
_WORDS = st.sampled_from(["in pixels", "percent", "base64", "[0, 1]", "rle", "one of: a, b", ""])
_LEAVES = st.fixed_dictionaries(
    {"type": st.sampled_from(["number", "integer", "boolean", "null"])},
    optional={"maximum": st.sampled_from([1, 100, 1000]), "description": _WORDS},
) | st.fixed_dictionaries(
    {"type": st.just("string")},
    optional={
        "enum": st.lists(st.sampled_from(["car", "thing", "stuff", "semantic"]), min_size=1),
        "description": _WORDS,
    },
)


def _objects(below: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(_NAMES, below, max_size=5)
    return properties.flatmap(
        lambda fields: st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.just(fields),
                "required": st.just([]) if not fields else st.lists(st.sampled_from([*fields])),
            },
            optional={"additionalProperties": st.booleans() | below},
        )
    )


_SCHEMAS = st.recursive(
    _LEAVES,
    lambda below: (
        _objects(below)
        | st.fixed_dictionaries({"type": st.just("array"), "items": below})
        | st.fixed_dictionaries({"type": st.just("array"), "items": below, "maxItems": st.just(2)})
        | st.fixed_dictionaries({"anyOf": st.lists(below, min_size=1, max_size=3)})
    ),
    max_leaves=12,
)


@settings(max_examples=400)
@given(_SCHEMAS, st.sampled_from(["instance", "semantic", "panoptic"]), st.booleans())
def test_any_schema_is_filled_validly_or_refused(schema: Any, mode: Mode, is_empty: bool) -> None:
    """`answer` validates what comes by the schema itself."""
    with contextlib.suppress(RequestError, NothingThereError):
        answer(schema, mode, () if is_empty else CARS_AND_A_PERSON)
