"""The page's benchmark of decoding, on drawn masks."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from rtseg.bench import decode, engines
from rtseg.cli import main
from rtseg.errors import BackendError
from rtseg.types import BoolMask
from rtseg.wire import Decoder
from tests.geometry.mask_strategies import disc


def clips() -> list[decode.Clip]:
    def moving(radius: int) -> list[BoolMask]:
        return [disc((90, 160), 40 + 3 * frame, 45, radius) for frame in range(4)]

    return [("large", moving(30)), ("small", moving(12))]


def test_every_packet_is_one_of_a_stream_that_decodes() -> None:
    work = decode.groups(clips())
    assert [(group["minIou"], group["objects"]) for group in work] == [
        (fidelity, objects) for fidelity in decode.FIDELITIES for objects in (1, decode.MANY)
    ]
    for group in work:
        for stream in group["streams"]:
            decoder = Decoder()
            outlined = [decoder.decode(base64.b64decode(text)) for text in stream["packets"]]
            assert [len(paths) for paths in outlined] == [group["objects"]] * 4
            assert not any(path.is_empty for paths in outlined for path in paths.values())
    json.dumps(work)


def measured(measure: Any) -> tuple[str, dict[str, Any]]:
    work = decode.groups(clips())
    try:
        agent, times = measure(work)
    except BackendError as error:
        pytest.skip(str(error))
    report = decode.summary(times)
    for group in report["groups"]:
        for way in group["ms"].values():
            assert 0 < way["p50"] <= way["p95"] <= way["max"]
    samples = [len(group["ways"]["decode"]["ms"]) for group in times["groups"]]
    assert samples == [8, 4] * 3
    return agent, report


def test_in_node() -> None:
    agent, report = measured(engines.in_node)
    assert agent.startswith("Node v")
    assert set(report["groups"][0]["ms"]) == {"decode", "json"}
    assert report["groups"][0]["drawn"] == {}


@pytest.mark.browser
def test_in_chromium_it_also_draws() -> None:
    agent, report = measured(engines.in_chromium)
    # A page of its own: others see a clock of 0.1 ms.
    assert report["clock_step_ms"] < 0.05
    assert set(report["groups"][0]["ms"]) == {"decode", "decode_to_path", "json", "json_to_path"}
    drawn = set(report["groups"][0]["drawn"])
    assert {"640x360 fill", "640x360 glow", "1280x720 label", "1280x720 cutout"} <= drawn
    assert report["groups"][-1]["drawn"] == {}  # finer than what a page gets
    told = decode.render(
        {
            "masks": "drawn",
            "packets": 1,
            "engines": {"chromium": {"agent": agent, **report}},
            "missing": {"node": "not here"},
        }
    )
    assert "1280x720 glow, page" in told
    assert "JSON + path text to Path2D" in told
    assert "node: not measured: not here" in told


def test_without_an_engine_it_says_what_to_do_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / engines.SCRIPT).touch()
    monkeypatch.setattr("rtseg.server.page.PAGE", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["bench", "decode", "--frames", "1", "--in", "node"]) == 1
    assert "install Node" in capsys.readouterr().out


def test_without_the_page_it_says_so_before_it_encodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("rtseg.server.page.PAGE", tmp_path)
    monkeypatch.setattr(decode, "_clips", lambda *_: pytest.fail("it has begun"))
    assert main(["bench", "decode"]) == 1
    assert "make page" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [(["--in", "node,safari"], "safari"), (["--frames", "0"], "--frames")],
)
def test_a_flag_that_cannot_be_is_refused(
    flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "decode", *flags]) == 2
    assert message in capsys.readouterr().err
