from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rtseg.bench import browser
from rtseg.errors import BackendError


def test_the_variable_comes_first() -> None:
    found = {"mine": "/opt/mine", "chromium": "/usr/bin/chromium"}
    assert browser.find_chromium({"RTSEG_CHROMIUM": "mine"}, found.get) == "/opt/mine"
    assert browser.find_chromium({"RTSEG_CHROMIUM": ""}, found.get) == "/usr/bin/chromium"
    assert browser.find_chromium({}, {}.get) is None


def test_a_variable_that_names_nothing_is_told() -> None:
    with pytest.raises(BackendError, match="RTSEG_CHROMIUM is 'nowhere'"):
        browser.find_chromium({"RTSEG_CHROMIUM": "nowhere"}, {}.get)


@pytest.mark.browser
def test_as_a_program_it_says_which_one_starts() -> None:
    try:
        with browser.launch(None) as opened:
            version = opened.version
    except BackendError as error:
        pytest.skip(f"needs a Chromium: {error}")
    said = _run({})
    assert said.returncode == 0, said.stderr
    assert said.stdout.startswith(f"Chromium {version} (/")


def test_as_a_program_it_fails_with_what_to_do() -> None:
    said = _run({"RTSEG_CHROMIUM": "/no/such/chromium"})
    assert said.returncode == 1
    assert said.stdout == ""
    assert "set it to the path of a Chromium or Chrome, or unset it" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_program_that_is_no_browser_fails_too(tmp_path: Path) -> None:
    impostor = tmp_path / "chromium"
    impostor.write_text("#!/bin/sh\necho no display here >&2\nexit 3\n")
    impostor.chmod(0o755)
    said = _run({"RTSEG_CHROMIUM": str(impostor)})
    assert said.returncode == 1
    assert f"Chromium ({impostor}) does not start" in said.stderr


def _run(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtseg.bench.browser"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
