"""Masks and artifacts over HTTP, as a browser, a cache and the services' clients ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from rtseg.server.masks import Masks, new_session_id
from tests.server.running import Running, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def masks_of(server: Running) -> Masks:
    masks = server.app.state.masks
    assert isinstance(masks, Masks)
    return masks


@pytest.fixture(scope="module")
def url(server: Running) -> str:
    return asyncio.run(Masks.publish(masks_of(server), PNG, base_url=server.url + "/"))


def test_a_mask_is_had_by_its_address(client: httpx.Client, url: str) -> None:
    answer = client.get(url)
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"


def test_an_artifact_is_had_by_its_ids(server: Running, client: httpx.Client) -> None:
    session_id = new_session_id()
    object_id = asyncio.run(masks_of(server).keep(PNG, session_id=session_id))
    ids = {"session_id": session_id, "object_id": object_id}
    assert client.get("/v1/artifacts", params=ids).content == PNG
