"""Where the time of a request went, as its answer says it."""

from __future__ import annotations

import httpx

from rtseg.bench.callers import read_stages
from tests.server.pictures import TWO, Held, caller, store
from tests.server.running import running


def test_an_answer_says_where_its_time_went() -> None:
    models = Held()
    models.may_outline.set()
    with running(models.load, store()) as server, caller(server) as http:
        first, second = (ask(http) for _ in range(2))
        for answer in (first, second):  # a request has only what is its own
            stages = read_stages(answer.headers["Server-Timing"])
            assert list(stages) == ["open", "look", "outline", "total"]
            parts = sum(stages.values()) - stages["total"]
            # Rounded to hundredths, each of them.
            assert 0 < parts <= stages["total"] + 0.02
            assert stages["total"] <= 1000 * answer.elapsed.total_seconds() + 1
        assert ask(http, stream=True).headers["Server-Timing"].startswith("open;dur=")
        assert "Server-Timing" not in http.get("/healthz").headers
        assert "Server-Timing" not in http.post("/v1/segment", json={}).headers


def ask(http: httpx.Client, **body: object) -> httpx.Response:
    answer = http.post("/v1/segment", json={"image_url": TWO, "object": "thing", **body})
    assert answer.status_code == 200, answer.text
    return answer
