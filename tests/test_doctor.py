"""`rtseg doctor` on installations that work and on broken ones."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from rtseg.cli import doctor, main
from rtseg.models import Entry, Segmenter, State, Store
from tests.engine.fakes import FakeSegmenter, store_of


@pytest.fixture(autouse=True)
def _a_model_that_is_quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def load(name: str, **_: object) -> Segmenter:
        return FakeSegmenter()

    monkeypatch.setattr("rtseg.models.load", load)
    monkeypatch.setattr("rtseg.server.page.PAGE", tmp_path)
    (tmp_path / "index.html").touch()
    monkeypatch.setenv("RTSEG_SERVER__PORT", "0")
    monkeypatch.setenv("RTSEG_HOME", str(tmp_path))


def found() -> dict[str, doctor.Check]:
    store = store_of()
    store.home = Path.cwd()
    return {check.name: check for check in doctor.examine(store)}


def test_what_works_is_said_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    names = [check["name"] for check in report["checks"]]
    assert names == ["rtseg", "packages", "devices", "folder", "models", "a look", "page", "port"]
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("rtseg works on this machine\n")


def test_a_page_that_is_not_built_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rtseg.server.page.PAGE", Path("nowhere"))
    assert found()["page"].state == "broken"
    assert "make page" in found()["page"].fix
    assert main(["doctor"]) == 1


def test_a_taken_port_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("RTSEG_SERVER__PORT", str(port))
        check = found()["port"]
    assert check.state == "note"
    assert str(port) in check.found


def test_a_model_that_fails_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, **_: object) -> Segmenter:
        raise RuntimeError("no such instruction")

    monkeypatch.setattr("rtseg.models.load", load)
    checks = found()
    assert checks["a look"].state == "broken"
    assert checks["a look"].found == "RuntimeError: no such instruction"
    assert checks["page"].state == "ok"


def test_both_runtimes_in_one_environment_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: "1.0")
    assert found()["packages"].state == "broken"
    assert "onnxruntime" in found()["packages"].fix


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "av" else "1.0")
    checks = [each for each in doctor.examine(store_of()) if each.name == "packages"]
    assert checks[0].fix == "pip install av"


def test_files_that_are_not_whole_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def state(_: Store, name: str) -> State:
        return State.CORRUPT if name == "person" else State.READY

    monkeypatch.setattr(Store, "state", state)
    assert found()["models"].state in {"broken", "note"}
    checks = [each for each in doctor.examine(store_of()) if each.name == "models"]
    assert checks[0].state == "broken"
    assert checks[0].fix == "rtseg models pull person"


def test_without_models_by_name_one_is_told_what_to_pull() -> None:
    entries: list[Entry] = [entry for entry in store_of().catalogue if not entry.labels]
    checks = [each for each in doctor.examine(store_of(*entries)) if each.name == "models"]
    assert checks[0].state == "note"
    assert "rtseg models pull person" in checks[0].fix
