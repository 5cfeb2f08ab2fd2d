"""One Chromium a module: playwright's loop must not run while the tests of other folders do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from rtseg.bench.browser import launch
from rtseg.errors import BackendError
from rtseg.server.page import PAGE
from tests.browser.scene import Scene, make_scene
from tests.browser.tab import Tab
from tests.server.running import Running, running

OpenTab = Callable[..., Tab]


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = make_scene(tmp_path_factory.mktemp("camera"))
    yield scene
    scene.camera.path.unlink()  # pytest keeps the folders of the last runs; this is 70 MB


@contextlib.contextmanager
def launched(*arguments: Any, **flags: Any) -> Iterator[Browser]:
    """Run Chromium, or skip the test."""
    if not (PAGE / "index.html").is_file():
        pytest.skip("needs the page: run `make page`")
    with contextlib.ExitStack() as stack:
        try:
            browser = stack.enter_context(launch(*arguments, **flags))
        except BackendError as error:
            pytest.skip(f"needs a Chromium: {error}")
        yield browser


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """Chromium that looks at the scene."""
    with launched(scene.camera.path) as browser:
        yield browser


@pytest.fixture(scope="module")
def server(scene: Scene) -> Iterator[Running]:
    with running(scene.load, scene.store) as server:
        yield server


@pytest.fixture
def open_tab() -> Iterator[OpenTab]:
    """Open tabs, which are closed when the test ends."""
    tabs: list[Tab] = []

    def open_one(*arguments: Any, **flags: Any) -> Tab:
        tabs.append(Tab(*arguments, **flags))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.close()
