"""Answers in parts: what is known leaves at once, and what nobody waits for is left."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from rtseg.errors import BackendError
from rtseg.server.chat import answering
from rtseg.server.moondream import writing
from tests.server.pictures import (
    BOTH,
    LEFT,
    ON_LEFT,
    TWO,
    WAIT_S,
    Held,
    caller,
    data_uri,
    squares,
    store,
    until,
)
from tests.server.running import Running, running

CHAT_PATH = "/v1/openai/chat/completions"
CHAT = {
    "model": "auto",
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Segment every thing"},
                {"type": "image_url", "image_url": {"url": TWO}},
            ],
        }
    ],
}
ASKED = {"image_url": TWO, "object": "thing", "stream": True}


@pytest.fixture
def models() -> Iterator[Held]:
    models = Held()
    yield models
    models.may_outline.set()


@pytest.fixture
def server(models: Held) -> Iterator[Running]:
    with running(models.load, store(), api={"max_waiting": 4}) as server:
        yield server
        models.may_outline.set()


@pytest.fixture
def http(server: Running) -> Iterator[httpx.Client]:
    with caller(server) as http:
        yield http


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    for line in response.iter_lines():
        if line:
            assert line.startswith("data: ")
            yield json.loads(line.removeprefix("data: "))


def test_the_box_leaves_before_there_is_an_outline(models: Held, http: httpx.Client) -> None:
    with http.stream("POST", "/v1/segment", json=ASKED) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-cache"
        assert response.headers["x-accel-buffering"] == "no"
        told = events(response)
        box = next(told)
        assert box == {
            "type": "bbox",
            "bbox": {"x_min": 0.1, "y_min": 0.2, "x_max": 0.35, "y_max": 0.7},
        }
        assert not models.may_outline.is_set()
        models.may_outline.set()
        assert next(told) == {"type": "bbox", "bbox": LEFT}  # the mask's, which is another
        *deltas, final = told
    assert "".join(delta["chunk"] for delta in deltas) == "M 0 0 L 0 1 L 1 1 L 1 0 Z"
    assert all(delta["type"] == "path_delta" and not delta["completed"] for delta in deltas)
    plain = http.post("/v1/segment", json=ASKED | {"stream": False}).json()
    assert final == {"type": "final", **plain, "completed": True}


def test_the_coarse_outline_leaves_while_the_fine_one_is_made(
    models: Held, http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_finish = threading.Event()
    made = writing.answer

    def slow(*args: Any, **options: Any) -> dict[str, Any]:
        assert may_finish.wait(WAIT_S)
        return made(*args, **options)

    monkeypatch.setattr(writing, "answer", slow)
    models.may_outline.set()
    try:
        with http.stream("POST", "/v1/segment", json=ASKED) as response:
            told = events(response)
            while (message := next(told))["type"] != "path_delta":
                pass
            assert message["chunk"].startswith("M ")
            assert not may_finish.is_set()
            may_finish.set()
            assert [message["type"] for message in told] == ["final"]
    finally:
        may_finish.set()


def test_of_a_touch_the_box_comes_with_the_outline(models: Held, http: httpx.Client) -> None:
    models.may_outline.set()
    asked = ASKED | {"spatial_refs": [ON_LEFT]}
    with http.stream("POST", "/v1/segment", json=asked) as response:
        boxes = [message["bbox"] for message in events(response) if message["type"] == "bbox"]
    assert boxes == [LEFT]


def test_several_things_are_one_outline(models: Held, http: httpx.Client) -> None:
    models.may_outline.set()
    asked = ASKED | {"object": "", "spatial_refs": [[0.1, 0.2, 0.35, 0.7], [0.6, 0.2, 0.85, 0.7]]}
    with http.stream("POST", "/v1/segment", json=asked | {"mask": "rle"}) as response:
        box, *deltas, final = events(response)
    assert box["bbox"] == final["bbox"] == BOTH
    assert "".join(delta["chunk"] for delta in deltas).count("M") == 2
    assert final["mask"]["size"] == [180, 320]


def test_what_is_not_there_is_only_the_final(models: Held, http: httpx.Client) -> None:
    models.may_outline.set()
    with http.stream(
        "POST", "/v1/segment", json=ASKED | {"image_url": data_uri(squares())}
    ) as response:
        (final,) = events(response)
    assert (final["type"], final["path"], final["bbox"]) == ("final", "", None)


@pytest.mark.parametrize(
    ("change", "status"),
    [({"object": "giraffe"}, 400), ({"spatial_refs": [[7, 7]]}, 400), ({"image_url": "no"}, 400)],
)
def test_what_fails_before_the_first_part_is_an_error_of_http(
    http: httpx.Client, change: dict[str, Any], status: int
) -> None:
    answer = http.post("/v1/segment", json=ASKED | change)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_what_fails_later_is_told_and_never_ends_in_silence(
    models: Held, http: httpx.Client
) -> None:
    models.error = BackendError("the device has no memory left")
    with http.stream("POST", "/v1/segment", json=ASKED) as response:
        lines = response.iter_lines()
        assert '"bbox"' in next(lines)
        models.may_outline.set()
        error, end = (line for line in lines if line)
    message = json.loads(error.removeprefix("data: "))
    assert message["type"] == "error"
    assert message["error"]["code"] == "model_failed"
    assert "no memory left" in message["error"]["message"]
    assert end == "data: [DONE]"  # no JSON: the service's clients raise here


def test_what_nobody_thought_of_is_told_too(models: Held, http: httpx.Client) -> None:
    """In the form of each API, and without a word of what it was."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("a secret of the server")

    models.may_outline.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "answer", broken)
        patch.setattr(answering, "fill", broken)
        for path, asked in (("/v1/segment", ASKED), (CHAT_PATH, CHAT | {"stream": True})):
            text = http.post(path, json=asked).text
            last = text.removesuffix("data: [DONE]\n\n").split("data: ")[-1]
            assert json.loads(last)["error"]["code"] == "internal"
            assert "secret" not in text


