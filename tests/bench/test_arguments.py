from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rtseg.bench import live
from rtseg.bench.browser import find_chromium
from rtseg.bench.onscreen import command
from rtseg.cli import main
from rtseg.errors import BackendError
from tests.bench.davis_folder import write_sequence


@pytest.fixture
def video(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"never opened")
    return str(path)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--size", "huge"], "640x360"),
        (["--size", "641x360"], "even"),
        (["--seconds", "0"], "--seconds"),
        (["--seconds", "nan"], "--seconds"),
        (["--sessions", "0"], "--sessions"),
        (["--fps", "0"], "frames per second"),
        (["--sequences", "dog"], "--sequences: expected --davis too"),
        (["--late", "3"], "--late: expected --davis too"),
        (["--film", "film.mp4"], "--film: expected --davis too"),
    ],
)
def test_a_flag_that_cannot_be_is_refused_before_anything_starts(
    video: str, flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "live", "--video", video, *flags]) == 2
    assert message in capsys.readouterr().err


def test_a_video_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "live", "--video", "/no/such.mp4"]) == 2
    assert "/no/such.mp4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--late", "0"], "--late: expected frames, 1 or more"),
        (["--late", "soon"], "--late: expected numbers"),
        (["--late", "9"], "expected sequences of 22 frames or more"),
        (["--sequences", "square,"], "--sequences: expected names"),
        (["--sequences", "circle"], "no sequence circle"),
        (["--fps", "0"], "frames per second"),
        (["--page", "/no/such.md"], "--page: there is no file"),
        (["--loss", "3"], "--davis: expected no --loss or the like beside it"),
        (["--sessions", "2"], "--davis: expected no --sessions beside it"),
    ],
)
def test_what_cannot_be_shown_on_a_screen_is_refused_before_anything_starts(
    flags: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blank = np.zeros((72, 128, 3), np.uint8), np.ones((72, 128), np.bool_)
    write_sequence(tmp_path, "square", [blank] * 12)
    for name in ("built", "check_browser"):
        monkeypatch.setattr(command, name, lambda *_: None)
    monkeypatch.setattr(command, "serve", lambda *_, **__: pytest.fail("it has begun"))

    assert main(["bench", "live", "--davis", str(tmp_path), *flags]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("missing", "said"), [("page", "make page"), ("browser", "RTSEG_CHROMIUM is 'nowhere'")]
)
def test_what_is_missing_is_told_before_anything_is_made(
    missing: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("rtseg.server.page.PAGE", tmp_path)
    if missing == "browser":
        (tmp_path / "index.html").touch()
        monkeypatch.setenv("RTSEG_CHROMIUM", "nowhere")
    monkeypatch.setattr(live, "write_camera", lambda *_, **__: pytest.fail("it has begun"))
    assert main(["bench", "live"]) == 1
    assert said in capsys.readouterr().err


def test_the_browser_that_was_asked_for_is_taken() -> None:
    assert find_chromium({"RTSEG_CHROMIUM": "mine"}, lambda name: f"/bin/{name}") == "/bin/mine"


def test_a_browser_that_was_asked_for_and_is_not_there_is_an_error() -> None:
    with pytest.raises(BackendError, match="RTSEG_CHROMIUM"):
        find_chromium({"RTSEG_CHROMIUM": "mine"}, lambda name: None)


def test_a_browser_on_the_path_is_found_and_else_it_is_left_to_playwright() -> None:
    def only_chrome(name: str) -> str | None:
        return "/opt/chrome" if name == "google-chrome" else None

    assert find_chromium({}, only_chrome) == "/opt/chrome"
    assert find_chromium({}, lambda name: None) is None
