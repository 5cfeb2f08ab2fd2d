"""OpenAI's client in its newest release, against real models and real photos."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import httpx
import numpy as np
import pytest
from pydantic import BaseModel, Field

from tests.server.pictures import mask_at
from tests.server.running import Running, running

openai = pytest.importorskip("openai", reason="needs OpenAI's client: pip install openai")

Photo = Callable[[str], Path]
KEY = "a-key-of-thirty-two-characters-0"


class SegmentationMask(BaseModel):
    label: str
    mask_url: str


class Segmentations(BaseModel):
    segmentations: list[SegmentationMask]


FLAT = {"type": "json_schema", "schema": Segmentations.model_json_schema()}
NESTED = {
    "type": "json_schema",
    "json_schema": {
        "name": "segmentations",
        "schema": Segmentations.model_json_schema(),
        "strict": True,
    },
}


def client_of(server: Running, **more: Any) -> Any:
    http_client = httpx.Client(trust_env=False, timeout=60)
    return openai.OpenAI(
        base_url=f"{server.url}/v1/openai", api_key=KEY, http_client=http_client, **more
    )


@pytest.fixture
def client(server: Running) -> Iterator[Any]:
    with client_of(server) as made:
        yield made


def asked(text: str, photo: Path) -> list[dict[str, Any]]:
    data = base64.b64encode(photo.read_bytes()).decode()
    return [
        {"role": "system", "content": "You are a careful assistant."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": text},
                {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{data}"}},
            ],
        },
    ]


@pytest.mark.parametrize("form", [FLAT, NESTED], ids=["flat", "nested"])
def test_create(client: Any, photo: Photo, needs_coco: None, form: Any) -> None:
    completion = client.chat.completions.create(
        model="vlm-agent-1",
        messages=asked("Segment the bus in this image", photo("bus.jpg")),
        response_format=form,
    )
    assert completion.choices[0].finish_reason == "stop"
    found = Segmentations.model_validate_json(completion.choices[0].message.content)
    (bus,) = found.segmentations
    assert bus.label == "bus"
    mask = mask_at(bus.mask_url)
    assert mask.shape == (1080, 810)
    assert set(np.unique(mask)) == {0, 255}
    # By eye: it covers a good third of the picture, and its middle.
    assert 0.2 < (mask > 0).mean() < 0.6
    assert mask[450:600, 300:600].mean() > 150


def test_parse(client: Any, photo: Photo) -> None:
    class Box(BaseModel):
        x_min: float
        y_min: float
        x_max: float
        y_max: float

    class Face(BaseModel):
        label: Literal["face", "hand"]
        score: float = Field(ge=0, le=1)
        bbox: Box
        mask_url: str

    class Faces(BaseModel):
        width: int
        height: int
        faces: list[Face]

    completion = client.chat.completions.parse(
        model="auto",
        messages=asked("Segment each face", photo("zidane.jpg")),
        response_format=Faces,
    )
    parsed = completion.choices[0].message.parsed
    assert (parsed.width, parsed.height) == (1280, 720)
    assert [face.label for face in parsed.faces] == ["face", "face"]
    for face in parsed.faces:
        rows, columns = np.nonzero(mask_at(face.mask_url))
        box = [columns.min() / 1280, rows.min() / 720]
        box += [(columns.max() + 1) / 1280, (rows.max() + 1) / 720]
        told = [face.bbox.x_min, face.bbox.y_min, face.bbox.x_max, face.bbox.y_max]
        assert told == pytest.approx(box, abs=1e-5)


def test_parse_of_a_refusal(client: Any, photo: Photo) -> None:
    message = (
        client.chat.completions.parse(
            model="auto",
            messages=asked("Segment the unicorn", photo("zidane.jpg")),
            response_format=Segmentations,
        )
        .choices[0]
        .message
    )
    assert message.parsed is None
    assert "“unicorn”" in message.refusal


def test_streaming(client: Any, photo: Photo) -> None:
    stream = client.chat.completions.create(
        model="auto",
        messages=asked("Segment each face", photo("zidane.jpg")),
        response_format=FLAT,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].usage.total_tokens == 0
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert len(Segmentations.model_validate_json(text).segmentations) == 2
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"


def test_the_streaming_helper(client: Any, photo: Photo) -> None:
    with client.chat.completions.stream(
        model="auto",
        messages=asked("Segment each face", photo("zidane.jpg")),
        response_format=Segmentations,
    ) as stream:
        kinds = [event.type for event in stream]
        completion = stream.get_final_completion()
    assert "content.delta" in kinds
    assert len(completion.choices[0].message.parsed.segmentations) == 2


def test_semantic_maps(client: Any, photo: Photo, needs_coco: None) -> None:
    completion = client.chat.completions.create(
        model="auto", messages=asked("semantic segmentation: person, bus", photo("bus.jpg"))
    )
    found = json.loads(completion.choices[0].message.content)
    assert [(each["id"], each["label"]) for each in found["segmentations"]] == [
        (1, "person"),
        (2, "bus"),
    ]
    assert set(np.unique(mask_at(found["mask_url"]))) == {0, 1, 2}


def test_panoptic_maps_of_things(client: Any, photo: Photo, needs_coco: None) -> None:
    completion = client.chat.completions.create(
        model="auto",
        messages=asked("panoptic segmentation of people and buses", photo("bus.jpg")),
    )
    found = json.loads(completion.choices[0].message.content)
    ids = {each["id"] for each in found["segmentations"]}
    assert len(ids) >= 3
    assert set(np.unique(mask_at(found["mask_url"]))) == ids | {0}
    assert {each["is_thing"] for each in found["segmentations"]} == {True}


def test_what_is_left_out(client: Any, photo: Photo, needs_coco: None) -> None:
    completion = client.chat.completions.create(
        model="auto", messages=asked("Segment all vehicles except the bus", photo("bus.jpg"))
    )
    labels = {
        each["label"] for each in json.loads(completion.choices[0].message.content)["segmentations"]
    }
    assert "bus" not in labels


def test_errors_are_the_clients_own(server: Running, photo: Photo) -> None:
    calls: list[int] = []
    http_client = httpx.Client(
        trust_env=False, event_hooks={"response": [lambda r: calls.append(r.status_code)]}
    )
    with client_of(server).with_options(http_client=http_client) as client:
        messages = asked("Segment each face", photo("zidane.jpg"))
        with pytest.raises(openai.BadRequestError) as bad:
            client.chat.completions.create(
                model="auto",
                messages=messages,
                response_format={"type": "json_schema", "schema": {"type": "string"}},
            )
        assert bad.value.code == "unfillable_schema"
        assert bad.value.param == "response_format"
        with pytest.raises(openai.NotFoundError) as missing:
            client.chat.completions.create(model="gpt-4o", messages=messages)
        assert missing.value.code == "model_not_found"
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve("gpt-4o")
        assert calls == [400, 404, 404]  # none was tried again
        assert "person" in [model.id for model in client.models.list()]


def test_keys_are_the_clients_own(photo: Photo) -> None:
    with (
        running(api={"keys": [KEY]}) as locked,
        client_of(locked).with_options(api_key="wrong") as client,
        pytest.raises(openai.AuthenticationError) as denied,
    ):
        client.chat.completions.create(
            model="auto", messages=asked("Segment the person", photo("zidane.jpg"))
        )
    assert denied.value.code == "invalid_api_key"


def test_rates_are_the_clients_own() -> None:
    with (
        running(api={"requests_per_minute": 1}) as slow,
        client_of(slow, max_retries=0) as client,
        pytest.raises(openai.RateLimitError) as limited,
    ):
        for _ in range(5):
            client.models.list()
    assert int(limited.value.response.headers["retry-after"]) >= 1
