"""The services' own clients, and a server with real models for them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rtseg.models import Store, read_catalogue
from tests.models.conftest import weights
from tests.server.running import Running, running

__all__ = ["weights"]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT.parent / "shared"
PHOTOS = SHARED / "data/photos"
CLIENT_TIMEOUT_S = 90

Run = Callable[..., str]
"""Runs a script of a client with arguments and standard input; gives what it wrote."""


def _run(*command: str, stdin: str = "") -> str:
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=CLIENT_TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def python() -> Run:
    """Runs a script of this folder with the Python that has the clients."""
    interpreter = ROOT / ".venv-clients/bin/python"
    if not interpreter.exists():
        pytest.skip("needs the services' clients: make .make/clients")
    return lambda script, *arguments, stdin="": _run(
        str(interpreter), str(HERE / script), *map(str, arguments), stdin=stdin
    )


@pytest.fixture(scope="session")
def node() -> Run:
    """Runs a script of the folder `node`."""
    if not (HERE / "node/node_modules/moondream").exists() or shutil.which("node") is None:
        pytest.skip("needs Node and the services' clients for it: make .make/clients")
    return lambda script, *arguments, stdin="": _run(
        "node", str(HERE / "node" / script), *map(str, arguments), stdin=stdin
    )


@pytest.fixture(scope="session")
def photo() -> Callable[[str], Path]:
    def find(name: str) -> Path:
        if not (PHOTOS / name).exists():
            pytest.skip(f"needs {PHOTOS}")
        return PHOTOS / name

    return find


@pytest.fixture(scope="session")
def coco(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's catalogue with a detector of COCO's words."""
    file = tmp_path_factory.mktemp("catalogue") / "models.yaml"
    file.write_text(
        f"""
coco-nano:
  title: 80 everyday things
  note: ""
  licence: Apache-2.0
  speed: camera
  quality: 2
  role: detector
  backend: yolox
  devices: [cpu]
  labels: coco
  source: {{kind: folder, path: "{SHARED / "models"}"}}
  files: [{{name: yolox_nano.onnx}}]
  options: {{model: yolox_nano.onnx}}
"""
    )
    return file


@pytest.fixture(scope="session")
def server(weights: Store, coco: Path) -> Iterator[Running]:
    """A server with the user's models; COCO's words where their detector is here."""
    for name in ("face", "hand"):
        weights.pull(name)  # out of the wheel that person came from
    catalogue = [str(coco)] if (SHARED / "models/yolox_nano.onnx").exists() else []
    with running(
        None,
        Store(catalogue=read_catalogue(catalogue)),
        models={"catalogue": catalogue},
        engine={"device": "cpu"},
    ) as server:
        yield server


@pytest.fixture
def needs_coco() -> None:
    if not (SHARED / "models/yolox_nano.onnx").exists():
        pytest.skip(f"needs {SHARED / 'models/yolox_nano.onnx'}")
