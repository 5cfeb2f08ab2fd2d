"""Addresses that strangers name: what is fetched, and what nobody gets the server to do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpcore
import pytest

from rtseg.config import ApiConfig, Config
from rtseg.errors import ConfigError, ImageTooLargeError, PeerError, RtsegError
from rtseg.server.app import create_app
from rtseg.server.intake import Fetcher
from tests.server.intake.far_side import (
    PUBLIC,
    FarSide,
    Names,
    Network,
    answer,
    far_side,
    make_certificates,
)

PICTURE = b"\xff\xd8\xff a picture"
BOUND = 10_000


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificates(
        tmp_path_factory.mktemp("tls"), "pictures.test", "other.test", "two.test"
    )


class World:
    """A fetcher, the names it can resolve, the network it is in, and the far side."""

    def __init__(self, far: FarSide, ca: Path) -> None:
        self.far = far
        self.ca = ca
        self.network = Network(far.port)
        self.names = Names(
            pictures_test=[[PUBLIC]],
            other_test=[["2606:4700::1"]],
            inner_test=[["192.168.1.1"]],
            mixed_test=[[PUBLIC, "127.0.0.1"]],
            rebinding_test=[[PUBLIC], ["127.0.0.1"]],
            two_test=[["93.184.216.1", PUBLIC]],
            unsigned_test=[[PUBLIC]],
        )

    def fetcher(self, **config: Any) -> Fetcher:
        api = ApiConfig(max_image_bytes=BOUND, **{"fetch_ca_file": str(self.ca), **config})
        return Fetcher(api, resolve=self.names, network=self.network)

    async def fails(self, url: str, **config: Any) -> RtsegError:
        with pytest.raises(RtsegError) as caught:
            await self.fetcher(**config).fetch(url)
        return caught.value


@pytest.fixture
async def world(certificates: tuple[Path, Path]) -> AsyncIterator[World]:
    ca, leaf = certificates
    async with far_side(leaf) as far:
        far.answers["/cat.jpg"] = answer(PICTURE)
        yield World(far, ca)


async def test_a_picture(world: World) -> None:
    assert await world.fetcher().fetch("https://pictures.test/cat.jpg#here") == PICTURE
    ((path, headers),) = world.far.asked
    assert path == "/cat.jpg"
    assert headers["host"] == "pictures.test"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("rtseg/")
    assert not {"cookie", "authorization", "referer"} & set(headers)
    assert world.far.server_names == ["pictures.test"]
    assert world.network.connected == [(PUBLIC, 443)]


async def test_the_environment_names_no_proxy(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await world.fetcher().fetch("https://pictures.test/cat.jpg") == PICTURE


async def test_the_next_address_is_tried_where_one_is_dead(world: World) -> None:
    world.network.dead = {"93.184.216.1"}
    assert await world.fetcher().fetch("https://two.test/cat.jpg") == PICTURE
    assert [host for host, _ in world.network.connected] == ["93.184.216.1", PUBLIC]


async def test_a_silent_address_leaves_time_for_the_next(world: World) -> None:
    world.network.silent = {"93.184.216.1"}
    fetcher = world.fetcher(fetch_timeout_s=3)
    assert await fetcher.fetch("https://two.test/cat.jpg") == PICTURE
    world.network.silent.add(PUBLIC)
    error = await world.fails("https://two.test/cat.jpg", fetch_timeout_s=0.3)
    assert "within 0.3 s" in str(error)


@pytest.mark.parametrize(
    "host",
    [
        "inner.test",
        "mixed.test",
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "0.0.0.0",
    ],
)
async def test_no_inner_address_is_connected_to(world: World, host: str) -> None:
    error = await world.fails(f"https://{host}/cat.jpg")
    assert isinstance(error, PeerError)
    assert (error.status, error.code) == (400, "bad_image_url")
    assert "api.allow_private_addresses" in str(error)
    assert "192.168" not in str(error)  # where its names lead is nobody's business
    assert world.network.connected == []


@pytest.mark.parametrize("host", ["2130706433", "127.1", "0x7f.1", "0177.0.0.1", "localhost"])
async def test_nor_one_that_is_written_oddly(world: World, host: str) -> None:
    """With the system's own resolver."""
    fetcher = Fetcher(ApiConfig(), network=world.network)
    with pytest.raises(PeerError, match=r"own network|could not be fetched|expected image_url"):
        await fetcher.fetch(f"https://{host}/")
    assert world.network.connected == []


