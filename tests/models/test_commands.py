from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rtseg.errors import UsageError
from rtseg.models import Store
from rtseg.models.commands import list_models, pull_models, verify_models
from rtseg.models.progress import ProgressBar, size_text


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_list_pull_verify_in_words(store: Store) -> None:
    out, bar = io.StringIO(), io.StringIO()
    assert list_models(store, out=out) == 0
    assert "state    missing; get it: rtseg models pull fake" in out.getvalue()
    assert "CC0-1.0" in out.getvalue()
    assert verify_models([], store, out=out) == 1
    assert "get it with: rtseg models pull fake" in out.getvalue()

    out = io.StringIO()
    assert pull_models([], store, out=out, progress_to=bar) == 0
    assert out.getvalue() == f"fake: ready in {store.folder('fake')}\n"
    assert "100%" in bar.getvalue()
    assert verify_models(["fake"], store, out=out) == 0
    assert list_models(store, out=out) == 0
    assert "state    ready\n" in out.getvalue()


def test_list_pull_verify_as_json(store: Store) -> None:
    def run(command: object, *arguments: object, code: int) -> dict[str, object]:
        out = io.StringIO()
        keywords = {"progress_to": io.StringIO()} if command is pull_models else {}
        assert command(*arguments, store, as_json=True, out=out, **keywords) == code  # type: ignore[operator]
        return json.loads(out.getvalue())  # type: ignore[no-any-return]

    (model,) = run(list_models, code=0)["models"]  # type: ignore[misc]
    assert model["state"] == "missing"
    assert model["get"] == "rtseg models pull fake"
    (pulled,) = run(pull_models, ["fake"], code=0)["models"]  # type: ignore[misc]
    assert pulled["error"] is None
    (store.folder("fake") / "LICENSE").write_bytes(b"")
    files = run(verify_models, [], code=1)["files"]
    assert [(Path(f["file"]).name, f["state"]) for f in files] == [  # type: ignore[attr-defined, index]
        ("net.tflite", "ready"),
        ("LICENSE", "corrupt"),
    ]


def test_a_pull_that_fails_says_why(store: Store, wheel_file: Path) -> None:
    wheel_file.unlink()
    out = io.StringIO()
    assert pull_models(["fake"], store, out=out, progress_to=io.StringIO()) == 1
    assert out.getvalue().startswith("fake: model 'fake' is not on this machine and pip cannot")
    with pytest.raises(UsageError, match="did you mean fake"):
        pull_models(["fakee"], store)


def test_the_bar_on_a_terminal_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    with ProgressBar("a title that is longer than any terminal has room for, " * 3, out) as bar:
        for done in (0, 17_800_000, 35_600_000):
            bar.update(done, 35_600_000)
    *drawn, end = out.getvalue().split("\r")[1:]
    assert all(len(line.rstrip("\n")) < 80 for line in (*drawn, end))
    assert "50% 17.8 MB of 35.6 MB" in drawn[1]
    assert end.endswith("100% 35.6 MB of 35.6 MB\n")
    assert out.getvalue().count("\n") == 1


def test_without_a_terminal_there_is_a_line_at_each_quarter() -> None:
    out = io.StringIO()
    with ProgressBar("x", out) as bar:
        for done in range(101):
            bar.update(done, 100)
    shares = [line.split()[1] for line in out.getvalue().splitlines()]
    assert shares == ["0%,", "25%,", "50%,", "75%,", "100%,"]


def test_nothing_is_drawn_when_nothing_is_fetched() -> None:
    out = Terminal()
    with ProgressBar("x", out):
        pass
    assert out.getvalue() == ""


def test_sizes() -> None:
    sizes = [size_text(n) for n in (0, 12_331, 35_622_638, 3_400_000_000)]
    assert sizes == ["0 kB", "12 kB", "35.6 MB", "3.40 GB"]
