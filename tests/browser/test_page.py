"""The page for everyone: by keyboard, by screen reader, on a phone, and without the internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OpenTab
from tests.browser.tab import CAMERA, Tab
from tests.server.running import Running

pytestmark = pytest.mark.browser

PHONE = (390, 844)
DESK = (1280, 800)

_CONTROLS = """() => {
  const wanted = "a[href], button:not(:disabled), select, input, [tabindex='0']";
  const shown = [...document.querySelectorAll(wanted)].filter(
    one => one.checkVisibility() && one.closest("[inert]") === null
  );
  shown.forEach((one, index) => { one.dataset.control = String(index); });
  return shown.map(one => one.outerHTML.slice(0, 120));
}"""
_FOCUSED = "() => document.activeElement?.dataset.control ?? null"


def focusable(tab: Tab) -> list[dict[str, Any]]:
    """What a screen reader can be led to, as Chromium tells it."""
    client = tab.context.new_cdp_session(tab.page)
    nodes = client.send("Accessibility.getFullAXTree")["nodes"]
    return [
        node
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] != "RootWebArea"
        and any(p["name"] == "focusable" and p["value"]["value"] for p in node["properties"])
    ]


@pytest.fixture(scope="module", params=["welcome", "live"])
def screen(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=[PHONE, DESK], ids=["phone", "desk"])
def tab(
    request: pytest.FixtureRequest, screen: str, browser: Browser, server: Running
) -> Iterator[Tab]:
    parameters = None if screen == "welcome" else CAMERA | {"effect": "replace"}
    tab = Tab(browser, server.url, parameters, viewport=request.param)
    if screen == "live":
        tab.until_outlined()
    else:
        expect(tab.button("Use camera")).to_be_enabled()
    yield tab
    tab.close()


def test_every_control_can_be_reached_by_tab_and_has_a_name(tab: Tab, screen: str) -> None:
    controls = tab.page.evaluate(_CONTROLS)
    assert len(controls) >= (3 if screen == "welcome" else 15)
    reached = set()
    for _ in range(len(controls) + 2):
        tab.page.keyboard.press("Tab")
        reached.add(tab.page.evaluate(_FOCUSED))
    missed = [html for index, html in enumerate(controls) if str(index) not in reached]
    assert missed == []

    nodes = focusable(tab)
    assert len(nodes) >= len(controls) - 1
    nameless = [node for node in nodes if not node["name"]["value"].strip()]
    assert nameless == []


def test_nothing_is_wider_than_the_window(tab: Tab, screen: str) -> None:
    wide = tab.page.evaluate(
        """() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          const over = [...document.querySelectorAll("button, select, h1, p, .dock, .readout")]
            .filter(one => one.checkVisibility() && one.closest(".chips, .tip") === null)
            .filter(one => {
              const { left, right } = one.getBoundingClientRect();
              return left < -0.5 || right > clientWidth + 0.5;
            });
          return [scrollWidth - clientWidth, ...over.map(one => one.outerHTML.slice(0, 100))];
        }"""
    )
    assert wide == [0]


def test_what_changes_is_told_to_screen_readers(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    tab = open_tab(browser, server.url, CAMERA)
    live = tab.page.locator("span[aria-live=polite]")
    expect(live).to_have_text("Live")
    tab.page.keyboard.press("Space")
    expect(live).to_have_text("Paused")
    strip = tab.page.get_by_role("status")
    expect(strip).to_contain_text("Paused. Your camera’s picture stays here.")
    assert tab.page.locator("html").get_attribute("lang") == "en"
    expect(tab.page.get_by_role("main")).to_have_count(1)


def test_where_the_time_goes_does_not_start_over_a_small_picture(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    def open_at(width: int, height: int) -> Tab:
        tab = open_tab(browser, server.url, CAMERA | {"details": 1}, viewport=(width, height))
        tab.until_live()
        return tab

    def panel(tab: Tab) -> Any:
        return tab.page.get_by_role("complementary", name="Where the time goes")

    for small in [(640, 800), (1280, 360)]:
        tab = open_at(*small)
        expect(panel(tab)).to_be_hidden()
        tab.page.keyboard.press("d")
        expect(panel(tab)).to_be_visible()
        expect(panel(tab).get_by_role("row", name="decode")).to_be_visible()
        tab.close()
    expect(panel(open_at(*DESK))).to_be_visible()


def test_the_api_can_be_tried_at_docs_without_another_host(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    tab = open_tab(browser, f"{server.url}/docs")
    expect(tab.page.locator(".opblock").first).to_be_visible()
    tab.until_says("/v1/sessions")
    tab.page.wait_for_load_state("networkidle")
    hosts = {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")}
    assert hosts == {urlsplit(server.url).netloc}
    assert tab.errors == []
