"""What other routes give masks to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from rtseg.config import MasksConfig
from rtseg.errors import PeerError, StorageError, UsageError
from rtseg.server.masks import Masks, new_session_id
from rtseg.server.masks.storage import Held

S = 1_000_000_000
BASE = "http://camera.example:8000/"


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now_ns = 1_800_000_000 * S

    def __call__(self) -> int:
        return self.now_ns


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def masks(tmp_path: Path, clock: Clock) -> AsyncIterator[Masks]:
    masks = made(tmp_path, clock)
    yield masks
    await masks.close()


def made(folder: Path, clock: Clock, **more: Any) -> Masks:
    return Masks(MasksConfig.model_validate({"folder": str(folder)} | more), clock=clock)


async def opened(masks: Masks, url: str) -> bytes | None:
    """Open an address as the route does; None where the mask is gone."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    name = parts.path.rpartition("/")[2]
    await masks.check(name, query["expires"], query["signature"])
    kept = await masks.get(name)
    return None if kept is None else kept.content


@pytest.mark.parametrize(
    ("base_url", "configured", "begins"),
    [
        ("http://a:8000", None, "http://a:8000/v1/masks/"),
        ("http://a:8000/", None, "http://a:8000/v1/masks/"),
        ("https://a/under/here/", None, "https://a/under/here/v1/masks/"),
        ("http://10.0.0.7:8000/", "https://b.example/rtseg/", "https://b.example/rtseg/v1/masks/"),
    ],
)
async def test_addresses_are_absolute_and_as_the_caller_reaches_us(
    tmp_path: Path, clock: Clock, base_url: str, configured: str | None, begins: str
) -> None:
    masks = made(tmp_path, clock, base_url=configured)
    assert (await masks.publish(b"x", base_url=base_url)).startswith(begins)
    await masks.close()


async def test_many_at_once(masks: Masks) -> None:
    contents = [str(n).encode() for n in range(50)]
    urls = await asyncio.gather(*(masks.publish(each, base_url=BASE) for each in contents))
    assert await asyncio.gather(*(opened(masks, url) for url in urls)) == contents


async def test_an_address_works_until_it_ends_and_no_longer(masks: Masks, clock: Clock) -> None:
    url = await masks.publish(b"x", base_url=BASE)
    clock.now_ns += (3600 + 30) * S - 1  # masks.lifetime_s and masks.clock_skew_s
    assert await opened(masks, url) == b"x"
    clock.now_ns += 1
    with pytest.raises(PeerError, match="has expired"):
        await opened(masks, url)


async def test_the_time_left_is_never_less_than_none(masks: Masks, clock: Clock) -> None:
    url = await masks.publish(b"x", base_url=BASE)
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    name = parts.path.rpartition("/")[2]
    assert await masks.check(name, **query) == 3600
    clock.now_ns += 3610 * S
    assert await masks.check(name, **query) == 0


async def test_addresses_and_artifacts_outlive_the_server(
    tmp_path: Path, clock: Clock, masks: Masks
) -> None:
    url = await masks.publish(b"x", base_url=BASE)
    session_id = new_session_id()
    object_id = await masks.keep(b"y", session_id=session_id)
    later = made(tmp_path, clock)
    assert await opened(later, url) == b"x"
    artifact = await later.artifact(session_id, object_id)
    assert artifact is not None
    assert artifact.content == b"y"
    await later.close()


async def test_the_signing_key_changes_while_addresses_are_out(
    tmp_path: Path, clock: Clock
) -> None:
    old, new = "o" * 32, "n" * 32
    before = made(tmp_path, clock, signing_key=old)
    url = await before.publish(b"x", base_url=BASE)
    between = made(tmp_path, clock, signing_key=new, previous_keys=[old])
    after = made(tmp_path, clock, signing_key=new)
    assert await opened(between, url) == b"x"
    with pytest.raises(PeerError):
        await opened(after, url)
    for masks in (before, between, after):
        await masks.close()
    assert len(names_in(tmp_path)) == 1, "no key is made beside one that is configured"


async def test_artifacts_of_one_session_have_ids_of_their_own(
    masks: Masks, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["img_aaaaaa", "img_aaaaaa", "img_aaaaaa", "img_bbbbbb"])
    monkeypatch.setattr("rtseg.server.masks.names.draw_object_id", lambda: next(drawn))
    session_id = new_session_id()
    assert await masks.keep(b"1", session_id=session_id) == "img_aaaaaa"
    assert await masks.keep(b"2", session_id=session_id) == "img_bbbbbb"
    assert (await masks.artifact(session_id, "img_aaaaaa")).content == b"1"  # type: ignore[union-attr]


async def test_artifacts_expire_too(masks: Masks, clock: Clock) -> None:
    session_id = new_session_id()
    object_id = await masks.keep(b"x", session_id=session_id)
    clock.now_ns += 3630 * S
    assert await masks.artifact(session_id, object_id) is None


async def test_neither_id_of_an_artifact_stands_in_the_folder(masks: Masks, tmp_path: Path) -> None:
    session_id = new_session_id()
    object_id = await masks.keep(b"x", session_id=session_id)
    names = " ".join(names_in(tmp_path))
    assert session_id not in names
    assert object_id not in names


@pytest.mark.parametrize("session_id", ["", "short", "a" * 15, "a" * 129, "../" * 8, "ä" * 20])
async def test_a_session_that_could_be_guessed_is_refused(masks: Masks, session_id: str) -> None:
    with pytest.raises(UsageError, match="16 to 128"):
        await masks.keep(b"x", session_id=session_id)


async def test_a_bucket_without_a_key_is_warned_of(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    pytest.importorskip("boto3", reason="boto3 is not installed")
    config = MasksConfig.model_validate(
        {"folder": str(tmp_path), "s3": {"bucket": "b", "region": "eu-west-1"}}
    )
    masks = Masks(config)
    with caplog.at_level(logging.WARNING), pytest.raises(PeerError):
        await masks.check("x", "1", "x")
    await masks.close()
    assert "masks.signing_key is not set" in caplog.text
    assert names_in(tmp_path) == []


class Failing:
    """A storage that failed, and then works again."""

    def __init__(self) -> None:
        self.sweeps = 0

    async def sweep(self, *, now_ns: int) -> None:
        self.sweeps += 1
        if self.sweeps == 1:
            raise StorageError("the disk is on fire")

    def held(self) -> Held:
        return Held(self.sweeps, 0, 0)


async def test_sweeping_goes_on_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Held] = []
    swept = asyncio.Event()

    def take(held: Held) -> None:
        told.append(held)
        swept.set()

    masks = Masks(
        MasksConfig(sweep_interval_s=0.001),
        storage=Failing(),  # type: ignore[arg-type]
        on_held=take,
    )
    sweeping = asyncio.create_task(masks.sweep())
    async with asyncio.timeout(20):
        await swept.wait()
    sweeping.cancel()
    assert "on fire" in caplog.text
    assert told[0].count == 2
