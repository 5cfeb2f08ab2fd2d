"""``rtseg bench api``: its flags, its callers on a server of which all is known, its figures."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest

from rtseg.bench import api
from rtseg.bench.callers import Call, Called, Job, call, read, read_stages
from rtseg.cli import main
from rtseg.errors import BackendError, UsageError


class Known(BaseHTTPRequestHandler):
    """Answers as it is told to, and remembers what came."""

    protocol_version = "HTTP/1.1"
    bodies: ClassVar[list[dict[str, Any]]] = []
    connections: ClassVar[set[Any]] = set()
    busy: ClassVar[int] = 0
    cuts: ClassVar[int] = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.bodies.append(body)
        self.connections.add(self.client_address)
        if len(self.bodies) <= self.busy:
            self._answer(503, b'{"error": {"code": "too_busy"}}', "application/json")
        elif len(self.bodies) <= self.cuts:
            self._answer(200, b"{}", "application/json", size=9)
        elif body.get("stream"):
            parts = [{"type": "bbox"}, {"type": "path_delta"}, {"type": "path_delta"}]
            parts.append({"type": "error" if body.get("object") == "trouble" else "final"})
            events = "".join(f"data: {json.dumps(part)}\n\n" for part in parts)
            self._answer(200, events.encode(), "text/event-stream")
        else:
            self._answer(200, b'{"instances": [{}, {}]}', "application/json")

    def _answer(self, status: int, content: bytes, kind: str, size: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content) if size is None else size))
        self.close_connection = size is not None
        self.send_header("Server-Timing", "open;dur=1.5, look;dur=4")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name, value in (("bodies", []), ("connections", set()), ("busy", 0), ("cuts", 0)):
        monkeypatch.setattr(Known, name, value)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Known)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/segment"
    server.shutdown()
    server.server_close()
    thread.join()


def job(url: str, **changes: Any) -> Job:
    fields = {"callers": 1, "seconds": 20.0, "requests": 5, "warm_up_s": 0.0} | changes
    body = fields.pop("body", {"object": "person"})
    return Job(url, json.dumps(body), **fields)


def test_callers_keep_their_connections_and_end_after_so_many(url: str) -> None:
    called = call(job(url, callers=3, requests=30))
    assert len(called.calls) == 30
    assert len(Known.connections) <= 3
    assert {one.status for one in called.calls} == {200}
    assert called.calls[0].stages == {"open": 1.5, "look": 4.0}
    assert all(0 < one.ms <= 1000 * called.seconds for one in called.calls)
    assert json.loads(called.last) == {"instances": [{}, {}]}
    row = api.figures(called, 3)
    assert (row["answers"], row["errors"]) == (30, {})
    assert row["stages_ms"]["look"]["p50"] == 4.0
    assert row["per_s"] == pytest.approx(30 / called.seconds, abs=0.1)


def test_an_answer_that_is_none_counts_as_an_error(url: str) -> None:
    Known.busy = 2
    row = api.figures(call(job(url, requests=5)), 1)
    assert (row["answers"], row["errors"]) == (3, {"503": 2})


def test_after_an_answer_that_broke_off_it_goes_on(url: str) -> None:
    Known.cuts = 2
    row = api.figures(call(job(url, requests=5)), 1)
    assert row["answers"] == 3
    assert sum(row["errors"].values()) == 2


def test_a_server_that_is_gone_is_an_error_and_no_hang() -> None:
    row = api.figures(call(job("http://127.0.0.1:9/v1/segment", seconds=0.3, requests=0)), 1)
    assert row["answers"] == 0
    assert "Refused" in next(iter(row["errors"]))


def test_a_stream_is_timed_by_its_events(url: str) -> None:
    called = call(job(url, body={"stream": True}))
    assert list(called.calls[0].events) == ["bbox", "path_delta", "final"]
    assert called.calls[0].events["final"] <= called.calls[0].ms
    failed = call(job(url, body={"stream": True, "object": "trouble"}))
    assert "error" in failed.calls[0].error


def test_the_header_of_others_is_read_as_far_as_it_can_be() -> None:
    header = 'cache;desc="a", db;dur=53.2;desc=x, app; dur=4, odd;dur=x, '
    assert read_stages(header) == {"db": 53.2, "app": 4.0}
    assert read_stages("") == {}


def test_callers_that_fail_say_why() -> None:
    with pytest.raises(BackendError, match="the callers failed: no memory"):
        read("", "no memory")


def wishes(**changes: Any) -> api.Wishes:
    fields = {"image": None, "object": "cat", "callers": (1,), "seconds": 1.0, "requests": 0}
    return api.Wishes(**fields | {"is_stream": False, "is_chat": False} | changes)  # type: ignore[arg-type]


def test_what_is_sent_is_what_a_client_sends() -> None:
    content, size = api.picture(None)
    body = json.loads(api.request_body(wishes(is_stream=True), content))
    assert (body["object"], body["stream"]) == ("cat", True)
    head, _, data = body["image_url"].partition(",")
    assert head == "data:image/jpeg;base64"
    sent = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert sent.shape == (480, 640, 3)
    assert size == (640, 480)
    chat = json.loads(api.request_body(wishes(is_chat=True), b"\x89PNG\r\n"))
    text, image = chat["messages"][0]["content"]
    assert "cat" in text["text"]
    assert image["image_url"]["url"].startswith("data:image/png;base64,")


def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((3, 5, 3), np.uint8))
    content, size = api.picture(path)
    assert (content, size) == (path.read_bytes(), (5, 3))
    assert "data:image/png" in api.request_body(wishes(), content)
    path.write_bytes(b"words")
    with pytest.raises(UsageError, match="expected a JPEG, PNG or WebP"):
        api.picture(path)


def test_what_was_found_is_counted_in_both_shapes() -> None:
    assert api.found_in('{"path": "", "bbox": null, "instances": []}') == 0
    content = json.dumps({"segmentations": [{"label": "cat"}]})
    assert api.found_in(json.dumps({"choices": [{"message": {"content": content}}]})) == 1
    assert api.found_in(json.dumps({"choices": [{"message": {"content": None}}]})) is None
    assert api.found_in("") is None


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--callers", "0"], "--callers: expected numbers from 1 to 256"),
        (["--callers", "1,x"], "'1,x'"),
        (["--seconds", "nan"], "--seconds"),
        (["--requests", "-1"], "--requests"),
        (["--object", " "], "--object"),
        (["--image", "/no/such.jpg"], "/no/such.jpg"),
    ],
)
def test_a_flag_that_cannot_be_is_refused(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "api", *flags]) == 2
    assert message in capsys.readouterr().err


def test_the_report_reads_well_with_errors_and_without_answers() -> None:
    good = Call(0.5, 20.0, 200, events={"bbox": 9.0}, stages={"look": 4.0})
    rows = [
        api.figures(Called([good, Call(0.7, 3.0, 503, "busy")], 1.0, 0.1, "{}"), 1),
        api.figures(Called([], 0.0, 0.0, ""), 4),
    ]
    for row in rows:
        row |= {"server_cpu_cores": 0.5, "server_cpu_ms_per_answer": 11.0}
        row["server_memory_mb"] = {"before": 200.0, "after": 210.0}
    what = {"path": "/v1/segment", "stream": True, "object": "cat", "image": "a drawn person"}
    what |= {"size": "640x480", "image_bytes": 49000, "found": 0}
    told = api.render({"what": what, "machine": {"cpu": "A CPU", "cores": 2}, "callers": rows})
    assert "1 × 503" in told
    assert "no cat was found in the picture" in told
    assert "bbox" in told
    assert "look" in told
