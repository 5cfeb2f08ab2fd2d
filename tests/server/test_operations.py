"""What operators look at."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

import rtseg
from rtseg import client
from rtseg.server import page
from tests.server.running import Running, running


async def test_metrics_count_what_happened(server: Running, clip: Path) -> None:
    seen = 0
    async with client.connect(server.url, clip, loop=True) as live, asyncio.timeout(20):
        async for _ in live:
            seen += 1
            if seen == 20:
                break
    text = server.metrics()
    assert text["rtseg_frames_out_total"] >= 20
    assert text["rtseg_frames_in_total"] >= text["rtseg_frames_out_total"]
    assert text['rtseg_model_seconds_count{model="person"}'] > 0
    assert text['rtseg_stage_seconds_count{stage="track"}'] >= 20
    assert text["rtseg_mask_age_seconds_count"] > 0
    assert text['rtseg_objects_out_total{state="found"}'] > 0
    assert text['rtseg_objects_out_total{state="lost"}'] == 0
    assert text["rtseg_sessions"] == 0
    assert text['rtseg_drops_total{cause="tracker_busy"}'] >= 0


def test_health_models_and_the_api_document(server: Running) -> None:
    with httpx.Client(base_url=server.url, trust_env=False) as http:
        assert http.get("/healthz").json() == {"status": "ok", "version": rtseg.__version__}
        (model,) = (m for m in http.get("/v1/models").json()["models"] if m["name"] == "person")
        assert model["name"] == "person"
        assert model["labels"] == ["person"]
        assert model["get"] == "rtseg models pull person"
        paths = http.get("/openapi.json").json()["paths"]
        assert {"/v1/sessions", "/v1/models", "/metrics", "/readyz"} <= set(paths)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/v1/models", "/v1/health"])
def test_a_probe_may_ask_for_the_head_alone(server: Running, path: str) -> None:
    head = httpx.head(f"{server.url}{path}", trust_env=False)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"]


def test_every_route_says_in_words_what_it_does(server: Running) -> None:
    document = httpx.get(f"{server.url}/openapi.json", trust_env=False).json()
    tags = {tag["name"] for tag in document["tags"]}
    summaries = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            made_up = operation["operationId"].split("_v1_")[0].replace("_", " ")
            assert operation["summary"].lower() != made_up, f"{method} {path}"
            assert len(operation["summary"].split()) > 2, f"{method} {path}"
            assert operation["description"] != operation["summary"]
            assert set(operation["tags"]) < tags
            summaries.append(operation["summary"])
    assert len(set(summaries)) == len(summaries)


def test_the_api_page_needs_nothing_from_the_internet(server: Running) -> None:
    text = httpx.get(f"{server.url}/docs", trust_env=False).text
    assert "/docs-assets/swagger-ui-bundle.js" in text
    assert "https://" not in text


def test_only_named_origins_may_use_it_from_their_pages() -> None:
    asked = {"Origin": "https://robot.example", "Access-Control-Request-Method": "POST"}
    with running() as server:
        answer = httpx.options(f"{server.url}/v1/sessions", headers=asked, trust_env=False)
        assert "access-control-allow-origin" not in answer.headers
    with running(server={"allowed_origins": ["https://robot.example"]}) as server:
        answer = httpx.options(f"{server.url}/v1/sessions", headers=asked, trust_env=False)
        assert answer.headers["access-control-allow-origin"] == "https://robot.example"


def test_a_server_without_its_page_says_how_to_build_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PAGE", tmp_path)
    with running() as server:
        answer = httpx.get(server.url, trust_env=False)
        assert answer.status_code == 503
        assert "make page" in answer.text
