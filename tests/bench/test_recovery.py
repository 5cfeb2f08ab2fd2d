"""What is said of a bad network, on streams whose every time is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from rtseg.bench.figures import Window
from rtseg.bench.network import Counts
from rtseg.bench.records import Page, read_page
from rtseg.bench.recovery import behind_share, network_figures, recoveries
from rtseg.bench.relay.control import Told
from rtseg.bench.witness import Sightings

FPS = 50
STEP_MS = 20.0
FRAMES = 500  # ten seconds
AGE_MS = 30.0
OUTAGE = (4000.0, 5000.0)
WINDOW = Window(2000.0, 8000.0)


def packet(number: int, **changes: Any) -> dict[str, Any]:
    captured = number * STEP_MS
    return {
        "frameId": 1000 + number * 1800,
        "bytes": 100,
        "arrivedAt": captured + AGE_MS,
        "capturedAt": captured,
        "paintedAt": captured + AGE_MS + 5,
        "width": 640,
        "height": 360,
        "ages": [33],
        "isVisible": True,
        "timing": None,
        **changes,
    }


def page(packets: Iterable[dict[str, Any]], statistics: Any = ({}, {})) -> Page:
    return read_page({"timeOrigin": 0.0, "packets": packets, "previews": []}, statistics)


def sightings(numbers: Iterable[int]) -> Sightings:
    decoded = {("s", 1000 + n * 1800): round(1000 * (n * STEP_MS + 10)) for n in numbers}
    return Sightings(decoded, {})


def without(begin_ms: float, end_ms: float) -> list[int]:
    """All frames but those that were captured then."""
    return [n for n in range(FRAMES) if not begin_ms <= n * STEP_MS < end_ms]


def test_a_steady_stream_is_never_behind() -> None:
    assert behind_share(page(map(packet, range(FRAMES))), WINDOW, FPS) == 0.0


def test_one_frame_that_is_missing_is_not_yet_behind_and_two_are() -> None:
    # An outline is as old as 70 ms when the next but one is due, and that is the limit.
    one = [packet(n) for n in range(FRAMES) if n != 200]
    assert behind_share(page(one), WINDOW, FPS) == 0.0
    two = [packet(n) for n in range(FRAMES) if n not in (200, 201)]
    assert behind_share(page(two), WINDOW, FPS) == pytest.approx(20 / 6000, abs=1e-4)


def test_what_comes_late_makes_nothing_younger() -> None:
    frames = [*without(4000, 4500), 200]
    late = [packet(n, arrivedAt=4700.0) if n == 200 else packet(n) for n in frames]
    alone = [packet(n) for n in without(4000, 4500)]
    assert behind_share(page(late), WINDOW, FPS) == behind_share(page(alone), WINDOW, FPS)


def test_the_time_that_a_network_always_takes_is_not_counted() -> None:
    slow = [packet(n, arrivedAt=n * STEP_MS + 400) for n in range(FRAMES)]
    assert behind_share(page(slow), WINDOW, FPS) == 0.0


def test_a_stretch_that_begins_or_ends_in_silence_is_counted_to_its_bounds() -> None:
    silent = [packet(n) for n in without(1000, 3000)]
    assert behind_share(page(silent), WINDOW, FPS) == pytest.approx(1030 / 6000, abs=1e-4)
    ending = [packet(n) for n in range(FRAMES) if n * STEP_MS < 7000]
    assert behind_share(page(ending), WINDOW, FPS) == pytest.approx(950 / 6000, abs=1e-4)


def test_a_page_without_an_outline_says_nothing() -> None:
    bare = [packet(n, isVisible=False) for n in range(FRAMES)]
    assert behind_share(page(bare), WINDOW, FPS) is None


def steps(found: dict[str, Any]) -> dict[str, float | None]:
    return {step: values["max"] for step, values in found.items()}


def test_every_step_of_a_recovery_has_its_time() -> None:
    # A frame of the outage is sent again and comes first; then half as many as before for a second.
    again = packet(240, arrivedAt=5100.0, paintedAt=5110.0)
    slowly = [packet(n) for n in range(260, 300, 2)]
    before = [packet(n) for n in range(200)]
    after = [packet(n) for n in range(300, FRAMES)]
    seen = page([*before, again, *slowly, *after])
    server = sightings([*range(195), *range(255, FRAMES)])

    found = steps(recoveries(seen, server, [OUTAGE], FPS))

    assert found == {
        "decoded": 255 * STEP_MS + 10 - 5000,
        "outline": 100.0,
        "right": 260 * STEP_MS + AGE_MS + 5 - 5000,
        # From there on a second has nine tenths of what it had: the gap is ten of fifty frames.
        "rate": pytest.approx(290 * STEP_MS + AGE_MS - 5000),
    }


def test_an_outline_that_was_known_before_is_no_recovery() -> None:
    twice = [packet(n) for n in range(195)] + [packet(194, arrivedAt=5500.0)]
    found = recoveries(page(twice), sightings(range(195)), [OUTAGE], FPS)
    assert {step: values["never"] for step, values in found.items()} == dict.fromkeys(found, 1)


def test_what_comes_after_the_next_outage_is_not_the_first_ones() -> None:
    seen = page([packet(n) for n in without(3900, 7000)])
    server = sightings(without(3900, 7000))
    found = recoveries(seen, server, [OUTAGE, (6000.0, 6900.0)], FPS)
    assert {step: values["never"] for step, values in found.items()} == dict.fromkeys(found, 1)
    assert found["right"]["n"] == 1
    assert found["right"]["max"] == pytest.approx(7000 + AGE_MS + 5 - 6900)


def pair(sent: int, answers: int, seconds: float) -> dict[str, Any]:
    return {
        "candidate-pair": {
            "packetsSent": sent,
            "requestsSent": 10,
            "responsesSent": 5,
            "responsesReceived": answers,
            "totalRoundTripTime": seconds,
        }
    }


def test_the_network_as_it_was() -> None:
    seen = page(map(packet, range(FRAMES)), (pair(100, 10, 1.0), pair(1100, 20, 1.4)))
    before = Told(Counts(50, 5, 0, 0), Counts(), ())
    after = Told(Counts(1050, 35, 7, 1), Counts(80, 2), ((1000.0, 1500.0), OUTAGE))

    found = network_figures([seen], sightings(range(FRAMES)), (before, after), WINDOW, FPS)

    assert found["packets"]["there"] == {"sent": 1000, "lost": 30, "cut": 7, "crowded_out": 1}
    assert found["packets"]["back"]["sent"] == 80
    assert found["beside_the_relay"] == {"sent": 1000, "not_seen": 0}
    assert found["rtt_ms"] == 40.0
    assert found["longest_still_ms"] == pytest.approx(STEP_MS, abs=STEP_MS)
    assert found["outages"] == 1  # the other was before it was measured
    assert found["recovery_ms"]["right"]["n"] == 1


def test_without_the_browsers_figures_nothing_is_made_up() -> None:
    told = Told(Counts(), Counts(), ())
    found = network_figures([page([])], Sightings(), (told, told), WINDOW, FPS)
    assert found["beside_the_relay"] == {"sent": None, "not_seen": None}
    assert found["rtt_ms"] is None
    assert found["more_than_a_frame_behind"] is None
    assert "recovery_ms" not in found