async def test_ports_where_any_is_allowed(world: World) -> None:
    fetcher = world.fetcher(fetch_ports=())
    assert await fetcher.fetch("https://pictures.test:8443/cat.jpg") == PICTURE
    assert world.network.connected == [(PUBLIC, 8443)]
    for port in (0, 65_536, 99_999):
        error = await world.fails(f"https://pictures.test:{port}/", fetch_ports=())
        assert f"no port is called {port}" in str(error)


async def test_inner_addresses_where_the_configuration_allows_them(world: World) -> None:
    error = await world.fails("https://inner.test/cat.jpg", allow_private_addresses=True)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)  # connected, and TLS held its name to it
    assert world.network.connected == [("192.168.1.1", 443)]


async def test_the_address_that_was_looked_at_is_the_one_that_is_used(world: World) -> None:
    await world.fails("https://rebinding.test/cat.jpg")
    assert world.names.asked == [("rebinding.test", 443)]
    assert world.network.connected == [(PUBLIC, 443)]
    # The name changes its mind: a second request is looked at anew.
    error = await world.fails("https://rebinding.test/cat.jpg")
    assert "own network" in str(error)
    assert world.network.connected == [(PUBLIC, 443)]


async def test_redirects(world: World) -> None:
    world.far.answers |= {
        "/1": answer(b"", status=301, Location="/2"),
        "/2": answer(b"ignored", status=302, Location="//other.test/3"),
        "/3": answer(b"", status=308, Location="https://pictures.test/cat.jpg"),
    }
    assert await world.fetcher().fetch("https://pictures.test/1") == PICTURE
    assert world.network.connected == [
        (PUBLIC, 443), (PUBLIC, 443), ("2606:4700::1", 443), (PUBLIC, 443)
    ]  # fmt: skip
    error = await world.fails("https://pictures.test/1", max_redirects=2)
    assert "redirects more than 2 times" in str(error)


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("https://inner.test/", "own network"),
        ("https://127.0.0.1/", "own network"),
        ("http://pictures.test/cat.jpg", "by the redirect of pictures.test; use https"),
        ("file:///etc/passwd", "expected image_url to be"),
        ("data:image/png;base64,AAAA", "expected image_url to be"),
        ("https://user:secret@pictures.test/cat.jpg", "without name and password"),
        ("https://pictures.test:22/", "got port 22 of pictures.test"),
        ("https://pictures.test:x/", "redirects to what is no address"),
        ("https://[/", "no address is known"),
        ("https://pictures.test/loop", "redirects more than 3 times"),
    ],
)
async def test_redirects_into_the_dark(world: World, location: str, says: str) -> None:
    world.far.answers["/loop"] = answer(b"", status=302, Location=location)
    error = await world.fails("https://pictures.test/loop")
    assert says in str(error)
    assert "secret" not in str(error)
    assert {host for host, _ in world.network.connected} == {PUBLIC}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://pictures.test/cat.jpg", "api.allow_http"),
        ("ftp://pictures.test/cat.jpg", "got 'ftp://pictures.test/cat.jpg'"),
        ("file:///etc/passwd", "expected image_url"),
        ("//pictures.test/cat.jpg", "expected image_url"),
        ("cat.jpg", "got 'cat.jpg'"),
        ("", "got ''"),
        ("https://", "expected image_url"),
        ("https:///cat.jpg", "expected image_url"),
        ("https://user:secret@pictures.test/", "without name and password"),
        ("https://pictures.test:8443/", "got port 8443 of pictures.test; others are allowed with"),
        ("https://pictures.test:99999/", "no port is called 99999"),
        ("https://pictures.test\x00.inner.test/", "expected image_url"),
        ("https://[fe80::1%25eth0]/", ""),
        ("https://" + "a" * 70_000, ""),
        ("https://nowhere.test/", "no address is known for nowhere.test"),
    ],
)
async def test_what_is_no_address_to_fetch_from(world: World, url: str, says: str) -> None:
    error = await world.fails(url)
    assert isinstance(error, PeerError)
    assert error.status == 400
    assert says in str(error)
    assert "secret" not in str(error)
    assert len(str(error)) < 500
    assert world.network.connected == []


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (answer(b"no", status=404), "pictures.test answers with status 404"),
        (answer(b"no", status=500), "status 500"),
        (answer(b"", status=302), "status 302"),
        (answer(b"x" * 9, Content_Encoding="gzip"), "compressed data that was not asked for"),
        (b"SSH-2.0-OpenSSH_9\r\n", "could not be fetched: pictures.test: "),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "could not be fetched"),
        (b"", "could not be fetched"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 90_000, "could not be fetched"),
    ],
)
async def test_a_far_side_that_does_not_give_it(world: World, told: bytes, says: str) -> None:
    world.far.answers["/cat.jpg"] = told
    error = await world.fails("https://pictures.test/cat.jpg")
    assert isinstance(error, PeerError)
    assert (error.status, error.code) == (400, "image_not_fetched")
    assert says in str(error)


