"""What effects paint, pixel by pixel, and what can be taken home of it."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Download, expect

from rtseg.types import BoolMask
from tests.browser.conftest import OpenTab
from tests.browser.scene import SIZE
from tests.browser.tab import CAMERA, Tab, grown
from tests.server.running import Running

pytestmark = pytest.mark.browser

LIME = (0x3D, 0xFF, 0xD6)
"""The colour of the first object, BGR."""
_SHAPES = """() => new Promise(resolve => {
  const stop = window.__rtseg.subscribe(packet => {
    if (packet.kind !== "presented" || packet.shapes.length === 0) return;
    stop();
    const shown = document.querySelector(".stage-canvas");
    const copy = new OffscreenCanvas(shown.width, shown.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(shown, 0, 0);
    const { data } = context.getImageData(0, 0, copy.width, copy.height);
    let text = "";
    for (let at = 0; at < data.length; at += 8192) {
      text += String.fromCharCode(...data.subarray(at, at + 8192));
    }
    resolve({
      rings: packet.shapes.flatMap(({ rings }) => rings),
      size: [copy.width, copy.height],
      pixels: btoa(text),
    });
  });
})"""


def seen(tab: Tab) -> tuple[BoolMask, np.ndarray]:
    """The outline as it was drawn, filled, and the canvas (H, W, 4) RGBA of the same moment."""
    told = tab.page.evaluate(_SHAPES)
    width, height = told["size"]
    assert (width, height) == SIZE  # so that camera pixels are the canvas's
    windings = np.zeros((height, width), np.int32)
    for ring in (np.reshape(ring, (-1, 2)).astype(np.float32) for ring in told["rings"]):
        inside = np.zeros((height, width), np.uint8)
        cv2.fillPoly(inside, [np.round(ring * 16).astype(np.int32)], 1, shift=4)
        # Holes run the other way around.
        windings += int(np.sign(cv2.contourArea(ring, oriented=True))) * inside.astype(np.int32)
    pixels = np.frombuffer(base64.b64decode(told["pixels"]), np.uint8).reshape(height, width, 4)
    return windings != 0, pixels


def opened(browser: Browser, server: Running, open_tab: OpenTab, effect: str, **more: int) -> Tab:
    parameters = CAMERA | {"effect": effect, "mirror": 0} | more
    tab = open_tab(browser, server.url, parameters, viewport=SIZE)
    tab.until_outlined()
    return tab


def saved(download: Download, folder: Path) -> Path:
    path = folder / download.suggested_filename
    download.save_as(path)
    return path


def test_a_cut_out_shows_the_object_and_nothing_else(
    browser: Browser, server: Running, open_tab: OpenTab, tmp_path: Path
) -> None:
    tab = opened(browser, server, open_tab, "cutout")
    mask, pixels = seen(tab)
    alpha = pixels[..., 3]
    assert (alpha[grown(mask, -6)] == 255).all()
    assert (alpha[~grown(mask, 6)] == 0).all()
    expect(tab.page.locator(".stage-video")).to_have_css("opacity", "0")

    with tab.page.expect_download() as taken:
        tab.page.keyboard.press("s")
    path = saved(taken.value, tmp_path)
    assert path.suffix == ".png"
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert image is not None
    assert image.shape == (SIZE[1], SIZE[0], 4)
    cut = image[..., 3] > 127
    assert 0.01 < cut.mean() < 0.9
    assert (image[..., 3] == 0).mean() > 0.1
    tab.until_says("Picture saved.")

    tab.page.keyboard.press("1")
    expect(tab.page.locator(".stage-video")).to_have_css("opacity", "1")
    assert tab.errors == []


def test_glow_is_light_of_the_objects_colour_around_its_outline(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    mask, pixels = seen(opened(browser, server, open_tab, "glow"))
    around = grown(mask, 9) & ~grown(mask, 5)
    lit = pixels[around & (pixels[..., 3] > 20)]
    assert len(lit) > 0.7 * around.sum()
    # The canvas gives colours unmultiplied, and rounded where there is little of them.
    assert np.abs(np.median(lit[:, 2::-1].astype(int), axis=0) - LIME).max() < 25
    assert (pixels[..., 3][~grown(mask, 30)] == 0).all()
    # It falls off.
    near, far = grown(mask, 6) & ~grown(mask, 4), grown(mask, 15) & ~grown(mask, 12)
    assert np.median(pixels[..., 3][near]) > 2 * np.median(pixels[..., 3][far])


@pytest.mark.parametrize("mirror", [0, 1], ids=["as_it_is", "mirrored"])
def test_a_label_stands_at_the_object_inside_the_picture(
    browser: Browser, server: Running, open_tab: OpenTab, mirror: int
) -> None:
    tab = opened(browser, server, open_tab, "outline", labels=1, mirror=mirror)
    mask, pixels = seen(tab)
    # The label's dark paper; the outline's shade is no wider than the line.
    rgb, alpha = pixels[..., :3].astype(int), pixels[..., 3]
    dark = ((alpha > 190) & (rgb.max(axis=2) < 60)).astype(np.uint8)
    paper = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8))
    ys, xs = np.nonzero(paper)
    assert len(xs) > 200
    assert min(xs.min(), ys.min()) >= 8
    assert xs.max() <= SIZE[0] - 8
    assert ys.max() <= SIZE[1] - 8
    assert xs.max() - xs.min() > 60  # "person", a dot, and room around them
    columns = np.nonzero(mask.any(axis=0))[0]
    assert columns.min() - 60 < (xs.min() + xs.max()) / 2 < columns.max() + 60
    # The dot is on the left as one reads it: on the right of a canvas that is shown mirrored.
    dot = (np.abs(rgb - LIME[::-1]).max(axis=2) < 40) & (alpha > 240)
    rows = slice(int(np.median(ys)) - 3, int(np.median(ys)) + 4)
    found = np.nonzero(dot[rows, xs.min() - 9 : xs.max() + 9].any(axis=0))[0]
    assert len(found) > 0
    is_left = found.mean() < (xs.max() - xs.min() + 18) / 2
    assert is_left == (mirror == 0)

    tab.page.keyboard.press("l")
    expect(tab.button("Names at the things")).to_have_attribute("aria-pressed", "false")


def test_a_recording_is_a_video_of_what_is_shown(
    browser: Browser, server: Running, open_tab: OpenTab, tmp_path: Path
) -> None:
    tab = opened(browser, server, open_tab, "replace")
    tab.page.keyboard.press("r")
    stop = tab.button("Stop recording")
    expect(stop).to_have_attribute("aria-pressed", "true")
    expect(tab.page.locator(".recording b")).to_have_text("0:02", timeout=20_000)
    with tab.page.expect_download() as taken:
        stop.click()
    path = saved(taken.value, tmp_path)
    with av.open(str(path)) as container:
        assert container.duration is not None
        stream = container.streams.video[0]
        images = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
        assert 1.5e6 < container.duration < 10e6
    assert len(images) >= 8
    assert {image.shape for image in images} == {(SIZE[1], SIZE[0], 3)}
    blue = (0xFF, 0x4B, 0x1F)
    shares = [(np.abs(image.astype(int) - blue).max(axis=2) < 60).mean() for image in images]
    assert 0.3 < np.median(shares) < 0.99
    tab.until_says("Recording saved:")
    expect(tab.page.locator(".recording")).to_be_hidden()
    assert tab.errors == []


def test_a_recorded_cut_out_is_transparent_and_says_how_long_it_is(
    browser: Browser, server: Running, open_tab: OpenTab, tmp_path: Path
) -> None:
    tab = opened(browser, server, open_tab, "cutout")
    tab.page.keyboard.press("r")
    expect(tab.page.locator(".recording b")).to_have_text("0:01", timeout=20_000)
    # The camera goes away: what there is is kept.
    with tab.page.expect_download() as taken:
        tab.page.evaluate(
            """() => {
              const [track] = document.querySelector(".stage-video").srcObject.getVideoTracks();
              track.dispatchEvent(new Event("ended"));
            }"""
        )
    path = saved(taken.value, tmp_path)
    assert path.suffix == ".webm"
    head = path.read_bytes()[:4096]
    assert b"\x53\xc0\x81\x01" in head  # AlphaMode, as Matroska has it
    assert b"\x44\x89\x88" in head
    with av.open(str(path)) as container:
        assert container.duration is not None
        assert 0.5e6 < container.duration < 10e6
        assert sum(1 for _ in container.decode(container.streams.video[0])) >= 4


def test_without_a_recorder_it_says_so(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    parameters = CAMERA | {"effect": "fill"}
    tab = open_tab(browser, server.url, parameters, first="delete window.MediaRecorder")
    tab.until_outlined()
    tab.page.keyboard.press("r")
    tab.until_says("This browser cannot record.")
    expect(tab.button("Record")).to_have_attribute("aria-pressed", "false")
    assert tab.errors == []
