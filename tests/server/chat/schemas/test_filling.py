"""Answers in schemas as people write them; each is valid by its schema (see `scenes.answer`)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from pydantic import BaseModel, Field, RootModel

from rtseg.geometry import rle
from rtseg.server.chat.errors import RequestError
from rtseg.server.chat.schemas.entries import NothingThereError
from rtseg.server.chat.schemas.structure import labels_in
from rtseg.server.chat.schemas.tree import parse
from tests.server.chat.scenes import CARS_AND_A_PERSON, SHAPE, answer, box


class SegmentationMask(BaseModel):
    label: str
    mask_url: str


class Segmentations(BaseModel):
    segmentations: list[SegmentationMask]


CAR, OTHER_CAR, PERSON = (
    {"label": "car", "mask_url": "url car 1500"},
    {"label": "car", "mask_url": "url car 2400"},
    {"label": "person", "mask_url": "url person 1600"},
)


def test_the_schema_of_the_services_page() -> None:
    assert answer(Segmentations) == {"segmentations": [CAR, OTHER_CAR, PERSON]}
    assert answer(Segmentations, objects=()) == {"segmentations": []}


def field(kind: Any, **says: Any) -> Any:
    """The value of one field of the first car, of this type and with these words."""
    name = says.pop("name", "it")
    schema = {
        "type": "object",
        "properties": {
            "objects": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"label": {"type": "string"}, name: {**kind, **says}},
                    "required": ["label", name],
                },
            }
        },
        "required": ["objects"],
    }
    return answer(schema)["objects"][0][name]


NUMBER, WHOLE, TEXT = {"type": "number"}, {"type": "integer"}, {"type": "string"}
FOUR = {"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 4}
FOUR_WHOLE = {"type": "array", "items": WHOLE, "minItems": 4, "maxItems": 4}
PAIR = {"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}


def box_of(*names: str, leaf: dict[str, Any] = NUMBER) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict.fromkeys(names, leaf),
        "required": list(names),
        "additionalProperties": False,
    }


@pytest.mark.parametrize("name", ["label", "name", "class", "category", "class_name", "objectType"])
def test_labels(name: str) -> None:
    assert field(TEXT, name=name) == "car"


@pytest.mark.parametrize(
    "name", ["mask", "mask_url", "maskUrl", "url", "segmentation_mask", "mask_uri", "mask_png"]
)
def test_masks(name: str) -> None:
    assert field(TEXT, name=name) == "url car 1500"


@pytest.mark.parametrize(
    ("says", "form"),
    [
        ({"name": "mask_base64"}, "base64"),
        ({"name": "mask", "description": "base64 encoded PNG"}, "base64"),
        ({"name": "mask", "description": "data URI of the mask"}, "data_uri"),
        ({"name": "picture", "description": "pre-signed URL of a PNG mask"}, "url"),
    ],
)
def test_masks_in_other_forms(says: dict[str, str], form: str) -> None:
    assert field(TEXT, **says) == f"{form} car 1500"


@pytest.mark.parametrize(
    ("kind", "says", "expected"),
    [
        (FOUR, {"name": "bbox"}, [0.05, 0.2, 0.3, 0.5]),
        (FOUR, {"name": "xywh"}, [0.05, 0.2, 0.25, 0.3]),
        (FOUR, {"name": "bbox", "description": "x, y, width, height"}, [0.05, 0.2, 0.25, 0.3]),
        (FOUR, {"name": "box", "description": "in pixels"}, [10, 20, 60, 50]),
        (FOUR, {"name": "box", "description": "normalized, not pixels"}, [0.05, 0.2, 0.3, 0.5]),
        (FOUR, {"name": "box", "description": "cxcywh"}, [0.175, 0.35, 0.25, 0.3]),
        (FOUR_WHOLE, {"name": "bbox"}, [10, 20, 60, 50]),
        (FOUR_WHOLE, {"name": "box_2d"}, [200, 50, 500, 300]),
        (FOUR_WHOLE, {"name": "bbox", "description": "xyxy, 0 to 1000"}, [50, 200, 300, 500]),
        (FOUR, {"name": "where", "description": "the bounding box"}, [0.05, 0.2, 0.3, 0.5]),
    ],
)
def test_boxes_as_lists(kind: Any, says: dict[str, str], expected: list[float]) -> None:
    assert field(kind, **says) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("names", "leaf", "expected"),
    [
        ("x_min y_min x_max y_max", NUMBER, [0.05, 0.2, 0.3, 0.5]),
        ("xmin ymin xmax ymax", WHOLE, [10, 20, 60, 50]),
        ("x1 y1 x2 y2", NUMBER, [0.05, 0.2, 0.3, 0.5]),
        ("x0 y0 x1 y1", NUMBER, [0.05, 0.2, 0.3, 0.5]),
        ("left top right bottom", NUMBER, [0.05, 0.2, 0.3, 0.5]),
        ("left top width height", NUMBER, [0.05, 0.2, 0.25, 0.3]),
        ("x y w h", NUMBER, [0.05, 0.2, 0.25, 0.3]),
        ("x y width height", WHOLE, [10, 20, 50, 30]),
        ("cx cy w h", NUMBER, [0.175, 0.35, 0.25, 0.3]),
        ("xMin yMin xMax yMax", NUMBER, [0.05, 0.2, 0.3, 0.5]),
    ],
)
def test_boxes_as_objects(names: str, leaf: Any, expected: list[float]) -> None:
    found = field(box_of(*names.split(), leaf=leaf), name="bbox")
    assert list(found.values()) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "says", "expected"),
    [
        (NUMBER, {"name": "score"}, 0.9),
        (NUMBER, {"name": "confidence_score"}, 0.9),
        (NUMBER, {"name": "confidence", "description": "in percent"}, 90),
        (WHOLE, {"name": "confidence", "maximum": 100}, 90),
        (TEXT, {"name": "confidence"}, "0.9"),
        (WHOLE, {"name": "area"}, 1500),
        (NUMBER, {"name": "area_px"}, 1500),
        (NUMBER, {"name": "area", "maximum": 1}, 0.075),
        (NUMBER, {"name": "area_fraction"}, 0.075),
        (NUMBER, {"name": "coverage", "description": "percent of the image"}, 7.5),
        (WHOLE, {"name": "id"}, 1),
        (TEXT, {"name": "instance_id"}, "1"),
        (WHOLE, {"name": "class_id"}, 1),
        (PAIR, {"name": "center"}, [0.175, 0.35]),
        (box_of("x", "y", leaf=WHOLE), {"name": "centroid"}, {"x": 35, "y": 35}),
        (TEXT, {"name": "model"}, "yolo"),
        ({"type": "boolean"}, {"name": "is_thing"}, True),
        ({"enum": ["thing", "stuff"]}, {"name": "kind"}, "thing"),
        ({"const": "segment"}, {"name": "kind"}, "segment"),
        (WHOLE, {"name": "image_width"}, 200),
    ],
)
def test_numbers_and_the_like(kind: Any, says: dict[str, Any], expected: Any) -> None:
    found = field(kind, **says)
    assert found == (expected if isinstance(expected, str | dict) else pytest.approx(expected))


CORNERS = {(0.05, 0.2), (0.05, 0.5), (0.3, 0.5), (0.3, 0.2)}


def test_polygons_of_any_depth() -> None:
    points = field({"type": "array", "items": PAIR}, name="polygon")
    assert {tuple(point) for point in points} == CORNERS
    flat = field({"type": "array", "items": NUMBER}, name="polygon")
    assert set(zip(flat[::2], flat[1::2], strict=True)) == CORNERS
    rings = field({"type": "array", "items": {"type": "array", "items": NUMBER}}, name="polygons")
    assert rings == [flat]
    deep = {"type": "array", "items": {"type": "array", "items": PAIR}}
    assert field(deep, name="polygons") == [points]
    named = field({"type": "array", "items": box_of("x", "y")}, name="outline")
    assert {(point["x"], point["y"]) for point in named} == CORNERS
    assert field({"type": "array", "items": {"type": "array", "items": WHOLE}}, name="polygon")
    (coco,) = field(
        {"type": "array", "items": {"type": "array", "items": NUMBER}}, name="segmentation"
    )
    assert set(zip(coco[::2], coco[1::2], strict=True)) == {(10, 20), (10, 50), (60, 50), (60, 20)}


def test_run_lengths() -> None:
    mask = CARS_AND_A_PERSON[0].mask
    schema = {
        "type": "object",
        "properties": {"size": {"type": "array", "items": WHOLE}, "counts": TEXT},
        "required": ["size", "counts"],
    }
    for name in ("rle", "mask", "segmentation"):
        found = field(schema, name=name)
        assert np.array_equal(rle.decode(rle.Rle(tuple(found["size"]), found["counts"])), mask)
    assert field({"type": "object"}, name="rle") == rle.encode(mask).as_json()
    assert field(TEXT, name="rle") == rle.encode(mask).counts
    listed = field({"type": "array", "items": WHOLE}, name="counts")
    assert sum(listed) == SHAPE[0] * SHAPE[1]
    assert sum(listed[1::2]) == 1500


def test_paths() -> None:
    assert field(TEXT, name="svg_path").startswith("M ")


class ImageRef(BaseModel):
    id: str = Field(..., pattern=r"^img_\w{6}$")


def test_artifacts() -> None:
    class Segment(BaseModel):
        label: str
        mask: ImageRef

    class Answer(BaseModel):
        segments: list[Segment]

    assert answer(Answer)["segments"][0] == {"label": "car", "mask": {"id": "img_abc123"}}


def test_optional_fields_that_cannot_be_filled_are_left_out() -> None:
    class Segment(SegmentationMask):
        colour: str | None = None
        price: float = 3.0
        notes: str | None

    class Answer(BaseModel):
        segments: list[Segment]
        reasoning: str | None = None

    found = answer(Answer)
    assert found["segments"][0] == CAR | {"colour": None, "notes": None} or found["segments"][
        0
    ] == CAR | {"notes": None}
    assert "reasoning" not in found or found["reasoning"] is None


@pytest.mark.parametrize(
    ("extra", "path"),
    [
        ({"price": (float, ...)}, "items[].price"),
        ({"description": (str, ...)}, "items[].description"),
        ({"depth_map": (list[list[float]], ...)}, "items[].depth_map"),
    ],
)
def test_what_cannot_be_filled_is_named(extra: dict[str, Any], path: str) -> None:
    from pydantic import create_model

    item = create_model("Item", __base__=SegmentationMask, **extra)
    model = create_model("Answer", items=(list[item], ...))  # type: ignore[valid-type]
    for objects in (CARS_AND_A_PERSON, ()):
        with pytest.raises(RequestError) as caught:
            answer(model, objects=objects)
        assert (caught.value.code, caught.value.status) == ("unfillable_schema", 400)
        assert path in str(caught.value)
        assert "label, class_id, id, mask" in str(caught.value)


def test_labels_as_the_schema_lists_them() -> None:
    class Segment(BaseModel):
        label: Literal["Vehicle", "Cars", "PERSON"]
        mask_url: str

    class Answer(BaseModel):
        items: list[Segment]

    assert [each["label"] for each in answer(Answer)["items"]] == ["Cars", "Cars", "PERSON"]


def test_what_has_none_of_the_listed_labels_is_left_out() -> None:
    class Segment(BaseModel):
        label: Literal["person", "dog"]
        mask_url: str

    class Answer(BaseModel):
        items: list[Segment]

    assert answer(Answer)["items"] == [PERSON]


def test_by_label() -> None:
    class Listed(RootModel[dict[str, list[SegmentationMask]]]):
        pass

    class Flat(BaseModel):
        masks: dict[str, str]

    assert answer(Listed) == {"car": [CAR, OTHER_CAR], "person": [PERSON]}
    assert answer(Flat) == {"masks": {"car": "url car 3900", "person": "url person 1600"}}


def test_fields_that_are_named_for_what_was_asked() -> None:
    class Answer(BaseModel):
        cars: list[SegmentationMask]
        person: SegmentationMask | None
        dogs: list[SegmentationMask] = []
        num_cars: int
        total: int

    assert answer(Answer) == {
        "cars": [CAR, OTHER_CAR],
        "person": PERSON,
        "dogs": [],
        "num_cars": 2,
        "total": 3,
    }
    empty = answer(Answer, objects=())
    assert empty == {"cars": [], "person": None, "dogs": [], "num_cars": 0, "total": 0}


def test_lists_beside_each_other() -> None:
    class Answer(BaseModel):
        labels: list[str]
        mask_urls: list[str]
        boxes: list[list[float]]
        scores: list[float]

    assert answer(Answer) == {
        "labels": ["car", "car", "person"],
        "mask_urls": ["url car 1500", "url car 2400", "url person 1600"],
        "boxes": [[0.05, 0.2, 0.3, 0.5], [0.5, 0.2, 0.8, 0.6], [0.35, 0.1, 0.45, 0.9]],
        "scores": [0.9, 0.7, 0.8],
    }


def test_labels_alone_stand_once() -> None:
    class Answer(BaseModel):
        labels: list[str]

    assert answer(Answer) == {"labels": ["car", "person"]}


def test_entries_that_are_classes_with_lists_of_objects() -> None:
    class Group(BaseModel):
        label: str
        masks: list[str]
        count: int

    class Answer(BaseModel):
        classes: list[Group]

    assert answer(Answer)["classes"] == [
        {"label": "car", "masks": ["url car 1500", "url car 2400"], "count": 2},
        {"label": "person", "masks": ["url person 1600"], "count": 1},
    ]


def test_one_object_is_the_surest() -> None:
    assert answer(SegmentationMask) == CAR
    with pytest.raises(NothingThereError):
        answer(SegmentationMask, objects=())
    assert (
        answer({"anyOf": [SegmentationMask.model_json_schema(), {"type": "null"}]}, objects=())
        is None
    )


def test_bounds_of_lists() -> None:
    class Two(BaseModel):
        items: list[SegmentationMask] = Field(max_length=2)

    class Four(BaseModel):
        items: list[SegmentationMask] = Field(min_length=4)

    assert answer(Two)["items"] == [CAR, PERSON]  # the surest, in their order
    with pytest.raises(NothingThereError, match="at least 4, and 3"):
        answer(Four)


@pytest.mark.parametrize(
    "schema", [{}, {"type": "object"}, {"type": "object", "additionalProperties": True}]
)
def test_schemas_that_leave_it_open(schema: dict[str, Any]) -> None:
    assert answer(schema) == {"segmentations": [CAR, OTHER_CAR, PERSON]}


def test_a_list_at_the_top() -> None:
    assert answer(RootModel[list[SegmentationMask]]) == [CAR, OTHER_CAR, PERSON]


def test_containers_in_containers() -> None:
    class Size(BaseModel):
        width: int
        height: int

    class Answer(BaseModel):
        image: Size
        result: Segmentations

    assert answer(Answer) == {
        "image": {"width": 200, "height": 100},
        "result": {"segmentations": [CAR, OTHER_CAR, PERSON]},
    }


class Segment(BaseModel):
    id: int
    label: str
    kind: Literal["thing", "stuff"]
    mask_url: str


class Map(BaseModel):
    mask_url: str
    segments: list[Segment]


def test_semantic_maps() -> None:
    found = answer(Map, "semantic")
    assert found["mask_url"] == "url map"
    assert [(each["id"], each["label"], each["mask_url"]) for each in found["segments"]] == [
        (1, "car", "url map"),
        (2, "person", "url map"),
    ]


def test_a_semantic_entry_without_its_pixel_value_has_a_mask_of_its_own() -> None:
    assert answer(Segmentations, "semantic")["segmentations"] == [
        {"label": "car", "mask_url": "url car 3900"},
        PERSON,
    ]


def test_panoptic_maps() -> None:
    found = answer(Map, "panoptic")
    assert found["mask_url"] == "url map"
    assert [(each["id"], each["label"]) for each in found["segments"]] == [
        (1, "car"),
        (2, "car"),
        (3, "person"),
    ]
    assert answer(Segmentations, "panoptic") == {"segmentations": [CAR, OTHER_CAR, PERSON]}


def test_a_class_number_does_not_find_a_segment_in_a_panoptic_map() -> None:
    class Line(BaseModel):
        class_id: int
        mask_url: str

    class Answer(BaseModel):
        lines: list[Line]

    assert [each["mask_url"] for each in answer(Answer, "panoptic")["lines"]] == [
        "url car 1500",
        "url car 2400",
        "url person 1600",
    ]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"enum": ["person", "traffic_light", "other"]}, ("person", "traffic_light")),
        ({"type": "string", "description": "One of: person, car or dog"}, ("person", "car", "dog")),
        ({"type": "string", "description": "The label of the object"}, ()),
        ({"type": "string"}, ()),
    ],
)
def test_what_a_schema_asks_for(label: dict[str, Any], expected: tuple[str, ...]) -> None:
    schema = {
        "type": "object",
        "properties": {
            "items": {
                "type": "array",
                "items": {"type": "object", "properties": {"label": label, "mask_url": TEXT}},
            }
        },
    }
    assert labels_in(parse(schema)) == expected


def test_fields_that_say_what_to_look_for() -> None:
    class Answer(BaseModel):
        cars: list[SegmentationMask]
        traffic_lights: list[SegmentationMask]

    assert labels_in(parse(Answer.model_json_schema())) == ("cars", "traffic lights")
    assert labels_in(parse(Segmentations.model_json_schema())) == ()


@pytest.mark.parametrize(
    "name", ["results", "segmentation_results", "detectedObjects", "all_instances", "mask_list"]
)
def test_fields_that_say_nothing_of_what_is_in_them(name: str) -> None:
    line = SegmentationMask.model_json_schema()
    schema = {"type": "object", "properties": {name: {"type": "array", "items": line}}}
    assert labels_in(parse(schema)) == ()
    assert answer(schema) == {name: [CAR, OTHER_CAR, PERSON]}


def test_the_box_of_a_mask_without_hope_is_not_asked_of_strings() -> None:
    with pytest.raises(RequestError, match="bbox"):
        field({"type": "array", "items": NUMBER, "maxItems": 3}, name="bbox")
    with pytest.raises(RequestError, match="score"):
        field(WHOLE, name="score")


def test_drawn_scenes_are_what_they_say() -> None:
    assert box(10, 20, 60, 50).sum() == CARS_AND_A_PERSON[0].area_px == 1500
