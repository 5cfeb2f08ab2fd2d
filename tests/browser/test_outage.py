"""The network is gone for a second: the same connection goes on, and so does the outline."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from rtseg.bench.network import Weather
from rtseg.bench.relay.control import RelayControl, relaying
from rtseg.bench.relay.detour import detoured
from rtseg.transport.peer import Peer
from tests.browser.conftest import OpenTab
from tests.browser.tab import CAMERA, until
from tests.server.running import Running

pytestmark = pytest.mark.browser

OUTAGE_S = 1.0

WATCH = """() => {
  window.painted = [];
  window.__rtseg.subscribe((packet) => {
    if (packet.kind !== "frame" || packet.paintedAt === null || packet.capturedAt === null) return;
    if (!packet.frame.objects.some(({ rings }) => rings.length > 0)) return;
    const { timeOrigin } = performance;
    const { capturedAt, paintedAt } = packet;
    window.painted.push({ captured: timeOrigin + capturedAt, at: timeOrigin + paintedAt });
  });
}"""
SINCE = "moment => window.painted.some(({ captured }) => captured > moment)"


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[RelayControl]:
    with relaying(Weather(delay_ms=5.0)) as control:
        monkeypatch.setattr(Peer, "answer", staticmethod(detoured(Peer.answer, control)))
        yield control


@pytest.mark.parametrize("channel", ["datachannel", "websocket"])
def test_after_a_second_without_a_network_outlines_go_on_and_nothing_connects_anew(
    browser: Browser, server: Running, open_tab: OpenTab, relay: RelayControl, channel: str
) -> None:
    tab = open_tab(browser, server.url, CAMERA | {"channel": channel})
    tab.until_outlined()
    tab.page.evaluate(WATCH)
    tab.until("() => window.painted.length > 5")

    relay.break_off(first_s=0.0, every_s=1.0, length_s=OUTAGE_S, count=1)
    until(lambda: relay.tell().outages != ())
    ((begin_ms, back_ms),) = relay.tell().outages
    tab.until(SINCE, back_ms, timeout_ms=10_000)

    painted = tab.page.evaluate("() => window.painted")
    # What was captured while nothing went through may come late, never in time.
    in_between = [p for p in painted if begin_ms + 100 < p["captured"] < back_ms - 100]
    assert all(p["at"] >= back_ms for p in in_between)
    assert any(p["captured"] < begin_ms for p in painted)
    assert relay.tell().there.cut > 10
    assert tab.state == "live"
    assert tab.counters["connects"] == 1
    assert tab.errors == []
