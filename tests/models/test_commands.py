from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rtseg.cli import main
from rtseg.errors import UsageError
from rtseg.models import Catalogue, Entry, Store, availability, commands
from rtseg.models.commands import (
    list_models,
    pull_models,
    show_models,
    verify_models,
    which_model,
)
from rtseg.models.progress import ProgressBar, size_text
from rtseg.models.sources import File, FolderSource, HubSource
from rtseg.types import Box, Prompt

from .conftest import fill


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def said(command: Callable[..., int], *arguments: Any, code: int = 0, **keywords: Any) -> str:
    """Run a command, expect its exit code, return what it wrote."""
    out = io.StringIO()
    assert command(*arguments, out=out, **keywords) == code
    return out.getvalue()


def told(command: Callable[..., int], *arguments: Any, code: int = 0, **keywords: Any) -> Any:
    """Run a command with `as_json` and return what it wrote."""
    return json.loads(said(command, *arguments, code=code, as_json=True, **keywords))


@pytest.fixture
def wide(store: Store, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A catalogue of every kind of entry, on a machine without a GPU."""
    monkeypatch.setattr(commands, "has_gpu", lambda: False)
    monkeypatch.setattr(availability, "cuda_devices", lambda: 0)
    hub = HubSource("hub", "a/b", gated=True, about_bytes=2_000_000_000)
    boxes = frozenset({"point", "box", "mask"})
    return Store(
        store.home,
        catalogue=Catalogue(
            [
                replace(entry, name="touch", source=None, files=(), takes=boxes, labels={}),
                entry,
                replace(entry, name="many", labels={f"word{i}": () for i in range(80)}),
                replace(
                    entry,
                    name="large",
                    quality=9,
                    open_vocabulary=True,
                    source=hub,
                    files=(File("a"),),
                    requires=("no_such_module",),
                ),
                replace(entry, name="gated", source=replace(hub, about_bytes=None)),
                replace(entry, name="own", source=FolderSource("folder", "/none"), files=()),
                replace(entry, name="fast", speed="gpu"),
                replace(entry, name="slow", speed="gpu", quality=8, source=hub, remembers=True),
            ]
        ),
    )


def test_the_list_is_a_table_with_one_command_for_each(wide: Store) -> None:
    lines = said(list_models, wide).splitlines()
    rows = {line.split()[0]: line for line in lines[: lines.index("")]}
    assert list(rows) == ["model", *(entry.name for entry in wide.catalogue)]
    column = rows["model"].index("state")
    assert rows["touch"][column:] == "ready"
    assert "box, point" in rows["touch"]
    assert {rows[name][column:] for name in rows if name not in ("model", "touch")} == {"missing"}
    assert "thing" in rows["fake"]
    assert "CC0-1.0" in rows["fake"]
    assert "33 kB (of 33 kB)" not in rows["fake"]
    assert "word0, word1, word2 … (80 words)" in rows["many"]
    assert "any words" in rows["large"]
    assert "thing, video " in rows["slow"]
    assert "about 2.00 GB" in rows["large"]
    got = {line.split(":")[0].strip(): line for line in lines[lines.index("") :] if line}
    assert got["fake"] == "  fake: rtseg models pull fake"
    assert got["large"] == "  large: pip install no_such_module && rtseg models pull large"
    assert got["own"] == "  own: put its files into /none"
    assert "touch" not in got


def test_list_as_json_says_all_of_it(wide: Store) -> None:
    document = told(list_models, wide)
    assert document["home"] == str(wide.home)
    models = {model["name"]: model for model in document["models"]}
    assert len(models["many"]["labels"]) == 80
    assert models["fake"]["get"] == "rtseg models pull fake"
    assert models["fake"]["size_bytes"] > 0
    assert models["touch"]["get"] is None
    assert models["touch"]["takes"] == ["box", "point"]
    assert models["large"]["size_bytes"] is None
    assert models["large"]["about_bytes"] == 2_000_000_000
    assert models["large"]["requires"] == ["no_such_module"]


def test_show_says_all_of_one(wide: Store) -> None:
    text = said(show_models, ["large", "many"], wide)
    assert "a/b at main, gated" in text
    assert "needs    no_such_module" in text
    assert "word79" in text
    assert "word78, word79" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100
    (model,) = told(show_models, ["fake"], wide)["models"]
    assert model["source"] == "pip: rtsegfake==1.0"
    with pytest.raises(UsageError, match="did you mean many"):
        show_models(["mny"], wide)


def test_files_without_their_modules(wide: Store, store: Store, entry: Entry) -> None:
    fill(store)
    needy = replace(entry, requires=("no_such_module",))
    (model,) = told(list_models, Store(store.home, catalogue=Catalogue([needy])))["models"]
    assert model["state"] == "needs modules"
    assert model["get"] == "pip install no_such_module"


def test_which_says_who_and_why_and_who_would_be_better(wide: Store) -> None:
    text = said(which_model, Prompt("gizmo"), wide, code=1)
    assert text.startswith("nothing here answers: no model on this machine can outline 'gizmo'; ")
    assert "large could: get it with: pip install" in text
    document = told(which_model, Prompt("gizmo"), wide, code=1)
    assert document["route"] is None
    assert document["better"][0]["model"] == "large"

    text = said(which_model, Prompt(box=Box(0, 0, 1, 1)), wide)
    assert text.startswith("touch answers, as 'object': outlines 5 of 9, every frame")

    fill(wide)
    text = said(which_model, Prompt("gizmos"), wide)
    assert text.startswith("fake answers, as 'thing': outlines 5 of 9")
    assert "better: large: outlines 9 of 9" in text
    assert "&& rtseg models pull large" in text
    document = told(which_model, Prompt("gizmos"), wide)
    assert document["route"] == {"model": "fake", "label": "thing", "outliner": None}
    assert [model["model"] for model in document["better"]] == ["large", "slow"]
    assert "better with a GPU: slow: outlines 8 of 9, wants a GPU, there is none here" in text
    assert "fast" not in [model["model"] for model in document["better"]]
    assert "as the prompt says" not in said(which_model, Prompt("gizmo", model="fake"), wide)

    text = said(which_model, Prompt("okapi", model="fake"), wide, code=1)
    assert "'fake' cannot outline 'okapi'; it takes: thing" in text
    assert "could: large" in text
    assert "nothing here answers: expected words" in said(which_model, Prompt(), wide, code=1)


def test_pull_and_verify_in_words(store: Store) -> None:
    bar = io.StringIO()
    assert said(verify_models, [], store) == (
        "no model's files are here; get some with: rtseg models pull\n"
    )
    text = said(verify_models, ["fake"], store, code=1)
    assert "missing " in text
    assert "fake: get it with: rtseg models pull fake" in text
    text = said(pull_models, [], store, progress_to=bar)
    assert text == f"fake: ready in {store.folder('fake')}\n"
    assert "100%" in bar.getvalue()
    assert said(verify_models, [], store).count("ready ") == 2
    (store.folder("fake") / "LICENSE").write_bytes(b"x")
    text = said(verify_models, [], store, code=1)
    assert "corrupt " in text
    assert "(it is truncated: it has 1 bytes of 15)" in text


def test_pull_and_verify_as_json(store: Store) -> None:
    document = told(pull_models, ["fake"], store, progress_to=io.StringIO())
    (pulled,) = document["models"]
    assert pulled["error"] is None
    (store.folder("fake") / "LICENSE").write_bytes(b"")
    files = told(verify_models, [], store, code=1)["files"]
    assert [(Path(f["file"]).name, f["state"]) for f in files] == [
        ("net.tflite", "ready"),
        ("LICENSE", "corrupt"),
    ]


def test_pull_of_none_leaves_out_what_was_not_asked_for(wide: Store) -> None:
    document = told(pull_models, [], wide, progress_to=io.StringIO())
    assert [model["name"] for model in document["models"]] == ["touch", "fake", "many"]
    assert {model["error"] for model in document["models"]} == {None}
    assert document["skipped"] == {
        "large": "it needs no_such_module",
        "gated": "its owner wants to be asked for access first",
        "own": "it is a folder of yours",
        "fast": "it wants a GPU",
        "slow": "its owner wants to be asked for access first",
    }
    text = said(pull_models, [], wide, progress_to=io.StringIO())
    assert "fast: left out, it wants a GPU; to have it: rtseg models pull fast" in text


def test_a_users_folder_without_files_is_told_by_verify(wide: Store) -> None:
    text = said(verify_models, [], wide, code=1)
    assert "own: mend its files in /none" in text


def test_a_users_file_without_a_checksum_is_said_to_be_unchecked(
    store: Store, entry: Entry, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "net.onnx").write_bytes(b"x")
    own = replace(entry, source=FolderSource("folder", str(tmp_path / "mine")), files=())
    text = said(verify_models, [], Store(store.home, catalogue=Catalogue([own])))
    assert "net.onnx  (its checksum is not known)" in text


def test_a_pull_that_fails_says_why(store: Store, wheel_file: Path) -> None:
    wheel_file.unlink()
    text = said(pull_models, ["fake"], store, progress_to=io.StringIO(), code=1)
    assert text.startswith("fake: model 'fake' is not on this machine and pip cannot")
    with pytest.raises(UsageError, match="did you mean fake"):
        pull_models(["fakee"], store)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's catalogue file; no configuration but this."""
    monkeypatch.setenv("RTSEG_HOME", str(tmp_path / "home"))
    for name in ("RTSEG_CONFIG", "RTSEG_MODELS__CATALOGUE"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "my models.yaml"
    path.write_text(
        "mine: {title: Mine, note: '', licence: MIT, speed: camera, quality: 4, backend: yolox,"
        " role: detector, devices: [cpu], labels: {okapi: []},"
        " source: {kind: folder, path: onnx}, files: [{name: net.onnx}]}"
    )
    return path


@pytest.mark.parametrize("way", ["flag", "variable", "file"])
def test_a_users_own_model_by_the_command_line(
    catalogue: Path,
    way: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = []
    if way == "flag":
        flags = ["--catalogue", str(catalogue)]
    elif way == "variable":
        monkeypatch.setenv("RTSEG_MODELS__CATALOGUE", str(catalogue))
    else:
        config = catalogue.parent / "config.yaml"
        config.write_text(f"models: {{catalogue: {str(catalogue)!r}}}")
        monkeypatch.setenv("RTSEG_CONFIG", str(config))
    assert main(["models", "which", "okapi", "--json", *flags]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["error"].endswith(f"mine could: put its files into {catalogue.parent / 'onnx'}")
    (catalogue.parent / "onnx").mkdir()
    (catalogue.parent / "onnx" / "net.onnx").write_bytes(b"x")
    assert main(["models", "which", "okapi", *flags]) == 0
    assert capsys.readouterr().out.startswith("mine with touch answers, as 'okapi': finds boxes")
    assert main(["models", "verify", "mine", *flags]) == 0
    assert main(["models", "pull", "mine", *flags]) == 0
    assert main(["models", "show", "mine", *flags]) == 0
    assert f"from     {catalogue}" in capsys.readouterr().out


def test_a_wrong_catalogue_is_named(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalogue.write_text("mine: {title: 3}")
    assert main(["models", "list", "--catalogue", str(catalogue)]) == 2
    assert f"rtseg: catalogue {catalogue}: mine.title" in capsys.readouterr().err
    assert main(["models", "list", "--catalogue", str(catalogue) + "x"]) == 2
    assert "No such file" in capsys.readouterr().err


def test_which_by_touch(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "which", "--point"]) == 0
    assert capsys.readouterr().out.startswith("touch answers, as 'object'")
    assert main(["models", "which", "okapi", "--box", "--model", "touch", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["route"] == {"model": "touch", "label": "okapi", "outliner": None}


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
