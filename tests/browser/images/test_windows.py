"""Pictures: for every window, every hand and every address."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.images.conftest import Open
from tests.browser.images.image_tab import FAR, draw, encoded
from tests.server.running import Running

pytestmark = pytest.mark.browser

_NAMELESS = """() => [...document.querySelectorAll("a[href], button, input, [tabindex='0']")]
  .filter(one => one.checkVisibility() && one.closest("[inert]") === null)
  .filter(one => !(one.getAttribute("aria-label") || one.textContent.trim() || one.title))
  .map(one => one.outerHTML.slice(0, 120))"""
_OVERLAPPING = """() => {
  const box = name => document.querySelector(name).getBoundingClientRect();
  const [dock, chips, head] = [".dock", ".chips", ".image-head"].map(box);
  return [chips.bottom > dock.top + 0.5, head.bottom > chips.top];
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("viewport", [(390, 844), (820, 1180), (1000, 700), (1440, 900)])
def test_it_fits_every_window_and_every_control_has_a_name(
    open_page: Open, server: Running, viewport: tuple[int, int], scheme: str
) -> None:
    tab = open_page(server.url, viewport=viewport, color_scheme=scheme)
    assert tab.page.evaluate(_NAMELESS) == []
    tab.drop(encoded(draw()), "a-photograph-with-quite-a-long-name-that-goes-on.png")
    tab.say("thing, person")
    tab.click(FAR)
    tab.until_found(3)
    assert tab.page.evaluate(_NAMELESS) == []
    assert tab.page.evaluate(_OVERLAPPING) == [False, False]
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.page.evaluate(wide) <= 0
    x0, y0, x1, y1 = tab.frame()
    assert min(x1 - x0, y1 - y0) > 120, "there is room for the picture"
    assert tab.errors == []


def test_the_pages_lead_to_each_other_and_load_below_a_path(
    open_page: Open, server: Running
) -> None:
    tab = open_page(server.url)
    tab.page.get_by_role("link", name="Live camera").click()
    expect(tab.page.get_by_role("button", name="Use camera")).to_be_visible()
    tab.page.get_by_role("link", name="Pictures").click()
    expect(tab.page.get_by_role("button", name="Choose a picture")).to_be_visible()
    assert tab.page.url == f"{server.url}/images"
    tab.page.goto(f"{server.url}/images/?prompts=thing")
    assert tab.page.url == f"{server.url}/images?prompts=thing"
    addresses = tab.page.evaluate(
        "() => [...document.querySelectorAll('[src], link[href], a[href]')]"
        ".map(one => one.getAttribute('src') ?? one.getAttribute('href'))"
    )
    assert addresses
    assert all(address.startswith("./") for address in addresses)
