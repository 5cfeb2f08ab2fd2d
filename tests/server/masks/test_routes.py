"""Masks and artifacts over HTTP, as a browser, a cache and the services' clients ask for them."""

from __future__ import annotations

import asyncio
import http.client
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from rtseg.errors import PeerError
from rtseg.server.access import admit
from rtseg.server.masks import Masks, new_session_id
from tests.server.running import Running, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
ORIGIN = {"Origin": "https://elsewhere.example"}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture(scope="module")
def client(server: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def masks_of(server: Running) -> Masks:
    masks = server.app.state.masks
    assert isinstance(masks, Masks)
    return masks


def published(server: Running, content: bytes = PNG) -> str:
    return asyncio.run(masks_of(server).publish(content, base_url=server.url + "/"))


def kept(server: Running, content: bytes = PNG) -> dict[str, str]:
    session_id = new_session_id()
    keep = masks_of(server).keep(content, session_id=session_id)
    return {"session_id": session_id, "object_id": asyncio.run(keep)}


@pytest.fixture(scope="module")
def url(server: Running) -> str:
    return published(server)


def test_a_mask_is_had_by_its_address(server: Running, client: httpx.Client, url: str) -> None:
    assert re.fullmatch(
        re.escape(server.url) + r"/v1/masks/[0-9a-f]{32}\.png\?expires=\d{10}&signature=[\w-]{43}",
        url,
    )
    answer = client.get(url)
    assert (answer.status_code, answer.content) == (200, PNG)
    headers = answer.headers
    assert headers["content-type"] == "image/png"
    assert headers["content-length"] == str(len(PNG))
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    private, age, immutable = headers["cache-control"].split(", ")
    assert (private, immutable) == ("private", "immutable")
    assert 3590 <= int(age.removeprefix("max-age=")) <= 3600


def test_no_two_addresses_are_alike_even_of_one_content(server: Running) -> None:
    paths = {urlsplit(published(server)).path for _ in range(20)}
    assert len(paths) == 20


def test_head_says_the_same_without_the_bytes(client: httpx.Client, url: str) -> None:
    got, head = client.get(url), client.head(url)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "accept-ranges"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-7", PNG[:8], "bytes 0-7/1032"),
        ("bytes=8-", PNG[8:], "bytes 8-1031/1032"),
        ("bytes=-4", PNG[-4:], "bytes 1028-1031/1032"),
        ("bytes=1000-9999", PNG[1000:], "bytes 1000-1031/1032"),
    ],
)
def test_a_part_of_it(client: httpx.Client, url: str, asked: str, part: bytes, told: str) -> None:
    answer = client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, part)
    assert answer.headers["content-range"] == told
    assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=5-4", "lines=1-2", "bytes=0-1,4-5", "nonsense"])
def test_a_range_that_is_none_is_not_looked_at(client: httpx.Client, url: str, asked: str) -> None:
    answer = client.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, PNG)


