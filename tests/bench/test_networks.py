from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtseg.bench import networks
from rtseg.bench.live import Wishes
from rtseg.bench.networks import NETWORKS, tables
from rtseg.bench.table import render
from rtseg.cli import main
from rtseg.errors import BackendError
from tests.bench.test_report import report

STEP = {"n": 2, "p50": 310.0, "max": 480.0, "never": 1}
WAYS = {
    "there": {"sent": 950, "lost": 50, "cut": 0, "crowded_out": 0},
    "back": {"sent": 50, "lost": 40, "cut": 7, "crowded_out": 3},
}


def run(conditions: str, **changes: Any) -> dict[str, Any]:
    network = {
        "conditions": conditions,
        "packets": WAYS,
        "beside_the_relay": {"sent": 950, "not_seen": 0},
        "rtt_ms": 81.2,
        "more_than_a_frame_behind": 0.125,
        "longest_still_ms": 1310.4,
        **changes,
    }
    return report(reconnects=0, network=network)


def outage() -> dict[str, Any]:
    return run(
        "outages of 1 s", outages=3, recovery_ms=dict.fromkeys(("decoded", "right"), STEP)
    ) | {"reconnects": 2}


def test_a_report_says_what_the_network_was_and_did() -> None:
    text = render(run("3 % lost"))
    assert "network    3 % lost; RTT by ICE 81.2 ms" in text
    assert "there    950 packets, 50 lost" in text
    assert "back     50 packets, 40 lost, 7 lost in outages, 3 too many for the line" in text
    assert "more than a frame behind 12.5 % of the time" in text
    assert "outage(s)" not in text
    assert "RTT by ICE" not in render(report())


def test_a_report_says_how_soon_outlines_were_back() -> None:
    lines = render(outage()).splitlines()
    at = next(n for n, line in enumerate(lines) if "after 3 outage(s)" in line)
    assert lines[at + 1].split() == [
        *("310.0", "480.0", "the", "server", "decodes", "a", "frame,"),
        *("1", "time(s)", "never"),
    ]


def test_each_network_has_a_row_and_each_outage_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "STEP_WORDS", {"decoded": "a frame", "right": "right"})
    runs = [
        run("3 % lost"),
        outage(),
        {"network": {"conditions": "90 % lost"}, "failed": "no mask came"},
    ]
    first, second = tables({"runs": runs})

    assert [row[0] for row in first.rows] == ["3 % lost", "outages of 1 s"]
    named = dict(zip(first.columns, first.rows[0], strict=True))
    assert named["behind"] == "12.5 %"
    assert named["still ms"] == "1310"
    assert named["packets lost"] == "10.0 %"
    assert "90 % lost: no mask came" in first.note
    assert "outages of 1 s: connected anew 2 time(s)" in first.note
    assert second.rows == (
        ("outages of 1 s: a frame", "310", "480", "2 of 3"),
        ("outages of 1 s: right", "310", "480", "2 of 3"),
    )


def test_all_networks_are_measured_though_one_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(wishes: Wishes) -> dict[str, Any]:
        if wishes.network == NETWORKS[1]:
            raise BackendError("too bad")
        return run(str(wishes.network))

    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- rtseg bench live networks: begin -->\nold\n"
        "<!-- rtseg bench live networks: end -->\nafter\n"
    )
    monkeypatch.setattr(networks, "run", measure)
    assert main(["bench", "live", "--networks", "--json", "--page", str(page)]) == 0

    runs = json.loads(capsys.readouterr().out)["runs"]
    assert [each["network"]["conditions"] for each in runs] == [str(each) for each in NETWORKS]
    assert [each.get("failed") for each in runs].count("too bad") == 1
    text = page.read_text()
    assert "| nothing lost or late |" in text
    assert "old" not in text
    assert text.startswith("before")
    assert text.endswith("after\n")
