"""What is fetched without being asked for, and what is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtseg.images.fetching import fetch_missing
from rtseg.models import Catalogue, Entry, Store, builtin
from rtseg.types import Point, Prompt
from tests.images.colours import ENTRY


class Pulls(Store):
    """A store that notes what it is asked to fetch."""

    def __init__(self, folder: Path, *entries: Entry) -> None:
        super().__init__(folder, catalogue=Catalogue(entries))
        self.pulled: list[str] = []

    def pull(self, name: str, progress: object = None) -> Path:
        self.pulled.append(name)
        return self.folder(name)


PERSON = builtin().entry("person")  # 36 MB, not there
LARGE = replace(PERSON, name="large", speed="interactive", quality=9)


def pulled(folder: Path, prompt: Prompt, *entries: Entry, pull: bool = False) -> list[str]:
    store = Pulls(folder, *entries)
    fetch_missing([prompt], store, pull=pull)
    return store.pulled


def test_a_small_missing_model_is_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pulled(tmp_path, Prompt("people"), PERSON, LARGE) == ["person"]
    assert "fetching the model 'person'" in capsys.readouterr().err
    assert pulled(tmp_path, Prompt("people", model="person"), PERSON) == ["person"]


def test_a_large_one_only_when_asked_for(tmp_path: Path) -> None:
    assert pulled(tmp_path, Prompt("people"), LARGE) == []
    assert pulled(tmp_path, Prompt("people"), LARGE, PERSON, pull=True) == ["large"]


@pytest.mark.parametrize(
    "prompt", [Prompt("leaf"), Prompt("giraffe"), Prompt("people", (Point(0.5, 0.5),))]
)
def test_nothing_where_it_is_here_or_nobody_knows_it(tmp_path: Path, prompt: Prompt) -> None:
    assert pulled(tmp_path, prompt, ENTRY, PERSON, pull=True) == []


def test_what_cannot_run_here_is_not_fetched(tmp_path: Path) -> None:
    needing = replace(PERSON, requires=("no_such_module_anywhere",))
    assert pulled(tmp_path, Prompt("people"), needing, pull=True) == []