def test_a_range_behind_the_end(client: httpx.Client, url: str) -> None:
    answer = client.get(url, headers={"Range": "bytes=1032-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1032"
    assert answer.json()["error"]["code"] == "range_not_satisfiable"


def test_a_part_only_of_the_file_that_one_has(client: httpx.Client, url: str) -> None:
    etag = client.get(url).headers["etag"]
    part = {"Range": "bytes=0-7"}
    assert client.get(url, headers=part | {"If-Range": etag}).status_code == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
        assert client.get(url, headers=part | {"If-Range": other}).content == PNG


def test_a_mask_that_one_has_is_not_sent_again(client: httpx.Client, url: str) -> None:
    etag = client.get(url).headers["etag"]
    for known in (etag, f'"a", {etag}', f"W/{etag}", "*"):
        for method in ("GET", "HEAD"):
            answer = client.request(method, url, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == etag
            assert "max-age" in answer.headers["cache-control"]
    assert client.get(url, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_page_of_any_origin_may_draw_it_and_read_what_went_wrong(
    client: httpx.Client, url: str
) -> None:
    for address, status in ((url, 200), (url + "x", 403)):
        answer = client.get(address, headers=ORIGIN)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


def test_beside_named_origins_all_others_may_draw_it_too() -> None:
    with running(server={"allowed_origins": ["https://robot.example"]}) as server:
        url = published(server)
        for origin, allowed in (
            ("https://robot.example", "https://robot.example"),
            ("https://elsewhere.example", "*"),
        ):
            answer = httpx.get(url, headers={"Origin": origin}, trust_env=False)
            assert answer.headers.get_list("access-control-allow-origin") == [allowed]


def test_every_tampered_address_is_refused_alike(client: httpx.Client, url: str) -> None:
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    name = parts.path.rpartition("/")[2]
    later = {"expires": str(int(query["expires"]) + 1)}
    attempts = [
        (parts.path, {}),
        (parts.path, {"expires": query["expires"]}),
        (parts.path, {"signature": query["signature"]}),
        (parts.path, query | later),
        (parts.path, query | {"expires": "9" * 12}),
        (parts.path, query | {"expires": ""}),
        (parts.path, query | {"signature": query["signature"][::-1]}),
        (parts.path, query | {"signature": "\u202e\u0661"}),
        (parts.path.replace(".png", ".jpg"), query),
        (parts.path.removesuffix(".png"), query),
        (parts.path.upper().replace("/V1/MASKS", "/v1/masks"), query),
        ("/v1/masks/" + "0" * 32 + ".png", query),  # nor is it told whether a name is there
        ("/v1/masks/signing-key", query),
        ("/v1/masks/..", query),
        ("/v1/masks/%2e%2e", query),
        ("/v1/masks/..%5c..%5csecret", query),
        ("/v1/masks/%00", query),
        (f"/v1/masks/{name}%00", query),
        (f"/v1/masks/%C0%AE%C0%AE{name}", query),
        ("/v1/masks/\u2215\uff0e\uff0e", query),
    ]
    bodies = set()
    for path, arguments in attempts:
        if path == "/v1/masks/..":
            continue  # the client resolves it; sent as it is below
        answer = client.get(path, params=arguments)
        assert answer.status_code == 403, (path, arguments)
        bodies.add(answer.text)
    assert len(bodies) == 1
    assert "bad_signature" in bodies.pop()


@pytest.mark.parametrize(
    "target",
    [
        "/v1/masks/../masks/x",
        "/v1/masks/../../../../etc/passwd",
        "/v1/masks/..%2f..%2f..%2fetc%2fpasswd",
        "/v1/masks/%2e%2e%2fsigning-key",
        "/v1/masks/%252e%252e%252fsigning-key",
        "/v1/masks//etc/passwd",
        "/v1/masks/.%00./signing-key",
        "/v1/masks/..\\..\\signing-key",
    ],
)
def test_nothing_else_is_reached_by_any_spelling(server: Running, target: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.putrequest("GET", "/", skip_host=True)
    connection._buffer.clear()  # type: ignore[attr-defined]  # its own check refuses such targets
    connection._output(f"GET {target} HTTP/1.1\r\nHost: x".encode())  # type: ignore[attr-defined]
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status in {403, 404}
    assert b'"error"' in answer.read()
    connection.close()


def test_it_expires() -> None:
    with running(masks={"lifetime_s": 1, "clock_skew_s": 0}) as server:
        masks = masks_of(server)
        now_ns = 1_800_000_000_000_000_000
        masks._clock = lambda: now_ns
        url = published(server)
        assert httpx.get(url, trust_env=False).status_code == 200
        now_ns += 1_000_000_000
        answer = httpx.get(url, trust_env=False)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "expired"
        assert answer.headers["cache-control"] == "no-store"


def test_a_mask_that_had_to_go_is_told_and_counted() -> None:
    with running(masks={"max_count": 2}) as server:
        urls = [published(server) for _ in range(3)]
        answer = httpx.get(urls[0], trust_env=False)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "no_such_mask"
        assert all(httpx.get(url, trust_env=False).status_code == 200 for url in urls[1:])
        told = server.metrics()
        assert told["rtseg_masks"] == 2
        assert told["rtseg_masks_bytes"] == 2 * len(PNG)
        assert told["rtseg_masks_dropped_total"] == 1


def test_a_storage_that_fails_is_a_503(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("place") / "file"
    file.write_text("")
    with running(masks={"folder": str(file / "masks")}) as server:
        answer = httpx.get(f"{server.url}/v1/masks/x?expires=1&signature=x", trust_env=False)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "storage_failed"
        assert "retry-after" in answer.headers
        assert str(file) not in answer.text


def test_an_artifact_is_had_by_both_its_ids(server: Running, client: httpx.Client) -> None:
    ids = kept(server)
    assert re.fullmatch(r"img_\w{6}", ids["object_id"])
    answer = client.get("/v1/artifacts", params=ids)
    assert (answer.status_code, answer.content) == (200, PNG)
    # vlmrun looks for this spelling.
    assert (b"Content-Type", b"image/png") in answer.headers.raw
    assert client.head("/v1/artifacts", params=ids).headers["content-length"] == str(len(PNG))
    part = client.get("/v1/artifacts", params=ids, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, PNG[:4])
    # Any page may ask, but only a page of ours, or one with leave, may read the answer.
    assert "access-control-allow-origin" not in client.get("/v1/artifacts", params=ids).headers


def test_an_artifact_is_not_had_otherwise(server: Running, client: httpx.Client) -> None:
    ids, other = kept(server), kept(server)
    for wrong in (
        ids | {"session_id": other["session_id"]},
        ids | {"session_id": ids["session_id"].upper()},
        ids | {"session_id": "../" * 8},
        ids | {"session_id": "\u0661" * 32},
        ids | {"object_id": "img_zzzzzz"},
        ids | {"object_id": ids["object_id"] + "\n"},
        ids | {"object_id": "../../x"},
        ids | {"object_id": "vid" + ids["object_id"][3:]},
    ):
        answer = client.get("/v1/artifacts", params=wrong)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "no_such_mask"
    for incomplete in (
        {},
        {"object_id": ids["object_id"]},
        {"session_id": ids["session_id"]},
        {"execution_id": ids["session_id"], "object_id": ids["object_id"]},
        ids | {"filename": "a"},
    ):
        answer = client.get("/v1/artifacts", params=incomplete)
        assert answer.status_code == 400
        assert "session_id and object_id" in answer.json()["error"]["message"]
        assert answer.json()["error"]["code"] == "invalid_request"


def test_an_artifact_takes_a_key_and_an_address_takes_none() -> None:
    async def refuse() -> None:
        raise PeerError("no key", code="unauthorized", status=401)

    with running() as server:
        url, ids = published(server), kept(server)
        server.app.dependency_overrides[admit] = refuse
        for method in ("GET", "HEAD"):
            asked = httpx.request(method, f"{server.url}/v1/artifacts", params=ids, trust_env=False)
            assert asked.status_code == 401
            assert httpx.request(method, url, trust_env=False).status_code == 200


def test_the_api_document_has_both(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v1/masks/{name}", "/v1/artifacts"):
        answers = paths[path]["get"]["responses"]
        assert set(answers["200"]["content"]) == {"image/png"}
        assert {"206", "304", "404", "416"} <= set(answers)
