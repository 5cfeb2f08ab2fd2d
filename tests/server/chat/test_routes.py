"""The routes, byte by byte, with fake models: bodies, statuses, events."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from rtseg.errors import BackendError, StorageError
from rtseg.models import Answer, Instance, ModelInfo, Request
from rtseg.types import Prompt
from tests.engine.fakes import (
    PERSON,
    TOUCH,
    FakeSegmenter,
    bright_pixels,
    bright_things,
    entry_of,
    store_of,
)
from tests.server.pictures import caller, data_uri, mask_at, until
from tests.server.running import Running, running

WIDGETS = ModelInfo("widgets", "fake", "Apache-2.0", ("widget",), "cpu")
PATH = "/v1/openai/chat/completions"
KEY = "a-key-of-thirty-two-characters-0"


def widgets(request: Request) -> Answer:
    """Every bright part is a widget, and the model takes widgets for nothing else."""
    found = bright_things(request).instances
    return Answer(tuple(replace(one, label="widget") for one in found))


def picture(*columns: int) -> str:
    """A data URI of a dark picture with a bright square at each of these columns."""
    image = np.full((90, 160, 3), 30, np.uint8)
    for x in columns:
        image[20:60, x : x + 40] = 220
    return data_uri(image)


def body(text: str, *, image: str = "", **more: Any) -> dict[str, Any]:
    parts = [
        {"type": "text", "text": text},
        {"type": "image_url", "image_url": {"url": image or picture(10, 100)}},
    ]
    return {"model": "vlm-agent-1", "messages": [{"role": "user", "content": parts}], **more}


def serve(
    tmp_path: Path, answer: Callable[[Request], Answer] = bright_pixels, **sections: Any
) -> Any:
    def load(name: str) -> FakeSegmenter:
        if name == "widgets":
            return FakeSegmenter(widgets, info=WIDGETS)
        return FakeSegmenter(answer, info=PERSON)

    store = store_of(entry_of(TOUCH), entry_of(PERSON), entry_of(WIDGETS))
    sections.setdefault("masks", {"folder": str(tmp_path / "masks")})
    return running(load, store, **sections)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    with serve(tmp_path) as running_server:
        yield running_server


def post(server: Running, content: Any) -> httpx.Response:
    url = server.url + PATH
    headers = {"Content-Type": "application/json"}
    written = json.dumps(content).encode()
    return httpx.post(url, content=written, headers=headers, trust_env=False, timeout=30)


def content_of(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return json.loads(response.json()["choices"][0]["message"]["content"])


def test_a_completion(server: Running) -> None:
    response = post(server, body("Segment all the widgets")).json()
    assert response["id"].startswith("chatcmpl-")
    assert response["object"] == "chat.completion"
    assert response["model"] == "vlm-agent-1"
    assert isinstance(response["created"], int)
    assert response["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert len(response["session_id"]) >= 16
    (choice,) = response["choices"]
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, "stop", None)
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["refusal"] is None
    assert response["rtseg"] == {
        "mode": "instance",
        "everything": False,
        "phrases": ["widgets"],
        "left_out": [],
        "models": ["widgets"],
    }
    found = json.loads(choice["message"]["content"])["segmentations"]
    assert [each["label"] for each in found] == ["widget", "widget"]
    for each, x in zip(found, (10, 100), strict=True):
        mask = mask_at(each["mask_url"])
        expected = np.zeros((90, 160), np.uint8)
        expected[20:60, x : x + 40] = 255
        assert np.array_equal(mask, expected)


def test_nothing_found_is_an_empty_list(server: Running) -> None:
    nothing = body("the widgets", image=picture())
    assert content_of(post(server, nothing)) == {"segmentations": []}


def test_semantic_and_panoptic_maps(server: Running) -> None:
    semantic = content_of(post(server, body("semantic segmentation: widgets")))
    assert semantic["segmentations"] == [
        {"id": 1, "label": "widget", "mask_url": semantic["mask_url"]}
    ]
    assert set(np.unique(mask_at(semantic["mask_url"]))) == {0, 1}
    panoptic = content_of(post(server, body("panoptic segmentation of widgets")))
    assert [(each["id"], each["is_thing"]) for each in panoptic["segmentations"]] == [
        (1, True),
        (2, True),
    ]
    assert set(np.unique(mask_at(panoptic["mask_url"]))) == {0, 1, 2}


def test_a_refusal(server: Running) -> None:
    response = post(server, body("Segment the unicorn")).json()
    message = response["choices"][0]["message"]
    assert message["content"] is None
    assert "“unicorn”" in message["refusal"]
    assert "You can ask for: person, widget." in message["refusal"]
    assert response["choices"][0]["finish_reason"] == "stop"


def test_nothing_found_for_a_schema_with_room_for_one_is_a_refusal(server: Running) -> None:
    fields = {"label": {"type": "string"}, "mask_url": {"type": "string"}}
    schema = {"type": "object", "properties": fields, "required": [*fields]}
    wanted = body(
        "the widget", image=picture(), response_format={"type": "json_schema", "schema": schema}
    )
    message = post(server, wanted).json()["choices"][0]["message"]
    assert "I looked, and it is not there" in message["refusal"]


@pytest.mark.parametrize(
    ("change", "status", "code", "param"),
    [
        ({"messages": []}, 400, "invalid_request", "messages"),
        ({"messages": "x"}, 400, "invalid_request", "messages"),
        ({"messages": [{"role": "user", "content": "cars"}]}, 400, "no_image", "messages"),
        ({"model": "gpt-4o"}, 404, "model_not_found", "model"),
        ({"n": 2}, 400, "unsupported_value", "n"),
        ({"tool_choice": "required"}, 400, "unsupported_value", "tool_choice"),
        ({"modalities": ["audio"]}, 400, "unsupported_value", "modalities"),
        ({"response_format": {"type": "xml"}}, 400, "invalid_request", "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, 400, "invalid_request", "response_format"),
        (
            {"response_format": {"type": "json_schema", "schema": {"type": "string"}}},
            400,
            "unfillable_schema",
            "response_format",
        ),
        (
            {"response_format": {"type": "json_schema", "schema": {"$ref": "#"}}},
            400,
            "unsupported_schema",
            "response_format",
        ),
    ],
)
def test_errors_are_openais(
    server: Running, change: dict[str, Any], status: int, code: str, param: str
) -> None:
    response = post(server, body("the widgets") | change)
    assert response.status_code == status
    error = response.json()["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert error["type"] == "invalid_request_error"
    assert error["message"]


def test_a_schema_that_cannot_be_filled_is_told_before_any_model_looks(tmp_path: Path) -> None:
    asked: list[Request] = []

    def note(request: Request) -> Answer:
        asked.append(request)
        return Answer(())

    fields = {"label": {"type": "string"}, "price": {"type": "number"}}
    line = {"type": "object", "properties": fields, "required": [*fields]}
    form = {"type": "json_schema", "schema": {"type": "array", "items": line}}
    with serve(tmp_path, note) as server:
        response = post(server, body("the person", response_format=form))
        assert response.json()["error"]["code"] == "unfillable_schema"
        assert "[].price" in response.json()["error"]["message"]
        assert not asked
        assert content_of(post(server, body("the person"))) == {"segmentations": []}
        assert len(asked) == 1


def test_a_whole_scene(tmp_path: Path) -> None:
    info = ModelInfo("scenes", "fake", "Apache-2.0", ("widget", "sky"), "cpu")

    def things_and_sky(request: Request) -> Answer:
        names = [prompt.text for prompt in request.prompts]
        dark = request.image[..., 0] < 127
        found = [
            replace(one, prompt=names.index("widget"), label="widget")
            for one in bright_things(replace(request, prompts=request.prompts[:1])).instances
        ]
        return Answer((*found, Instance(names.index("sky"), "sky", 0.8, dark)))

    entry = replace(entry_of(info), stuff=frozenset({"sky"}))
    with running(
        lambda _: FakeSegmenter(things_and_sky, info=info),
        store_of(entry_of(TOUCH), entry),
        masks={"folder": str(tmp_path / "masks")},
        models={"default_prompts": ["widget"]},
    ) as server:
        found = content_of(post(server, body("panoptic segmentation of this scene")))
    table = {each["id"]: (each["label"], each["is_thing"]) for each in found["segmentations"]}
    assert table == {1: ("widget", True), 2: ("widget", True), 3: ("sky", False)}


def test_everything_is_as_many_words_as_models_know(tmp_path: Path) -> None:
    """More of them than a session may have prompts: they cost one run."""
    words = tuple(f"thing {n}" for n in range(80))
    info = ModelInfo("words", "fake", "Apache-2.0", words, "cpu")
    asked: list[Request] = []

    def one(request: Request) -> Answer:
        asked.append(request)
        place = request.prompts.index(Prompt("thing 70"))
        (found, *_) = bright_pixels(request).instances
        return Answer((replace(found, prompt=place, label="thing 70"),))

    with running(
        lambda _: FakeSegmenter(one, info=info),
        store_of(entry_of(TOUCH), entry_of(info)),
        models={"default_prompts": ["thing 1"]},
    ) as server:
        found = content_of(post(server, body("Segment everything")))
        assert [each["label"] for each in found["segmentations"]] == ["thing 70"]
        (request,) = asked
        assert len(request.prompts) == len(words)


def test_halves_of_characters(server: Running) -> None:
    """JSON writes them as escapes; nothing that is sent back may hold them."""
    refused = post(server, body("Segment the \ud800unicorn"))
    assert refused.status_code == 400
    assert refused.json()["error"]["type"] == "invalid_request_error"
    fields = {"label": {"type": "string"}, "\udfff": {"type": "string"}}
    form = {"type": "json_schema", "schema": {"type": "object", "properties": fields}}
    for more in ({"response_format": form}, {"model": "vlm\ud800"}, {"messages": ["\ud800"]}):
        assert post(server, body("the widgets") | more).status_code == 400


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,AAAA", "http://127.0.0.1/x.png", "file:///etc/passwd", "x"]
)
def test_pictures_that_cannot_be_had(server: Running, url: str) -> None:
    response = post(server, body("the widgets", image=url))
    assert 400 <= response.status_code < 500
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_what_steers_a_language_model_makes_no_difference(server: Running) -> None:
    extra = {
        "temperature": 2,
        "max_tokens": 5,
        "top_p": 0.1,
        "seed": 3,
        "stop": ["a"],
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "tool_choice": "auto",
        "logprobs": True,
        "user": "me",
        "skills": [],
        "n": 1,
        "response_format": {"type": "json_object"},
    }
    assert len(content_of(post(server, body("the widgets", **extra)))["segmentations"]) == 2


def test_a_failing_model_and_a_full_disk_are_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Request) -> Answer:
        raise BackendError("the device is gone")

    with serve(tmp_path, fail) as server:
        response = post(server, body("the person"))
        assert response.status_code == 503
        assert response.headers["retry-after"]
        error = response.json()["error"]
        assert (error["type"], error["code"]) == ("server_error", "model_failed")
        assert "the device is gone" in error["message"]

        async def full(*_: object, **__: object) -> str:
            raise StorageError("the disk is full")

        monkeypatch.setattr(server.app.state.masks, "publish", full)
        response = post(server, body("the widgets"))
        assert response.status_code == 503
        assert response.json()["error"]["code"] == "storage_failed"


@pytest.mark.parametrize("is_stream", [True, False])
def test_a_client_that_leaves_while_its_picture_is_fetched(tmp_path: Path, is_stream: bool) -> None:
    api = {"allow_http": True, "allow_private_addresses": True, "fetch_ports": ()}
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        serve(tmp_path, api=api | {"fetch_timeout_s": 600}) as server,
        caller(server, timeout_s=0.3) as hasty,
    ):
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/cat.jpg"
        with pytest.raises(httpx.ReadTimeout):
            hasty.post(PATH, json=body("the widgets", image=url, stream=is_stream))
        gone = f'rtseg_image_request_seconds_count{{route="{PATH}",status="499"}}'
        until(lambda: server.metrics().get(gone) == 1)
        assert server.app.state.pictures.in_work == 0


def events(server: Running, content: dict[str, Any]) -> list[dict[str, Any]]:
    url = server.url + PATH
    with httpx.stream("POST", url, json=content, trust_env=False, timeout=30) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]" or "error" in lines[-1]
    return [json.loads(line[6:]) for line in lines if line != "data: [DONE]"]


def test_a_stream(server: Running) -> None:
    whole = content_of(post(server, body("the widgets")))
    found = events(server, body("the widgets", stream=True))
    assert found[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert found[-1]["choices"][0] == {
        "index": 0,
        "delta": {},
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert {each["object"] for each in found} == {"chat.completion.chunk"}
    assert len({each["id"] for each in found}) == 1
    pieces = [each["choices"][0]["delta"].get("content", "") for each in found]
    streamed = json.loads("".join(pieces))
    labels = [each["label"] for each in streamed["segmentations"]]
    assert labels == [each["label"] for each in whole["segmentations"]]
    assert sum("/v1/masks/" in piece for piece in pieces) == 2  # a piece for each object


def test_a_stream_with_usage(server: Running) -> None:
    found = events(server, body("the widgets", stream=True, stream_options={"include_usage": True}))
    assert found[-1]["choices"] == []
    assert found[-1]["usage"]["total_tokens"] == 0
    assert all(each["usage"] is None for each in found[:-1])


def test_a_refusal_in_a_stream(server: Running) -> None:
    found = events(server, body("the unicorn", stream=True))
    refusals = [each["choices"][0]["delta"].get("refusal", "") for each in found]
    assert "“unicorn”" in "".join(refusals)
    assert found[-1]["choices"][0]["finish_reason"] == "stop"


def test_what_is_wrong_with_a_request_is_told_before_the_stream_begins(server: Running) -> None:
    wrong = body("the widgets", stream=True, model="gpt-4o")
    assert post(server, wrong).status_code == 404


def test_an_error_after_the_stream_began(tmp_path: Path) -> None:
    def fail(_: Request) -> Answer:
        raise BackendError("the device is gone")

    with serve(tmp_path, fail) as server:
        found = events(server, body("the person", stream=True))
        assert found[-1]["error"]["code"] == "model_failed"
        assert found[-1]["error"]["type"] == "server_error"


def test_models(server: Running) -> None:
    listed = httpx.get(f"{server.url}/v1/openai/models", trust_env=False).json()
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]] == ["auto", "touch", "person", "widgets"]
    one = httpx.get(f"{server.url}/v1/openai/models/person", trust_env=False).json()
    assert one in listed["data"]
    missing = httpx.get(f"{server.url}/v1/openai/models/owner/none", trust_env=False)
    assert missing.status_code == 404
    assert missing.json()["error"]["code"] == "model_not_found"


def test_keys_and_rates(tmp_path: Path) -> None:
    with serve(tmp_path, api={"keys": [KEY], "requests_per_minute": 2}) as server:
        for path in ("/v1/health", "/v1/openai/models"):
            denied = httpx.get(server.url + path, trust_env=False)
            assert denied.status_code == 401
            assert denied.json()["error"]["type"] == "authentication_error"
        headers = {"Authorization": f"Bearer {KEY}"}
        assert post(server, body("the widgets")).status_code == 401
        statuses = [
            httpx.get(f"{server.url}/v1/health", headers=headers, trust_env=False) for _ in range(4)
        ]
        assert statuses[0].status_code == 200
        assert statuses[-1].status_code == 429
        assert statuses[-1].json()["error"]["type"] == "rate_limit_error"
        assert int(statuses[-1].headers["retry-after"]) >= 1


def test_health(server: Running) -> None:
    assert httpx.get(f"{server.url}/v1/health", trust_env=False).json() == {"status": "ok"}
