"""The page for pictures, with models that outline what is bright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from rtseg.models import Catalogue, Segmenter, Store
from rtseg.models.catalogue import builtin
from tests.browser.conftest import launched
from tests.browser.images.image_tab import ImageTab, draw, encoded
from tests.engine.fakes import (
    PERSON,
    THINGS,
    TOUCH,
    FakeSegmenter,
    bright_pixels,
    bright_things,
    entry_of,
    what_is_touched,
)
from tests.server.running import Running, running

Open = Callable[..., ImageTab]


def load(name: str) -> Segmenter:
    if name == TOUCH.name:
        return FakeSegmenter(what_is_touched, info=TOUCH)
    if name == PERSON.name:
        return FakeSegmenter(bright_pixels, info=PERSON)
    return FakeSegmenter(bright_things, info=THINGS)


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """All of the fakes, and one that knows "cat" and is not installed."""
    missing = next(entry for entry in builtin() if "cat" in entry.labels)
    entries = (entry_of(TOUCH), entry_of(THINGS), entry_of(PERSON), missing)
    return Store(tmp_path_factory.mktemp("store"), catalogue=Catalogue(entries))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with launched(None) as browser:
        yield browser


@pytest.fixture(scope="package")
def server(store: Store) -> Iterator[Running]:
    with running(load, store) as server:
        yield server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    tabs: list[ImageTab] = []

    def open_one(url: str, **options: Any) -> ImageTab:
        tabs.append(ImageTab(browser, url, **options))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.close()


@pytest.fixture
def tab(open_page: Open, server: Running) -> ImageTab:
    """The page with the drawn picture in it."""
    tab = open_page(server.url)
    tab.drop(encoded(draw()))
    expect(tab.page.get_by_label("What to outline", exact=True)).to_be_visible()
    return tab
