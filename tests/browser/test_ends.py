"""Sessions that are interrupted, changed and ended: by the server, by the person, by the tab."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, expect

from rtseg.server.run import bind
from tests.browser.conftest import OpenTab
from tests.browser.scene import SIZE, Scene
from tests.browser.tab import CAMERA, Tab, until
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

START_S = 30.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def tab(browser: Browser, server: Running, open_tab: OpenTab) -> Tab:
    until(lambda: server.session_count == 0)
    tab = open_tab(browser, server.url, CAMERA)
    tab.until_outlined()
    assert server.session_count == 1
    return tab


@contextlib.contextmanager
def process(scene: Scene, port: int, log: Path) -> Iterator[subprocess.Popen[str]]:
    """Serve the scene's model from a process that may be killed; gives it when it is ready."""
    command = [sys.executable, "-m", *scene.serve, "--port", str(port)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    environment.pop("RTSEG_CHROMIUM", None)
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as server,
    ):
        patience = threading.Timer(START_S, server.kill)
        patience.start()
        try:
            assert server.stdout is not None
            ready = any("is ready" in line for line in server.stdout)
            patience.cancel()
            assert ready, f"the server does not start:\n{log.read_text()}"
            yield server
        finally:
            patience.cancel()
            server.kill()


def reasons(server: Running) -> Counter[str]:
    """How many sessions ended for each reason."""
    pattern = re.compile(r'rtseg_sessions_ended_total\{reason="(\w+)"\}')
    found = ((pattern.fullmatch(name), value) for name, value in server.metrics().items())
    return Counter({match[1]: int(value) for match, value in found if match})


def test_a_killed_server_is_waited_for_in_words_and_the_page_goes_on_without_being_reloaded(
    browser: Browser, scene: Scene, open_tab: OpenTab, tmp_path: Path
) -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    log = tmp_path / "server.log"

    with process(scene, port, log) as server:
        tab = open_tab(browser, f"http://127.0.0.1:{port}", CAMERA)
        tab.until_outlined()
        tab.page.evaluate("() => { window.theSamePage = true; }")
        server.send_signal(signal.SIGKILL)
        server.wait(5)
        tab.until("() => window.__rtseg.state.kind === 'reconnecting'")
        tab.until_says("Reconnecting in")
        expect(tab.button("Try now")).to_be_visible()
        expect(tab.page.locator(".status")).to_contain_text("Reconnecting")
        tab.until_bare()  # nobody knows where the object is now
        tab.until_says("Is the server running?")

    with process(scene, port, log):
        tab.until_live()
        tab.until_outlined()
        expect(tab.page.locator(".status")).to_contain_text("Live")
        expect(tab.page.locator(".strip")).to_be_hidden()
    assert tab.page.evaluate("() => window.theSamePage") is True
    assert tab.counters["connects"] == 2
    assert [error for error in tab.errors if error.startswith("uncaught")] == []


def test_a_server_that_shuts_down_is_told_from_one_that_vanished(
    browser: Browser, scene: Scene, open_tab: OpenTab
) -> None:
    with running(scene.load, scene.store) as server:
        tab = open_tab(browser, server.url, CAMERA)
        tab.until_outlined()
        tab.page.evaluate(
            """() => {
              const strip = document.querySelector(".strip");
              window.said = [];
              new MutationObserver(() => window.said.push(strip.innerText)).observe(
                strip, { childList: true, characterData: true, subtree: true }
              );
            }"""
        )
    tab.until_says("Is the server running?")
    said = tab.page.evaluate("() => window.said")
    # Its message and the close that follows it say the same; uvicorn may be quick to close.
    words = ("The server is shutting down. Reconnecting", "The server is restarting. Reconnecting")
    assert any(text.startswith(words) for text in said), said


def test_pausing_keeps_the_picture_here_and_going_on_brings_the_outline_back(
    tab: Tab, server: Running
) -> None:
    (session,) = server.manager.engine.sessions.values()
    track = tab.page.evaluate_handle(
        "() => document.querySelector('video').srcObject.getVideoTracks()[0]"
    )

    tab.page.keyboard.press("Space")
    tab.until_says("Paused.")
    expect(tab.page.locator(".status")).to_contain_text("Paused")
    tab.until_bare()
    assert track.evaluate("track => track.enabled") is False
    until(lambda: session.wanted == ())

    tab.button("Go on").click()
    tab.until_outlined()
    assert track.evaluate("track => track.enabled") is True
    expect(tab.page.locator(".strip")).to_be_hidden()
    assert server.session_count == 1
    assert tab.errors == []


def test_outlines_follow_a_camera_that_changes_its_resolution(tab: Tab, server: Running) -> None:
    tab.until("width => window.__rtseg.latest.width === width", SIZE[0])
    small = [side // 2 for side in SIZE]
    tab.page.evaluate(
        """([width, height]) => document.querySelector("video").srcObject.getVideoTracks()[0]
          .applyConstraints({ width, height })""",
        small,
    )
    tab.until(
        """([width, height]) => {
          const { latest } = window.__rtseg;
          const isOutlined = latest.objects.some(({ rings }) => rings.length > 0);
          return latest.width === width && latest.height === height && isOutlined;
        }""",
        small,
    )
    tab.until_outlined()
    assert server.session_count == 1
    assert tab.counters["connects"] == 1
    assert tab.errors == []


@pytest.mark.parametrize("by", ["key", "button"])
def test_stopping_ends_the_session_and_lets_the_camera_go(
    tab: Tab, server: Running, by: str
) -> None:
    track = tab.page.evaluate_handle(
        "() => document.querySelector('video').srcObject.getVideoTracks()[0]"
    )
    before = reasons(server)
    if by == "key":
        tab.page.keyboard.press("q")
    else:
        tab.button("Stop").click()
    expect(tab.button("Use camera")).to_be_visible()
    assert track.evaluate("track => track.readyState") == "ended"
    until(lambda: server.session_count == 0, within_s=3)
    # It is counted a moment after it is gone.
    until(lambda: reasons(server)["closed"] == before["closed"] + 1, within_s=3)
    assert reasons(server)["peer_gone"] == before["peer_gone"]

    # And once more, by hand.
    tab.button("Use camera").click()
    tab.until_outlined()
    assert server.session_count == 1
    assert tab.errors == []


def test_a_tab_that_is_closed_ends_its_session(tab: Tab, server: Running) -> None:
    tab.page.close()
    until(lambda: server.session_count == 0, within_s=3)  # it says goodbye


def test_a_tab_that_crashes_ends_its_session_soon_after_its_peers_timeout(
    browser: Browser, scene: Scene, open_tab: OpenTab
) -> None:
    # With the timeout's default of 10 s, the same 5 s on top make the 15 s that are promised.
    with running(scene.load, scene.store, session={"peer_timeout_s": 1.0}) as server:
        tab = open_tab(browser, server.url, CAMERA)
        tab.until_outlined()
        assert server.session_count == 1
        with contextlib.suppress(Error):  # nobody is left to answer
            tab.page.goto("chrome://crash", timeout=2000)
        until(lambda: server.session_count == 0, within_s=1 + 5)
        assert reasons(server) == {"peer_gone": 1}
