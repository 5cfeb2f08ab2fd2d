"""VLM Run's own client and OpenAI's 1.x, with the address changed, in an environment of theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.clients.conftest import Run
from tests.server.running import Running, running


def test_the_pages_snippet(server: Running, python: Run, photo: Callable[[str], Path]) -> None:
    found = json.loads(python("vlmrun_snippets.py", server.url, "with_openai", photo("zidane.jpg")))
    assert found["version"].startswith("1.")
    assert found["labels"] == ["person"]
    assert found["masks"] == [{"size": [1280, 720], "mode": "L", "values": [0, 255]}]


def test_the_sdk_and_its_artifacts(
    server: Running, python: Run, photo: Callable[[str], Path]
) -> None:
    found = json.loads(python("vlmrun_snippets.py", server.url, "with_vlmrun", photo("zidane.jpg")))
    assert found["healthy"]
    assert found["labels"] == ["face", "face"]  # by eye: two men
    assert found["sizes"] == [[1280, 720]] * 2
    assert all(2_000 < covered < 60_000 for covered in found["covered"])


def test_a_refusal(server: Running, python: Run, photo: Callable[[str], Path]) -> None:
    found = json.loads(python("vlmrun_snippets.py", server.url, "refused", photo("zidane.jpg")))
    assert found["content"] is None
    assert "“unicorn”" in found["refusal"]


def test_a_wrong_key(python: Run, photo: Callable[[str], Path]) -> None:
    with running(api={"keys": ["a-key-of-thirty-two-characters-0"]}) as locked:
        said = python("vlmrun_snippets.py", locked.url, "unauthorized", photo("zidane.jpg"))
    assert json.loads(said) == "AuthenticationError"
