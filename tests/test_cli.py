"""The command line as a person meets it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import rtseg
from rtseg.cli import build_parser, main

HEAVY = {"torch", "transformers", "onnxruntime", "fastapi", "aiortc", "av", "cv2", "numpy"}


def rtseg_command(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "rtseg", *arguments],
        env=os.environ | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("code", ["import rtseg", "import rtseg.cli; rtseg.cli.build_parser()"])
def test_starting_imports_nothing_heavy(code: str) -> None:
    script = f"import sys\n{code}\nprint(sorted(set(sys.modules) & {HEAVY!r}))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_public_names_are_found_when_they_are_touched() -> None:
    assert rtseg.tracking.Tracker().step
    assert rtseg.wire.Encoder(min_iou=0.9).encode
    assert rtseg.client.connect
    assert set(rtseg.__all__) == set(dir(rtseg))
    with pytest.raises(AttributeError, match="has no attribute 'wier'"):
        _ = rtseg.wier


def all_commands() -> list[list[str]]:
    found: list[list[str]] = [[]]

    def walk(parser: object, path: list[str]) -> None:
        for action in getattr(parser, "_actions", []):
            for name, child in (
                getattr(action, "choices", None or {}).items()
                if isinstance(getattr(action, "choices", None), dict)
                else ()
            ):
                found.append([*path, name])
                walk(child, [*path, name])

    walk(build_parser(), [])
    return found


@pytest.mark.parametrize("command", all_commands(), ids=" ".join)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    assert "usage: rtseg" in capsys.readouterr().out


def test_all_public_commands_are_there() -> None:
    names = {" ".join(command) for command in all_commands()}
    assert {"demo", "serve", "models list", "models pull", "models verify", "bench live"} <= names


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "commands:" in capsys.readouterr().out


def test_models_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--json"]) == 0
    names = [model["name"] for model in json.loads(capsys.readouterr().out)["models"]]
    assert "person" in names


def test_an_unknown_model_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "persn"]) == 2
    assert "person" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "server.prot=1"], "did you mean 'server.port'?"),
        (["--set", "nonsense"], "expected KEY=VALUE"),
        (["--config", "nowhere.yaml"], "nowhere.yaml"),
        (["--port", "99999"], "less than or equal to 65535"),
        (["--host", "no.such.host.invalid"], "cannot listen on"),
    ],
)
def test_serve_says_what_is_wrong(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--set", "models.pull=false", "--port", "0", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_port_that_is_taken() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = rtseg_command("serve", "--port", port, "--set", "models.pull=false")
    assert ended.returncode == 2
    assert "another program listens there. --port 0 takes a free one" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_keys_can_be_listed() -> None:
    ended = rtseg_command("serve", "--keys")
    assert ended.returncode == 0
    assert "wire.min_iou = 0.97" in ended.stdout


def test_serve_prints_its_address_serves_and_ends_on_a_signal(tmp_path: Path) -> None:
    """Without weights and without a network it still starts, and says what to run."""
    environment = {
        "RTSEG_HOME": str(tmp_path),
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "rtseg", "serve", "--port", "0"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "is ready: http://127.0.0.1:" in line
    url = line.split("ready: ")[1].split()[0]
    answer = httpx.get(f"{url}readyz", trust_env=False)
    assert answer.status_code == 503
    assert "rtseg models pull person" in answer.json()["error"]["message"]
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - started < 8
    assert "rtseg models pull person" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(("theirs", "threads"), [(None, "1"), ("3", "3")])
def test_matrices_have_one_thread_unless_somebody_says_otherwise(
    theirs: str | None, threads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if theirs is None:
        # Set first, so that what the command leaves is taken away with it.
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", "")
        monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    else:
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", theirs)
    assert main(["models", "list", "--json"]) == 0
    assert os.environ["OPENBLAS_NUM_THREADS"] == threads
