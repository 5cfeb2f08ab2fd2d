"""Whatever is sent to any route of the OpenAPI document: never a 5xx."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import cv2
import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.running import Running, draw, running

schemathesis = pytest.importorskip("schemathesis")

pytestmark = [
    # Of the tool and what it stands on, not of ours.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

EXAMPLES = 15
"""For each operation and mode, four times as many where pictures are: 20 s in all on a quiet
machine, most of it spent on making them up."""

KEY = "a-key-for-requests-of-all-kinds"

_jpeg = cv2.imencode(".jpg", draw(0))[1].tobytes()
PICTURES = (
    f"data:image/jpeg;base64,{base64.b64encode(_jpeg).decode()}",
    base64.b64encode(cv2.imencode(".png", draw(0)[:1, :1])[1].tobytes()).decode(),
    f"data:image/jpeg;base64,{base64.b64encode(_jpeg[:500]).decode()}",
    "https://127.0.0.1/cat.jpg",
)

SENSIBLE = {
    "image_url": PICTURES,
    "url": PICTURES,
    "object": ("person", "a cat", "", "person\x00"),
    "text": ("Segment every person in this image", "person", "panoptic segmentation"),
    "content": ("Outline the person", "What is this?"),
    "model": ("auto", "", "moondream3-preview", "person", "nobody"),
    "format": ("svg", "coco", "png", "zip", "pdf"),
    "mask": ("png", "rle", "url", "gif"),
    "role": ("user", "system"),
    "type": ("text", "image_url", "json_schema", "json_object", "offer"),
}
"""By the name of a key, what a client might send."""

OPERATIONS = (
    "GET /healthz",
    "GET /metrics",
    "GET /readyz",
    "GET /v1/models",
    "POST /v1/segment",
    "POST /v1/detect",
    "POST /v1/point",
    "POST /v1/openai/chat/completions",
    "GET /v1/openai/models",
    "GET /v1/openai/models/{name}",
    "GET /v1/health",
    "GET /v1/masks/{name}",
    "GET /v1/artifacts",
    "POST /v1/sessions",
    "GET /v1/sessions/{session_id}",
    "PUT /v1/sessions/{session_id}/prompts",
    "DELETE /v1/sessions/{session_id}",
)


_WORDS = {"image_url": PICTURES[0], "object": "person"}
RIGHT: dict[str, dict[str, Any]] = {
    "POST /v1/segment": _WORDS | {"stream": False},
    "POST /v1/detect": _WORDS,
    "POST /v1/point": _WORDS,
    "POST /v1/openai/chat/completions": {
        "model": "auto",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Segment every person in this image"},
                    {"type": "image_url", "image_url": {"url": PICTURES[0], "detail": "auto"}},
                ],
            }
        ],
    },
}
"""Requests that are answered, to be spoilt at one or two places."""


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(api={"keys": [KEY]}, session={"connect_timeout_s": 600}) as server:
        yield server


@pytest.fixture(scope="module")
def operations(server: Running) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    return {
        f"{operation.method.upper()} {operation.path}": operation
        for operation in (result.ok() for result in schema.get_all_operations())
    }


@pytest.fixture(scope="module")
def session(server: Running) -> dict[str, str]:
    """A session whose camera never comes, for the requests that want one."""

    async def offer() -> str:
        peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        peer.addTransceiver("video", direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        sdp: str = peer.localDescription.sdp
        await peer.close()
        return sdp

    body = {"offer": {"type": "offer", "sdp": asyncio.run(offer())}}
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx.post(f"{server.url}/v1/sessions", json=body, headers=headers, trust_env=False)
    return {"id": answer.json()["id"], "token": answer.json()["stream"]["token"]}


def test_no_operation_is_left_out(operations: dict[str, Any]) -> None:
    assert sorted(operations) == sorted(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "mode"),
    [(operation, "positive") for operation in OPERATIONS]
    # What has no body has nothing that could be wrong.
    + [(operation, "negative") for operation in OPERATIONS if operation.startswith("P")],
)
def test_no_request_is_too_much(
    server: Running,
    operations: dict[str, Any],
    session: dict[str, str],
    operation: str,
    mode: str,
) -> None:
    kind = schemathesis.GenerationMode(mode)
    cases = operations[operation].as_strategy(generation_mode=kind)
    seen = Counter[int]()

    @settings(
        max_examples=EXAMPLES * (4 if operation in RIGHT else 1),
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def check(case: Any, data: st.DataObject) -> None:
        how = data.draw(st.sampled_from(("as it is", "sensible", "nearly right", "nearly right")))
        if how != "as it is":
            case.body = sensible(case.body, data)
        if how == "nearly right" and operation in RIGHT and isinstance(case.body, dict):
            odd = data.draw(st.sets(st.sampled_from(sorted(case.body) or [""]), max_size=2))
            case.body = RIGHT[operation] | {key: case.body.get(key) for key in odd}
        key = KEY
        if "session_id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["session_id"], key = session["id"], session["token"]
        answer = case.call(headers={"Authorization": f"Bearer {key}"}, timeout=20)
        seen[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, answer.text[:500], case.body)
        assert answer.status_code != 401 or "{session_id}" in operation
        if answer.status_code >= 400 and operation != "GET /readyz":
            assert json.loads(answer.text)["error"]["message"]

    check()
    assert seen
    if mode == "positive" and operation in RIGHT:
        assert seen[200] >= EXAMPLES / 4, f"few requests got as far as a model: {seen}"
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def sensible(body: Any, data: st.DataObject) -> Any:
    """Put pictures and words where a body has texts for them, to get as far as the models."""
    if isinstance(body, list):
        return [sensible(item, data) for item in body]
    if not isinstance(body, dict):
        return body
    return {
        name: data.draw(st.sampled_from(SENSIBLE[name]))
        if name in SENSIBLE and isinstance(value, str)
        else sensible(value, data)
        for name, value in body.items()
    }
