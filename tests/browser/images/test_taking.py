"""Pictures: what was found, taken away by the clipboard and as files."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import expect

from rtseg.formats.exporting import FORMATS
from tests.browser.images.conftest import Open
from tests.browser.images.image_tab import LARGE, SIDES, SMALL, ImageTab, centre, draw, encoded
from tests.server.running import Running

pytestmark = pytest.mark.browser


def plain(server: Running, body: dict[str, Any], image: bytes | None = None) -> dict[str, Any]:
    """What the API answers by itself."""
    picture = Pillow.open(io.BytesIO(image or encoded(draw())))
    kind = Pillow.MIME[picture.format or "PNG"]
    uri = f"data:{kind};base64,{base64.b64encode(image or encoded(draw())).decode()}"
    answer = httpx.post(
        f"{server.url}/v1/segment", json={"image_url": uri, **body}, trust_env=False, timeout=30
    )
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert isinstance(result, dict)
    return result


def test_what_is_copied_is_what_the_api_answers(tab: ImageTab, server: Running) -> None:
    tab.say("thing")
    tab.until_found(2)
    answer = plain(server, {"object": "thing"})

    def copied(label: str) -> str:
        button = tab.page.get_by_role("button", name=label, exact=True)
        button.click()
        expect(button).to_contain_text("Copied")
        return str(tab.page.evaluate("() => navigator.clipboard.readText()"))

    assert copied("Copy the path") == answer["path"]
    tab.rows().nth(1).get_by_role("button").click()
    assert copied("Copy the path") == answer["instances"][1]["path"]
    assert json.loads(copied("Copy the server’s answer")) == answer
    svg = copied("Copy an SVG document of it")
    assert svg.startswith("<svg ")
    assert answer["instances"][1]["path"] in svg


def test_the_curl_that_is_copied_answers_the_same(
    tab: ImageTab, server: Running, tmp_path: Path
) -> None:
    tab.click(centre(SMALL))
    tab.until_found(1)
    tab.page.get_by_role("button", name="Copy the code").click()
    command = tab.page.evaluate("() => navigator.clipboard.readText()")
    (tmp_path / "drawn.png").write_bytes(encoded(draw()))
    done = subprocess.run(
        ["bash", "--norc", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "no_proxy": "*"},
        check=True,
    )
    tab.page.get_by_role("button", name="Copy the path").click()
    path = tab.page.evaluate("() => navigator.clipboard.readText()")
    assert json.loads(done.stdout)["path"] == path


def test_what_can_be_taken_shows_when_there_is_something(open_page: Open, server: Running) -> None:
    tab = open_page(server.url)
    tab.drop(encoded(draw()))
    hint = tab.page.get_by_text("Say or touch something.")
    download = tab.page.get_by_role("region", name="Download")
    expect(hint).to_be_visible()
    expect(download).to_be_hidden()
    tab.say("thing")
    tab.until_found(2)
    expect(download).to_be_visible()
    expect(hint).to_be_hidden()


def test_every_format_of_the_server_can_be_downloaded(open_page: Open, server: Running) -> None:
    taken: dict[str, bytes] = {}
    formats: list[str] = []
    count = 1 + len(FORMATS)  # and the cut-out
    # Chromium lets a page save ten files in quick succession: two pages share them.
    for part in (range(count // 2), range(count // 2, count)):
        tab = open_page(server.url)
        tab.drop(encoded(draw()))
        tab.say("thing")
        tab.until_found(2)
        section = tab.page.get_by_role("region", name="Download")
        section.get_by_text("More formats").click()
        buttons = section.get_by_role("button")
        assert buttons.count() == count, "the page offers what the server writes"
        for index in part:
            expect(buttons.nth(index)).to_be_enabled()
            with tab.page.expect_download() as download:
                buttons.nth(index).click()
            name = download.value.suggested_filename
            assert name.startswith("drawn-")
            taken[name.removeprefix("drawn-")] = Path(download.value.path()).read_bytes()
        formats += [body["format"] for body in tab.asked if "format" in body]
    assert sorted(formats) == sorted(FORMATS)
    for name, content in taken.items():
        match Path(name).suffix:
            case ".svg":
                assert content.count(b"<path") == 2
            case ".json" | ".jsonl":
                assert "thing" in json.dumps(json.loads(content))
            case ".zip":
                assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
            case ".jpg":
                assert Pillow.open(io.BytesIO(content)).size == SIDES
    panoptic = np.asarray(Pillow.open(io.BytesIO(taken["panoptic.png"])))
    assert [panoptic[round(y), round(x)] for x, y in (centre(LARGE), centre(SMALL))] == [1, 2]

    cut = cv2.imdecode(np.frombuffer(taken["cut-out.png"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert cut is not None
    x0, y0 = LARGE[0], LARGE[1]
    wanted = np.zeros((LARGE[3] - y0, SMALL[2] - x0), np.bool_)
    for left, top, right, bottom in (LARGE, SMALL):
        wanted[top - y0 : bottom - y0, left - x0 : right - x0] = True
    assert cut.shape == (*wanted.shape, 4)
    assert np.mean((cut[..., 3] > 127) == wanted) > 0.995
    assert tuple(cut[20, 20, :3]) == (215, 215, 215)
