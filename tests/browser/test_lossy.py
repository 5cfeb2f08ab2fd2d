"""Outlines over a data channel that loses some, and the acknowledgements that make up for it."""

from __future__ import annotations

import re
import statistics

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from rtseg.geometry import iou
from tests.browser.conftest import OpenTab
from tests.browser.scene import FPS, Scene
from tests.browser.tab import CAMERA
from tests.server.running import Running

pytestmark = pytest.mark.browser

LEAST_IOU = 0.85
"""Of the overlay with the model's own mask of that very frame, median of several frames."""

LOSSY = """
window.lossy = { heard: 0, lost: 0, kinds: {}, acknowledged: [], texts: 0, isDead: false };
const { createDataChannel } = RTCPeerConnection.prototype;
RTCPeerConnection.prototype.createDataChannel = function (label, options) {
  const channel = createDataChannel.call(this, label, options);
  const { lossy } = window;
  if (label === "rtseg.v1.text") {
    channel.addEventListener("message", () => lossy.texts++);
    return channel;
  }
  // The first to listen: what it stops nobody else hears.
  channel.addEventListener("message", (event) => {
    if (!(event.data instanceof ArrayBuffer)) return;
    const kind = new Uint8Array(event.data)[1];
    lossy.heard++;
    lossy.kinds[kind] = (lossy.kinds[kind] ?? 0) + 1;
    if (!lossy.isDead && lossy.heard % 5 !== 0) return;
    lossy.lost++;
    event.stopImmediatePropagation();
  });
  const { send } = channel;
  channel.send = (data) => {
    if (typeof data !== "string") lossy.acknowledged.push([...data]);
    send.call(channel, data);
  };
  return channel;
};
"""


def acknowledgements(server: Running) -> int:
    """Count those that the server has heard of, on all its channels."""
    text = httpx.get(f"{server.url}/metrics").text
    found = re.search(r"^rtseg_ack_behind_seconds_count (\S+)$", text, re.MULTILINE)
    return round(float(found[1])) if found else 0


def test_outlines_stay_right_though_every_fifth_message_is_lost(
    browser: Browser, server: Running, open_tab: OpenTab, scene: Scene
) -> None:
    before = acknowledgements(server)
    tab = open_tab(
        browser,
        server.url,
        CAMERA | {"channel": "datachannel", "effect": "fill"},
        first=LOSSY,
    )
    tab.until_outlined()
    tab.watch()
    frames = tab.painted(12)
    outlines = [iou(frame.outline, scene.mask(frame.number)) for frame in frames]
    assert statistics.median(outlines) >= LEAST_IOU, np.round(outlines, 3)

    lossy = tab.page.evaluate("() => window.lossy")
    assert lossy["lost"] >= 5
    assert lossy["texts"] >= 1  # the greeting
    # Frames are told as changes of those that came: so the server knows which.
    assert lossy["kinds"].get("3", 0) > lossy["kinds"].get("0", 0)
    sent = lossy["acknowledged"]
    assert all(len(packet) == 6 and packet[:2] == [1, 5] for packet in sent)
    assert len(sent) >= 20
    assert acknowledgements(server) - before >= 20
    assert tab.sockets == []
    assert tab.counters["problems"] == 0
    assert tab.errors == []


def test_an_outline_that_stands_still_says_how_old_it_is(
    browser: Browser, server: Running, open_tab: OpenTab
) -> None:
    tab = open_tab(browser, server.url, CAMERA | {"channel": "datachannel"}, first=LOSSY)
    tab.until_outlined()
    tab.until("least => window.__rtseg.counters.painted > least", FPS)
    tab.page.evaluate("() => { window.lossy.isDead = true; }")
    unit = tab.page.locator("#value-age small")
    # The usual delay is a tenth of a second; the last right outline is still there.
    expect(unit).to_have_text("s", timeout=30_000)
    tab.until_bare()
    tab.page.evaluate("() => { window.lossy.isDead = false; }")
    tab.until_outlined()
    expect(unit).to_have_text("ms", timeout=30_000)
    expect(tab.page.locator(".status")).to_contain_text("Live")
    assert tab.counters["connects"] == 1
    assert tab.errors == []