def test_whoever_hangs_up_is_not_looked_for(
    models: Held, server: Running, http: httpx.Client
) -> None:
    """A caller that waits for the device, and one that is in the middle of its stream."""
    with http.stream("POST", "/v1/segment", json=ASKED) as response:
        told = events(response)
        assert next(told)["type"] == "bbox"  # the device is held from here on
        with caller(server, timeout_s=0.3) as hasty, pytest.raises(httpx.ReadTimeout):
            hasty.post("/v1/segment", json=ASKED | {"stream": False})
        gone = 'rtseg_image_request_seconds_count{route="/v1/segment",status="499"}'
        until(lambda: server.metrics().get(gone) == 1)
        pictures = server.app.state.pictures
        assert pictures.in_work == 1
    until(lambda: pictures.in_work == 0)  # though the model has not answered
    models.may_outline.set()
    assert http.post("/v1/segment", json=ASKED | {"stream": False}).status_code == 200
    assert models.calls == 2  # the stream's and the last: never the one that hung up


def test_what_a_stream_still_waits_for_is_not_looked_at_either(
    models: Held, server: Running, http: httpx.Client
) -> None:
    models.may_outline.set()
    x, y = ON_LEFT
    asked = {"image_url": TWO, "stream": True}
    prompts = [{"text": "thing"}, {"points": [{"x": x, "y": y}]}]  # one model after the other
    # Both are loaded now. Else the second could be, and look, before the first does.
    http.post("/v1/segment", json=asked | {"prompts": prompts, "stream": False})
    models.may_outline.clear()
    with http.stream("POST", "/v1/segment", json=asked | {"prompts": prompts}) as response:
        told = events(response)
        assert next(told)["type"] == "bbox"
    until(lambda: server.app.state.pictures.in_work == 0)
    models.may_outline.set()
    assert http.post("/v1/segment", json=ASKED | {"stream": False}).status_code == 200
    assert (models.calls, models.touches) == (3, 1)


def test_a_full_server_says_so_and_is_free_again(
    models: Held, server: Running, http: httpx.Client
) -> None:
    asked = {"image_url": TWO, "object": "thing"}
    with http.stream("POST", "/v1/segment", json=ASKED) as response:
        told = events(response)
        assert next(told)["type"] == "bbox"
        waiting = [
            threading.Thread(target=lambda: http.post("/v1/segment", json=asked), daemon=True)
            for _ in range(3)
        ]
        for thread in waiting:
            thread.start()
        pictures = server.app.state.pictures
        until(lambda: pictures.in_work == 4)
        full = http.post("/v1/point", json=asked)
        assert (full.status_code, full.json()["error"]["code"]) == (503, "too_busy")
        assert int(full.headers["retry-after"]) > 0
        chat = http.post(CHAT_PATH, json=CHAT)
        assert (chat.status_code, chat.json()["error"]["code"]) == (503, "too_busy")
        assert http.get("/healthz").status_code == 200
        models.may_outline.set()
        assert list(told)[-1]["type"] == "final"
    for thread in waiting:
        thread.join(WAIT_S)
    until(lambda: pictures.in_work == 0)
    assert http.post("/v1/point", json=asked).status_code == 200
