"""`/v1/segment`, `/v1/detect` and `/v1/point` on drawn pictures."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import cv2
import httpx
import numpy as np
import pytest

from rtseg.formats.exporting import FORMATS
from rtseg.geometry import rle
from tests.server.pictures import (
    AROUND_LEFT,
    AROUND_RIGHT,
    BOTH,
    LEFT,
    ON_LEFT,
    ON_RIGHT,
    RIGHT,
    TWO,
    Held,
    caller,
    data_uri,
    squares,
    store,
)
from tests.server.running import Running, running


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    models = Held()
    models.may_outline.set()
    with running(models.load, store()) as server:
        yield server


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with caller(server) as http:
        yield http


def ask(http: httpx.Client, path: str = "/v1/segment", **body: Any) -> dict[str, Any]:
    answer = http.post(path, json={"image_url": TWO, **body})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def refused(http: httpx.Client, path: str = "/v1/segment", **body: Any) -> tuple[int, str, str]:
    answer = http.post(path, json={"image_url": TWO, **body})
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


class TestSegment:
    def test_the_keys_of_the_service_and_those_beside_them(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", stream=False, settings={"temperature": 0.1})
        assert told["path"].startswith("M ")
        assert told["bbox"] == LEFT
        assert (told["label"], told["score"], told["model"]) == ("thing", 0.9, "things")
        assert told["area_px"] == 3600
        assert [one["bbox"] for one in told["instances"]] == [LEFT, RIGHT]
        assert "mask" not in told
        assert "mask" not in told["instances"][0]

    @pytest.mark.parametrize("words", ["", "thing", "unheard-of thing"])
    def test_a_point(self, http: httpx.Client, words: str) -> None:
        told = ask(http, object=words, spatial_refs=[ON_RIGHT])
        assert told["bbox"] == RIGHT
        assert len(told["instances"]) == 1
        assert told["label"] == (words or "object")

    def test_a_box_with_a_point(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", spatial_refs=[AROUND_LEFT, ON_LEFT])
        assert (told["bbox"], len(told["instances"])) == (LEFT, 1)

    @pytest.mark.parametrize("words", ["", "thing"])
    def test_two_boxes_are_two_objects_and_one_path(self, http: httpx.Client, words: str) -> None:
        told = ask(http, object=words, spatial_refs=[AROUND_LEFT, AROUND_RIGHT])
        assert [one["bbox"] for one in told["instances"]] == [LEFT, RIGHT]
        assert [one["prompt"] for one in told["instances"]] == [0, 1]
        assert (told["bbox"], told["area_px"]) == (BOTH, 7200)
        assert told["path"].count("M") == 2

    def test_prompts_of_ones_own(self, http: httpx.Client) -> None:
        off = {"x": ON_LEFT[0], "y": ON_LEFT[1], "positive": False}
        on = {"x": ON_RIGHT[0], "y": ON_RIGHT[1]}
        told = ask(http, prompts=[{"text": "person"}, {"text": "thing", "points": [on, off]}])
        assert [one["prompt"] for one in told["instances"]] == [0, 0, 1]
        assert told["instances"][2]["bbox"] == RIGHT
        assert told["bbox"] == BOTH

    def test_what_is_not_there(self, http: httpx.Client) -> None:
        told = ask(http, image_url=data_uri(squares()), object="thing", mask="rle")
        assert (told["path"], told["bbox"], told["instances"]) == ("", None, [])
        assert (told["label"], told["score"], told["mask"]) == ("thing", 0.0, None)

    def test_no_more_than_are_wanted(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", settings={"max_objects": 1})
        assert [one["bbox"] for one in told["instances"]] == [LEFT]

    @pytest.mark.parametrize(
        "name", ["", "auto", None, "moondream3-preview", "vlm-agent-1", "owner/model@1"]
    )
    def test_the_services_own_models_mean_the_best_here(
        self, http: httpx.Client, name: str | None
    ) -> None:
        assert ask(http, object="thing", model=name)["model"] == "things"
        assert ask(http, object="thing", variant=name)["model"] == "things"

    def test_a_model_by_its_name(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", spatial_refs=[ON_LEFT], model="touch")
        assert told["model"] == "touch"
        status, code, message = refused(http, object="thing", model="person")
        assert (status, code) == (400, "unknown_prompt")
        status, code, message = refused(http, object="thing", model="yolo")
        assert (status, code) == (400, "unknown_model")
        assert "touch, things, person" in message

    @pytest.mark.parametrize("path", ["/v1//segment", "//v1/segment", "/v1///segment"])
    def test_doubled_slashes(self, http: httpx.Client, path: str) -> None:
        answer = http.post(f"{http.base_url}{path}", json={"image_url": TWO, "object": "thing"})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            ({"object": ""}, "object: expected words"),
            ({"object": None}, "object: expected words"),
            ({"object": "thing", "spatial_refs": [[0.5]]}, "spatial_refs[0]: expected [x, y]"),
            ({"object": "thing", "spatial_refs": [[2, 3]]}, "spatial_refs[0]: expected numbers in"),
            ({"object": "thing", "spatial_refs": "no"}, "spatial_refs: Input should be"),
            ({"spatial_refs": [[0.5, 0.5, 0.5, 0.9]]}, "a box with an area"),
            ({"object": "thing", "mask": "gif"}, "body.mask: Input should be 'png'"),
            ({"object": "thing", "format": "gif"}, "format: no format is called 'gif'"),
            ({"object": "thing", "format": "svg", "stream": True}, "leave out stream or format"),
            ({"object": "thing", "settings": {"max_objects": 0}}, "max_objects: Input should be"),
            ({"object": "thing", "prompts": [{"text": "thing"}]}, "expected either prompts or"),
            ({"prompts": [{"points": [{"x": 3, "y": 0}]}]}, "prompts.0.points.0.x"),
            ({"prompts": [{"text": "thing", "points": [{"x": 0, "y": 0, "frame": 7}]}]}, "frame"),
            ({"prompts": [{"text": ""}]}, "expected a prompt of 1 to 200 characters"),
            ({"object": "y" * 300}, "1 to 200 characters"),
            ({"object": "thing", "image_url": 3}, "body.image_url: Input should be"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, http: httpx.Client, body: dict[str, Any], says: str
    ) -> None:
        status, _, message = refused(http, **body)
        assert status == 400
        assert says in message

    def test_a_body_that_does_not_say_that_it_is_json(self, http: httpx.Client) -> None:
        answer = http.post("/v1/segment", content=b'{"object": "thing"}')
        assert "Content-Type: application/json" in answer.json()["error"]["message"]


def test_touches_are_bounded_before_the_picture_is_opened(http: httpx.Client) -> None:
    """Each costs a run of the model."""
    prompts = [{"points": [{"x": 0.1, "y": 0.1}]}] * 33
    status, code, message = refused(http, image_url="no picture", prompts=prompts)
    assert (status, code) == (400, "invalid_request")
    assert "at most 32 prompts, got 33" in message


class TestMasks:
    def test_run_lengths(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", mask="rle")
        mask = rle.decode(rle.Rle((180, 320), told["instances"][1]["mask"]["counts"]))
        assert np.array_equal(mask, squares((200, 50))[..., 0] > 127)
        assert told["mask"] == told["instances"][0]["mask"]

    def test_png(self, http: httpx.Client) -> None:
        boxes = [AROUND_LEFT, AROUND_RIGHT]
        told = ask(http, object="thing", spatial_refs=boxes, mask="png")
        masks = [told["mask"], *(one["mask"] for one in told["instances"])]
        both, left, right = (_pixels(mask) for mask in masks)
        assert np.array_equal(left, np.where(squares((40, 50))[..., 0] > 127, 255, 0))
        assert np.array_equal(both, left | right)

    def test_addresses(self, http: httpx.Client) -> None:
        told = ask(http, object="thing", mask="url")
        right = http.get(told["instances"][1]["mask"])
        assert right.headers["content-type"] == "image/png"
        mask = cv2.imdecode(np.frombuffer(right.content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert mask is not None
        assert np.array_equal(mask > 127, squares((200, 50))[..., 0] > 127)
        assert told["mask"] == told["instances"][0]["mask"]
        boxes = [AROUND_LEFT, AROUND_RIGHT]
        told = ask(http, object="thing", spatial_refs=boxes, mask="url")
        assert len({told["mask"], *(one["mask"] for one in told["instances"])}) == 3


class TestFiles:
    def test_a_format_is_the_file_itself(self, http: httpx.Client) -> None:
        answer = http.post(
            "/v1/segment", json={"image_url": TWO, "object": "thing", "format": "svg"}
        )
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert 'filename="thing.svg"' in answer.headers["content-disposition"]
        assert answer.text.startswith("<svg")

    def test_formats_of_one_suffix_have_names_of_their_own(self, http: httpx.Client) -> None:
        names = set()
        for form in FORMATS:
            answer = http.post(
                "/v1/segment", json={"image_url": TWO, "object": "thing", "format": form}
            )
            names.add(answer.headers["content-disposition"])
        assert len(names) == len(FORMATS)

    def test_names_that_are_not_ascii(self, http: httpx.Client) -> None:
        body = {"object": 'die Tür/\r\n"x"', "spatial_refs": [ON_LEFT], "format": "json"}
        answer = http.post("/v1/segment", json={"image_url": TWO, **body})
        disposition = answer.headers["content-disposition"]
        assert 'filename="die-T_r-x.json"' in disposition
        assert "filename*=UTF-8''die-T%C3%BCr-x.json" in disposition


class TestDetectAndPoint:
    def test_boxes_are_the_detectors(self, http: httpx.Client) -> None:
        told = ask(http, "/v1/detect", object="thing")
        assert [(one["x_min"], one["y_max"]) for one in told["objects"]] == [(0.1, 0.7), (0.6, 0.7)]
        assert told["objects"][0] == {
            "x_min": 0.1, "y_min": 0.2, "x_max": 0.35, "y_max": 0.7, "label": "thing", "score": 0.9,
        }  # fmt: skip

    def test_of_a_touch_it_is_the_box_of_its_mask(self, http: httpx.Client) -> None:
        told = ask(http, "/v1/detect", object="thing", spatial_refs=[ON_RIGHT])
        assert told["objects"] == [{**RIGHT, "label": "thing", "score": 0.9}]

    def test_points_lie_on_the_things(self, http: httpx.Client) -> None:
        told = ask(http, "/v1/point", object="thing")
        assert told["points"][1]["x"] == pytest.approx(230 / 320, abs=0.005)
        assert told["points"][1]["y"] == pytest.approx(80 / 180, abs=0.005)
        (touched,) = ask(http, "/v1/point", object="thing", spatial_refs=[ON_LEFT])["points"]
        assert touched == told["points"][0]

    def test_nothing_is_an_empty_list(self, http: httpx.Client) -> None:
        empty = data_uri(squares())
        assert ask(http, "/v1/detect", image_url=empty, object="thing") == {"objects": []}
        assert ask(http, "/v1/point", image_url=empty, object="thing") == {"points": []}

    def test_no_more_than_are_wanted(self, http: httpx.Client) -> None:
        one = {"max_objects": 1}
        assert len(ask(http, "/v1/detect", object="thing", settings=one)["objects"]) == 1
        assert len(ask(http, "/v1/point", object="thing", settings=one)["points"]) == 1


@pytest.mark.parametrize("path", ["/v1/query", "/v1/caption", "/v1/chat/completions"])
def test_what_rtseg_does_not_do_it_says(http: httpx.Client, path: str) -> None:
    status, code, message = refused(http, path, question="what is this?")
    assert (status, code) == (501, "not_offered")
    assert "/v1/segment" in message


def test_the_document_describes_it(http: httpx.Client) -> None:
    document = http.get("/openapi.json").json()
    operation = document["paths"]["/v1/segment"]["post"]
    content = operation["responses"]["200"]["content"]
    assert set(content) == {"application/json", "text/event-stream"}
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    for example in examples.values():
        answer = http.post("/v1/segment", json=example["value"])
        assert answer.status_code == 200, answer.text


def test_requests_are_counted_by_route_and_status(server: Running, http: httpx.Client) -> None:
    name = 'rtseg_image_request_seconds_count{{route="/v1/{}",status="{}"}}'.format
    before = server.metrics()
    ask(http, "/v1//point", object="thing")
    refused(http, "/v1/point", object="")
    http.post("/v1/points", json={})
    after = server.metrics()
    assert after[name("point", 200)] - before.get(name("point", 200), 0) == 1
    assert after[name("point", 400)] - before.get(name("point", 400), 0) == 1
    assert not any("points" in sample for sample in after)
    for stage in ("open", "look", "outline"):
        assert after[f'rtseg_image_stage_seconds_count{{stage="{stage}"}}'] >= 1


def _pixels(uri: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    head, _, data = uri.partition(",")
    assert head == "data:image/png;base64"
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return np.asarray(pixels, np.uint8)
