"""What is in the way, and whether the page says in plain words what to do about it."""

from __future__ import annotations

import threading
from pathlib import Path

import av
import pytest
from playwright.sync_api import expect

from rtseg import models
from rtseg.models import Segmenter, Store
from tests.browser.conftest import OpenTab, launched
from tests.browser.scene import FPS, SIZE, Scene
from tests.browser.tab import CAMERA, WAIT_MS
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

CLIP_S = 2
QUICK = {"deadline": "realtime", "cpu-used": "8"}
REFUSE = "--use-fake-ui-for-media-stream=deny"
NO_CAMERA = "--use-fake-device-for-media-stream=device-count=0"


@pytest.fixture(scope="module")
def clip(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the scene as WebM: every Chromium plays VP8, not every one H.264."""
    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=FPS, options=QUICK)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 3_000_000
        for number in range(CLIP_S * FPS):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(scene.image(number), "bgr24")))
        out.mux(stream.encode())
    return path


def test_a_refused_camera_is_explained_and_can_be_tried_again(
    server: Running, open_tab: OpenTab
) -> None:
    with launched(None, arguments=[REFUSE]) as browser:
        tab = open_tab(browser, server.url)
        tab.button("Use camera").click()
        tab.until_says("The camera is blocked for this page")
        alert = tab.page.get_by_role("alert").filter(visible=True)
        expect(alert).to_contain_text("Allow it from the camera or lock sign in the address bar")
        expect(alert.get_by_role("button", name="Pick a video file")).to_be_visible()
        assert server.session_count == 0

        # Another answer of the browser now, as after a click in the address bar.
        tab.page.evaluate(
            """() => {
              navigator.mediaDevices.getUserMedia = () => {
                window.wasAskedAgain = true;
                return Promise.reject(new DOMException("", "NotReadableError"));
              };
            }"""
        )
        alert.get_by_role("button", name="Try the camera again").click()
        tab.until_says("The camera is busy")
        assert tab.page.evaluate("() => window.wasAskedAgain") is True
        assert tab.errors == []


def test_without_a_camera_a_video_file_takes_its_place(
    server: Running, open_tab: OpenTab, clip: Path, tmp_path: Path
) -> None:
    no_video = tmp_path / "notes.mp4"
    no_video.write_bytes(b"not a video" * 100)
    with launched(None, arguments=[NO_CAMERA]) as browser:
        tab = open_tab(browser, server.url, {"autostart": 1})
        tab.until_says("No camera found")
        pick = tab.button("Pick a video file")
        expect(pick).to_be_visible()

        with tab.page.expect_file_chooser() as chosen:
            pick.click()
        chosen.value.set_files(no_video)
        tab.until_says("This file does not play here")
        assert server.session_count == 0

        with tab.page.expect_file_chooser() as chosen:
            pick.click()
        chosen.value.set_files(clip)
        tab.until_live()
        tab.until_outlined()
        # It goes on when the clip begins again.
        tab.until("least => window.__rtseg.counters.frames > least", 2 * CLIP_S * FPS)
        tab.until_outlined()
        expect(tab.page.locator(".toggle", has_text="Mirror")).to_have_attribute(
            "aria-pressed", "false"
        )
        expect(tab.page.get_by_label("Camera or file")).to_have_value("current")
        assert tab.counters["connects"] == 1
        assert tab.errors == []


def test_a_missing_model_is_told_with_the_command_that_gets_it(
    scene: Scene, open_tab: OpenTab, tmp_path: Path
) -> None:
    is_there = threading.Event()

    def load(name: str) -> Segmenter:
        return scene.load(name) if is_there.is_set() else models.load(name, store=Store(tmp_path))

    with running(load, scene.store) as server, launched(scene.camera.path) as browser:
        tab = open_tab(browser, server.url, CAMERA)
        tab.until_says("The model is not on the server yet")
        card = tab.page.get_by_role("alert").filter(visible=True)
        expect(card.locator("code")).to_have_text("rtseg models pull person")
        expect(card).to_contain_text("Run this where the server runs")
        expect(tab.page.locator(".status")).to_contain_text("Waiting")

        tab.context.grant_permissions(["camera", "clipboard-read", "clipboard-write"])
        card.get_by_role("button", name="Copy").click()
        expect(card.get_by_role("button", name="Copied")).to_be_visible()
        copied = tab.page.evaluate("() => navigator.clipboard.readText()")
        assert copied == "rtseg models pull person"

        # It is asked again, and the card is not torn from under the reader's eyes.
        with tab.page.expect_response("**/v1/sessions") as asked:
            card.get_by_role("button", name="Try again").click()
        assert asked.value.status == 503
        tab.until("() => window.__rtseg.state.kind === 'reconnecting'")
        expect(card.get_by_role("button", name="Copied")).to_be_visible()

        is_there.set()
        tab.until_outlined()  # by itself
        expect(card).to_have_count(0, timeout=WAIT_MS)
        assert tab.state == "live"
