"""The timer and the window of the data channels, in the aiortc that is installed."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import USERDATA_MAX_LENGTH

from rtseg.transport import sctp
from rtseg.transport.sctp import hasten, retransmission_timeout_s


def test_a_delayed_acknowledgement_is_waited_for_and_no_longer() -> None:
    assert retransmission_timeout_s(0.02, 0.001) == pytest.approx(0.24)
    assert retransmission_timeout_s(0.1, 0.1) == pytest.approx(0.5)


async def transport() -> Any:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("any")
    found: Any = connection.sctp
    assert found is not None
    return found


async def test_the_timer_and_the_window_are_those_of_a_browser() -> None:
    inner = await transport()
    hasten(inner)
    assert inner._rto == 1.0
    assert inner._cwnd == 10 * USERDATA_MAX_LENGTH
    for _ in range(30):
        inner._update_rto(0.03)
    assert inner._rto == pytest.approx(0.25, abs=0.01)
    inner._update_rto(2.0)  # what is slower is waited for longer
    assert inner._rto > 1.5
    await inner.stop()


async def test_stock_aiortc_waits_a_second() -> None:
    """Where this fails, `hasten` may have nothing left to mend."""
    inner = await transport()
    for _ in range(30):
        inner._update_rto(0.03)
    assert inner._rto == 1.0
    await inner.stop()


def test_a_connection_without_a_data_channel_has_nothing_to_set() -> None:
    hasten(None)


def test_another_aiortc_is_left_as_it_is_with_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sctp, "_has_warned", False)
    unknown = SimpleNamespace(_rto=3.0, _cwnd=1)
    with caplog.at_level(logging.WARNING):
        hasten(unknown)
        hasten(unknown)
    assert (unknown._rto, unknown._cwnd) == (3.0, 1)
    assert len(caplog.records) == 1
    assert "1.16" in caplog.text
