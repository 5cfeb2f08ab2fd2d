"""Both pages on a server that wants a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rtseg.models import Store
from tests.browser.images.conftest import Open, load
from tests.browser.images.image_tab import draw, encoded
from tests.browser.tab import WAIT_MS
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def guarded(store: Store) -> Iterator[Running]:
    """A server that wants a key."""
    with running(load, store, api={"keys": [KEY]}) as server:
        yield server


def give_key(page: Page) -> None:
    """Give a wrong one, then the right one."""
    expect(page.get_by_role("heading", name="This server wants an API key")).to_be_visible()
    page.get_by_label("API key").fill("no key of this server")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("heading", name="The server does not know this key")).to_be_visible()
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Use this key").click()


def test_a_key_is_asked_for_and_kept_for_the_tab(open_page: Open, guarded: Running) -> None:
    tab = open_page(guarded.url)
    tab.drop(encoded(draw()))
    tab.say("thing")
    give_key(tab.page)
    tab.until_found(2)
    tab.page.get_by_role("button", name="Copy the code").click()
    code = tab.page.evaluate("() => navigator.clipboard.readText()")
    assert "$RTSEG_API_KEY" in code
    assert KEY not in code

    tab.page.reload()
    tab.drop(encoded(draw()))
    tab.say("thing")
    tab.until_found(2)


def test_the_live_page_asks_for_the_key_too(browser: Browser, guarded: Running) -> None:
    context = browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.goto(f"{guarded.url}/?autostart=1")
    give_key(page)
    page.wait_for_function("() => window.__rtseg?.state.kind === 'live'", timeout=WAIT_MS)
    context.close()
