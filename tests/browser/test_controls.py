"""What a person chooses on the page: camera and size, which picture is shown, an address to share.

Chromium's own test cameras: they have every size, and there are several to switch between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import OpenTab, launched
from tests.browser.tab import Tab
from tests.server.running import Running

pytestmark = pytest.mark.browser

CAMERAS = "--use-fake-device-for-media-stream=device-count=3"
FIRST, OTHER = "fake_device_0", "fake_device_2"
"""Of the three the second gives pictures that Chromium's encoders do not take."""
START = {"autostart": 1, "width": 640, "height": 360, "prompts": "person"}
PATIENCE_MS = 30_000

_FRAME_IS = """([width, height]) => {
  const { latest } = window.__rtseg;
  return latest?.width === width && latest.height === height;
}"""


@pytest.fixture(scope="module")
def cameras() -> Iterator[Browser]:
    with launched(None, arguments=[CAMERAS]) as browser:
        yield browser


@pytest.fixture
def tab(cameras: Browser, server: Running, open_tab: OpenTab) -> Tab:
    tab = open_tab(cameras, server.url, START)
    tab.until("() => window.__rtseg?.latest != null", timeout_ms=PATIENCE_MS)
    return tab


def picked(select: Locator) -> str:
    return str(select.evaluate("one => one.selectedOptions[0].textContent"))


def test_another_size_and_another_camera_go_on_in_the_same_session(tab: Tab) -> None:
    tab.page.keyboard.press("c")
    size = tab.page.get_by_label("Size of the picture")
    assert picked(size) == "360p"
    assert "1080p" in size.inner_text()
    size.select_option("1280x720")
    tab.until(_FRAME_IS, [1280, 720], timeout_ms=PATIENCE_MS)  # as the server has it
    tab.until_says("The camera gives 1280 × 720")

    camera = tab.page.get_by_label("Camera or file")
    assert picked(camera) == FIRST
    camera.select_option(label=OTHER)
    expect(camera).to_be_enabled()
    expect(
        tab.page.get_by_role("button", name=re.compile("^Camera and picture"))
    ).to_have_attribute("title", re.compile(OTHER))
    size.select_option("640x360")
    tab.until(_FRAME_IS, [640, 360], timeout_ms=PATIENCE_MS)
    expect(tab.page.get_by_role("button", name="Remove person")).to_be_visible()
    assert tab.counters["connects"] == 1
    assert tab.errors == []


def test_a_camera_that_is_taken_is_said_and_the_one_before_goes_on(tab: Tab) -> None:
    tab.page.evaluate(
        """() => {
          const { mediaDevices } = navigator;
          const open = mediaDevices.getUserMedia.bind(mediaDevices);
          let isTaken = true;
          mediaDevices.getUserMedia = wishes => {
            if (!isTaken) return open(wishes);
            isTaken = false;
            return Promise.reject(new DOMException("", "NotReadableError"));
          };
        }"""
    )
    tab.page.keyboard.press("c")
    camera = tab.page.get_by_label("Camera or file")
    camera.select_option(label=OTHER)
    tab.until_says(f"That camera is in use by another program or tab. Back to {FIRST}.")
    assert picked(camera) == FIRST
    least = tab.counters["frames"]
    tab.until("least => window.__rtseg.counters.frames > least", least, timeout_ms=PATIENCE_MS)
    assert tab.counters["connects"] == 1


def test_a_link_opens_the_page_as_it_is_and_carries_no_camera(
    tab: Tab, cameras: Browser, open_tab: OpenTab
) -> None:
    tab.page.keyboard.press("i")
    tab.page.get_by_role("button", name="Replace").click()
    tab.page.get_by_role("button", name="Background #00b26b").click()
    tab.page.keyboard.press("c")
    # As on an address without https, where a page may not touch the clipboard.
    tab.page.evaluate(
        """() => {
          Object.defineProperty(navigator, "clipboard", { value: undefined });
          document.execCommand = () => false;
        }"""
    )
    tab.page.get_by_role("button", name="Copy a link to this").click()
    field = tab.page.get_by_label("Link to this")
    expect(field).to_be_visible()
    address = field.input_value()
    assert parse_qs(urlsplit(address).query) == {
        "prompts": ["person"],
        "effect": ["replace"],
        "background": ["00b26b"],
        "showing": ["instep"],
        "mirror": ["1"],
        "width": ["640"],
        "height": ["360"],
    }

    other = open_tab(cameras, address)
    other.button("Use camera").click()
    other.until_live()
    expect(other.page.locator('.effect[aria-pressed="true"]')).to_have_text("Replace")
    expect(other.page.get_by_role("button", name="Background #00b26b")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert other.errors == []


def test_the_way_of_showing_is_said_and_remembered(tab: Tab) -> None:
    switch = tab.page.get_by_role("button", name=re.compile("^Showing: "))
    switch.click()
    tab.page.get_by_role("radio", name=re.compile("^In step")).check()
    expect(tab.page.get_by_role("dialog")).to_contain_text(re.compile("Picture (at once|[0-9])"))
    tab.page.reload()
    tab.until_live()
    switch.click()
    expect(tab.page.get_by_role("radio", name=re.compile("^In step"))).to_be_checked()


def test_where_the_time_went_can_be_read_by_keyboard(tab: Tab) -> None:
    tab.page.keyboard.press("d")
    chart = tab.page.get_by_role("slider")
    expect(chart).to_be_visible()
    row = tab.page.get_by_role("row", name=re.compile("^track"))
    expect(row).to_contain_text(re.compile(r"\d\.\d"), timeout=PATIENCE_MS)
    chart.focus()
    tab.page.keyboard.press("End")
    for _ in range(20):
        tab.page.keyboard.press("ArrowLeft")
    assert str(chart.get_attribute("aria-valuetext")).startswith("10 s ago: ")
    expect(tab.page.get_by_role("columnheader", name="10 s ago")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("columnheader", name="now")).to_be_visible()


def test_a_black_picture_is_said(tab: Tab) -> None:
    expect(tab.page.locator(".strip")).not_to_contain_text("The picture is black")
    replace: dict[str, Any] = {"width": 640, "height": 360}
    tab.page.evaluate(
        """async ({ width, height }) => {
          const canvas = Object.assign(document.createElement("canvas"), { width, height });
          const context = canvas.getContext("2d");
          setInterval(() => context.fillRect(0, 0, width, height), 50);
          const video = document.querySelector("video");
          video.srcObject = canvas.captureStream(20);
          await video.play();
        }""",
        replace,
    )
    expect(tab.page.locator(".strip")).to_contain_text(
        "The picture is black. Is the lens covered", timeout=PATIENCE_MS
    )