async def test_an_endless_body_ends_at_the_bound(world: World) -> None:
    sent = 0

    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing() and sent < 200_000_000:
            writer.write(b"x" * 65_536)
            sent += 65_536
            await writer.drain()

    world.far.answers["/cat.jpg"] = endless
    error = await world.fails("https://pictures.test/cat.jpg")
    assert isinstance(error, ImageTooLargeError)
    assert f"at most {BOUND} bytes" in str(error)
    assert sent < 50_000_000


async def test_a_length_that_is_too_large_is_believed_and_a_small_one_is_not(world: World) -> None:
    world.far.answers["/cat.jpg"] = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999\r\n\r\n"
    assert isinstance(await world.fails("https://pictures.test/cat.jpg"), ImageTooLargeError)
    lying = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + b"x" * (BOUND * 2)
    world.far.answers["/cat.jpg"] = lying
    assert len(await world.fetcher().fetch("https://pictures.test/cat.jpg")) == 5


async def test_a_body_of_exactly_the_bound(world: World) -> None:
    world.far.answers["/cat.jpg"] = answer(b"x" * BOUND)
    assert len(await world.fetcher().fetch("https://pictures.test/cat.jpg")) == BOUND
    world.far.answers["/cat.jpg"] = answer(b"x" * (BOUND + 1))
    assert isinstance(await world.fails("https://pictures.test/cat.jpg"), ImageTooLargeError)


async def test_a_slow_drip_ends_at_the_time_limit(world: World) -> None:
    given_up = asyncio.Event()

    async def drip(path: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        finally:
            given_up.set()

    world.far.answers["/cat.jpg"] = drip
    error = await world.fails("https://pictures.test/cat.jpg", fetch_timeout_s=0.3)
    assert isinstance(error, PeerError)
    assert error.code == "image_not_fetched"
    assert "did not answer whole within 0.3 s" in str(error)
    await asyncio.wait_for(given_up.wait(), 5)  # the connection does not stay


async def test_silence_at_any_point_ends_at_the_time_limit(world: World) -> None:
    async def silence(path: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    world.far.answers["/cat.jpg"] = silence
    error = await world.fails("https://pictures.test/cat.jpg", fetch_timeout_s=0.2)
    assert "within 0.2 s" in str(error)

    async def hangs(host: str, port: int) -> Any:
        await asyncio.sleep(5)

    api = ApiConfig(fetch_timeout_s=0.2)
    with pytest.raises(PeerError, match=re.escape("within 0.2 s")):
        await Fetcher(api, resolve=hangs, network=world.network).fetch("https://pictures.test/")


async def test_plain_http_where_it_is_allowed(certificates: tuple[Path, Path]) -> None:
    async with far_side(None) as far:
        far.answers["/cat.jpg"] = answer(PICTURE)
        world = World(far, certificates[0])
        fetcher = world.fetcher(allow_http=True)
        assert await fetcher.fetch("http://pictures.test/cat.jpg") == PICTURE
        assert world.network.connected == [(PUBLIC, 80)]


async def test_a_certificate_is_wanted_that_is_trusted(world: World) -> None:
    error = await world.fails("https://pictures.test/cat.jpg", fetch_ca_file=None)
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    error = await world.fails("https://unsigned.test/cat.jpg")
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)
    assert world.far.asked == []


def test_a_file_of_authorities_that_is_none(tmp_path: Path) -> None:
    for file in (tmp_path / "nowhere.pem", tmp_path / "empty.pem"):
        if file.name == "empty.pem":
            file.write_text("no certificate")
        with pytest.raises(ConfigError, match=r"api\.fetch_ca_file: expected a PEM file"):
            create_app(Config(api=ApiConfig(fetch_ca_file=str(file))))


async def test_the_systems_resolver_and_network() -> None:
    """Without anything put in its place: this machine's own address, by its name."""
    async with far_side(None) as far:
        far.answers["/cat.jpg"] = answer(PICTURE)
        api = ApiConfig(allow_http=True, allow_private_addresses=True, fetch_ports=())
        fetched = await Fetcher(api).fetch(f"http://localhost:{far.port}/cat.jpg")
        assert fetched == PICTURE
    assert isinstance(httpcore.AnyIOBackend(), httpcore.AsyncNetworkBackend)
