"""The folder: within its bounds, whole files only, and as good after a restart."""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import StorageError
from rtseg.server.masks.folder import FolderStorage

S = 1_000_000_000
NOW_NS = 1_800_000_000 * S


def name(n: int) -> str:
    return f"{n:032x}.png"


@asynccontextmanager
async def opened(
    folder: Path, *, max_bytes: int = 1000, max_count: int = 10
) -> AsyncIterator[FolderStorage]:
    storage = FolderStorage(folder, max_bytes=max_bytes, max_count=max_count)
    try:
        yield storage
    finally:
        await storage.close()


async def put(storage: FolderStorage, n: int, content: bytes, *, at_s: int = 0) -> None:
    now_ns = NOW_NS + at_s * S
    await storage.put(name(n), content, expires_ns=now_ns + 60 * S + n, now_ns=now_ns)


async def there(storage: FolderStorage, *, at_s: int = 0) -> list[int]:
    """Which of the first masks can be had."""
    now_ns = NOW_NS + at_s * S
    return [n for n in range(64) if await storage.get(name(n), now_ns=now_ns) is not None]


def sizes_in(folder: Path) -> list[int]:
    return [path.stat().st_size for path in folder.iterdir()]


async def test_what_is_put_is_had_until_it_expires(tmp_path: Path) -> None:
    async with opened(tmp_path / "a" / "b") as storage:
        assert await there(storage) == []  # there is no folder yet
        await put(storage, 1, b"one")
        assert await storage.get(name(1), now_ns=NOW_NS) == b"one"
        assert await there(storage, at_s=60) == [1]  # its last nanosecond
        assert await there(storage, at_s=61) == []
        assert storage.held().count == 1
        await storage.sweep(now_ns=NOW_NS + 61 * S)
        assert storage.held().count == storage.held().size_bytes == 0
        assert list((tmp_path / "a" / "b").iterdir()) == []


@settings(max_examples=30)
@given(sizes=st.lists(st.integers(0, 400), min_size=1, max_size=25), restart_at=st.integers(0, 25))
async def test_never_over_its_bounds_and_the_newest_stay(sizes: list[int], restart_at: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        storage = FolderStorage(folder, max_bytes=1000, max_count=6)
        for n, size in enumerate(sizes):
            if n == restart_at:
                await storage.close()
                storage = FolderStorage(folder, max_bytes=1000, max_count=6)
            await put(storage, n, bytes(size))
            files = sizes_in(folder)
            assert sum(files) <= 1000
            assert len(files) <= 6
            assert (storage.held().count, storage.held().size_bytes) == (len(files), sum(files))
        newest: list[int] = []
        for n in reversed(range(len(sizes))):
            if len(newest) == 6 or sum(sizes[k] for k in [*newest, n]) > 1000:
                break
            newest.append(n)
        # What a smaller newcomer left standing may be more, never other.
        assert (await there(storage))[-len(newest) :] == sorted(newest)
        await storage.close()


async def test_a_mask_that_never_fits_is_refused_and_costs_no_other(tmp_path: Path) -> None:
    async with opened(tmp_path, max_bytes=1024) as storage:
        await put(storage, 1, bytes(1024))
        with pytest.raises(StorageError, match=r"masks\.max_bytes=1024"):
            await put(storage, 2, bytes(1025))
        assert await there(storage) == [1]


async def test_what_had_to_go_before_its_time_is_counted(tmp_path: Path) -> None:
    async with opened(tmp_path, max_count=2) as storage:
        for n in range(5):
            await put(storage, n, b"x")
        assert storage.held().dropped == 3
        await put(storage, 9, b"x", at_s=100)  # the others have expired
        assert storage.held().dropped == 3
        assert storage.held().count == 1


async def test_a_restart_finds_what_is_there_and_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:
        for n in range(4):
            await put(storage, n, bytes(n))
    others = ["signing-key", "notes.txt", f"{1:032x}.gif", f"{1:031x}.png", f"{1:032X}.PNG".upper()]
    for other in others:
        (tmp_path / other).write_text("not ours")
        os.utime(tmp_path / other, (0, 0))
    (tmp_path / name(77)).mkdir()
    (tmp_path / name(78)).symlink_to(tmp_path / "notes.txt")
    async with opened(tmp_path, max_count=2) as storage:
        await storage.sweep(now_ns=NOW_NS)
        assert storage.held().count == 2
        await put(storage, 9, b"x")
        assert await there(storage) == [3, 9]
    assert all((tmp_path / other).exists() for other in [*others, name(77), name(78)])


async def test_what_a_dead_writer_left_goes_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    partial = tmp_path / f".{1:032x}.123.part.png"
    partial.write_bytes(b"half")
    async with opened(tmp_path) as storage:
        written_ns = partial.stat().st_ctime_ns
        await storage.sweep(now_ns=written_ns + S)
        assert partial.exists()
        assert storage.held().count == 0
        await storage.sweep(now_ns=written_ns + 3600 * S)
        assert not partial.exists()


@pytest.mark.parametrize("fails", ["write_bytes", "replace", "touch", "mkdir"])
async def test_a_full_disk_is_told_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    folder = tmp_path / "masks"
    async with opened(folder) as storage:
        await put(storage, 1, b"one")
        written = Path.write_bytes

        def full(path: Path, *rest: object, **more: object) -> int:
            if fails == "write_bytes":
                written(path, b"ha")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(Path, fails, full)
            with pytest.raises(StorageError, match="No space left on device") as caught:
                await put(storage, 2, b"two")
        assert str(tmp_path) not in str(caught.value)
        assert [path.name for path in folder.iterdir()] == [name(1)]
        assert storage.held().count == 1
        await put(storage, 2, b"two")  # room again
        assert await there(storage) == [1, 2]


async def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    async with opened(tmp_path / "file" / "masks") as storage:
        with pytest.raises(StorageError):
            await put(storage, 1, b"one")


async def test_many_at_once_stay_within_the_bounds(tmp_path: Path) -> None:
    async with opened(tmp_path, max_count=2) as storage:
        await asyncio.gather(*(put(storage, n, b"x") for n in range(60)))
        assert len(sizes_in(tmp_path)) == 2


async def test_many_at_once_from_two_servers_on_one_folder(tmp_path: Path) -> None:
    async with opened(tmp_path, max_count=20) as one, opened(tmp_path, max_count=20) as other:
        await asyncio.gather(
            *(put(storage, n, b"x" * n) for n in range(60) for storage in [(one, other)[n % 2]])
        )
        # Each knows its own until it looks again; both then hold to the bound together.
        await asyncio.gather(one.sweep(now_ns=NOW_NS), other.sweep(now_ns=NOW_NS))
        await one.sweep(now_ns=NOW_NS)
        assert await there(one) == await there(other) == list(range(40, 60))
        assert one.held().count == 20
        for n in range(40, 60):
            assert await other.get(name(n), now_ns=NOW_NS) == b"x" * n


async def test_a_mask_that_another_server_took_away_is_gone(tmp_path: Path) -> None:
    async with opened(tmp_path, max_count=2) as storage:
        await put(storage, 1, b"one")
        (tmp_path / name(1)).unlink()
        assert await there(storage) == []
        for n in range(2, 6):
            await put(storage, n, b"x")  # making room for which meets the missing file
        assert await there(storage) == [4, 5]
