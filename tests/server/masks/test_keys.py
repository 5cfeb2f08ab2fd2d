"""The key beside the masks: one for all who share the folder, readable by its owner alone."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rtseg.errors import StorageError
from rtseg.server.masks import keys


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    key = keys.kept_in(tmp_path / "a" / "masks")
    assert len(key) == 64
    assert keys.kept_in(tmp_path / "a" / "masks") == key
    assert keys.kept_in(tmp_path / "b") != key
    (file,) = (tmp_path / "a" / "masks").iterdir()
    if os.name == "posix":
        assert file.stat().st_mode & 0o777 == 0o600


def test_servers_that_start_at_once_come_to_one_key(tmp_path: Path) -> None:
    for round_ in range(20):
        with ThreadPoolExecutor(8) as threads:
            found = set(threads.map(keys.kept_in, [tmp_path / str(round_)] * 8))
        assert len(found) == 1


def test_a_key_that_is_not_one_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / keys.FILE_NAME).write_text("short\n")
    with pytest.raises(StorageError, match="the server's log says why") as caught:
        keys.kept_in(tmp_path)
    assert "short" not in caplog.text
    assert "remove the file" in caplog.text
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        keys.kept_in(tmp_path / "file" / "masks")
    assert "masks.signing_key" in caplog.text


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
def test_a_key_that_others_can_read_is_warned_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        keys.kept_in(tmp_path)
        assert caplog.text == ""
        (tmp_path / keys.FILE_NAME).chmod(0o644)
        keys.kept_in(tmp_path)
    assert "can be read by others" in caplog.text
