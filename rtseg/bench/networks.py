"""``rtseg bench live --networks``: the same camera over good networks and bad ones, as tables."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rtseg.bench.conditions import Conditions
from rtseg.bench.documents import Place, Table, as_markdown, as_text
from rtseg.bench.live import Wishes, run
from rtseg.bench.recovery import STEP_WORDS
from rtseg.errors import BackendError, UsageError

NETWORKS = (
    Conditions(),
    Conditions(loss_percent=1),
    Conditions(loss_percent=3),
    Conditions(loss_percent=5),
    Conditions(rtt_ms=40),
    Conditions(rtt_ms=100),
    Conditions(jitter_ms=20),
    Conditions(jitter_ms=20, overtakes=True),
    Conditions(loss_percent=3, rtt_ms=80, jitter_ms=10),
    Conditions(outage_s=1),
    Conditions(outage_s=1, rtt_ms=80),
)

_BUSY = 0.1
"""CPU seconds a second of other programs, above which a table says so."""


def main(options: argparse.Namespace) -> int:
    """Measure on every network, print, and give the exit code.

    Raises
    ------
    UsageError
        A flag cannot be, or does not go with `--networks`.
    """
    wishes = Wishes.of(options)
    if wishes.network is not None:
        raise UsageError("--networks: expected no network of your own, for it runs through several")
    for network in NETWORKS:
        network.outages_in(wishes.seconds)
    place = None if options.page is None else Place(options.page, "live --networks")
    report = {"runs": list(_measure(wishes, run))}
    found = list(tables(report))
    if place is not None:
        place.write(as_markdown(found))
    print(json.dumps(report, indent=1, ensure_ascii=False) if options.json else as_text(found))
    return 0


def _measure(
    wishes: Wishes, measure: Callable[[Wishes], dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for number, network in enumerate(NETWORKS, 1):
        if sys.stderr.isatty():
            print(f"{number} of {len(NETWORKS)}: {network}", file=sys.stderr, flush=True)
        try:
            yield measure(replace(wishes, network=network))
        except BackendError as error:  # one network may be too bad to begin; the rest is worth it
            yield {"network": {"conditions": str(network)}, "failed": str(error)}


def tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Lay a report of `rtseg bench live --networks` out."""
    runs = report["runs"]
    good = [each for each in runs if "failed" not in each]
    notes = [
        f"{each['network']['conditions']}: {each['failed']}" for each in runs if each not in good
    ]
    if good:
        notes.insert(0, _setting(good[0]))
        busy = max(each["cpu_s_per_s"]["others"] for each in good)
        if busy > _BUSY:
            notes.append(f"the machine was busy: others took up to {busy:.1f} CPU seconds a second")
        lost = [each for each in good if each["reconnects"]]
        notes += [
            f"{each['network']['conditions']}: connected anew {each['reconnects']} time(s)"
            for each in lost
        ]
    yield Table(
        "Networks",
        ("each way", *_COLUMNS),
        tuple(
            (each["network"]["conditions"], *(cell(each) for cell in _COLUMNS.values()))
            for each in good
        ),
        "; ".join(notes),
    )
    yield from _recoveries([each for each in good if "recovery_ms" in each["network"]])


def _setting(run: Mapping[str, Any]) -> str:
    what, machine = run["what"], run["machine"]
    return (
        f"{what['size']} at {what['fps']} fps, {what['seconds']:.0f} s each, {what['channel']}, "
        f"{machine['cores']} cores"
    )


_COLUMNS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "decoded/s": lambda run: _ms(run["frames"]["per_second"]["decoded"]),
    "outlines/s": lambda run: _ms(run["frames"]["per_second"]["masks"]),
    "of decoded": lambda run: _percent(run["frames"]["share_of_decoded"]["with_mask"]),
    "age ms p50": lambda run: _ms(run["mask_age_ms"]["to_arrival"]["p50"]),
    "p95": lambda run: _ms(run["mask_age_ms"]["to_arrival"]["p95"]),
    "behind": lambda run: _percent(run["network"]["more_than_a_frame_behind"]),
    "still ms": lambda run: _ms(run["network"]["longest_still_ms"]),
    "ICE RTT ms": lambda run: _ms(run["network"]["rtt_ms"]),
    "packets lost": lambda run: _percent(_lost(run["network"]["packets"])),
}


def _lost(ways: Mapping[str, Mapping[str, int]]) -> float | None:
    sent = sum(way["sent"] for way in ways.values())
    arrived = sum(
        way["sent"] - way["lost"] - way["cut"] - way["crowded_out"] for way in ways.values()
    )
    return 1 - arrived / sent if sent else None


def _recoveries(runs: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    if not runs:
        return
    rows = []
    for each in runs:
        network = each["network"]
        for step, words in STEP_WORDS.items():
            found = network["recovery_ms"][step]
            name = f"{network['conditions']}: {words}"
            of = f"{found['n']} of {network['outages']}"
            rows.append((name, _ms(found["p50"]), _ms(found["max"]), of))
    note = "milliseconds from the network's return"
    yield Table("After an outage", ("", "p50", "max", "outages"), tuple(rows), note)


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
