"""The report as tables, for a terminal and for a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rtseg.bench.documents import Table
from rtseg.bench.track.rounds import FOLLOWERS
from rtseg.bench.track.still import LATE

_TITLES = {"oracle": "the model itself", "truth": "the truth"}
_UNITS = {"T": "T", "jitter_px": "jitter, px", "restless": "restless", "lag_frames": "lag, frames"}


def tables(report: Mapping[str, Any]) -> Iterator[Table]:
    """Lay a report of `rtseg bench track` out."""
    for is_noisy in (False, True):
        rounds = [each for each in report["rounds"] if each["noisy"] == is_noisy]
        if not rounds:
            continue
        model = "a model that errs" if is_noisy else "a perfect model"
        whos = (("oracle",) if is_noisy else ()) + FOLLOWERS
        yield _by_lateness(f"J, F and their mean, {model}", rounds, ("J", "F", "JF"), whos)
        for measure in ("J", "F", "JF"):
            yield _by_sequence(f"{measure} by sequence, {model}", rounds, measure, whos)
        whos = ("truth", *whos)
        yield _by_lateness(f"How calm and how prompt, {model}", rounds, tuple(_UNITS), whos)
    yield from _still(report["still"])
    yield from _calibration(report["calibration"])
    yield from _times(report["times"])


def _by_lateness(
    title: str, rounds: Sequence[Mapping[str, Any]], measures: Sequence[str], whos: Sequence[str]
) -> Table:
    rows = []
    for measure in measures:
        for who in whos:
            values = [each["overall"][who].get(measure) for each in rounds]
            if any(value is not None for value in values):
                name = f"{_UNITS.get(measure, measure)}, {_TITLES.get(who, who)}"
                rows.append((name, *map(_score, values)))
    return Table(title, ("", *map(_lateness, rounds)), tuple(rows))


def _by_sequence(
    title: str, rounds: Sequence[Mapping[str, Any]], measure: str, whos: Sequence[str]
) -> Table:
    columns = [f"{_short(each)} {who}" for each in rounds for who in whos]
    rows = []
    for number, each in enumerate(rounds[0]["sequences"]):
        scores = [(r, r["sequences"][number]["scores"]) for r in rounds]
        cells = [_marked(r, s, who, measure) for r, s in scores for who in whos]
        rows.append((each["name"], *cells))
    means = [_score(each["overall"][who][measure]) for each in rounds for who in whos]
    is_marked = any("!" in cell for row in rows for cell in row)
    return Table(
        title,
        ("", *columns),
        (*rows, ("mean", *means)),
        "! worse than the held mask, or 1 frame late no cleaner than the model" * is_marked,
        is_detail=measure != "J",
    )


def _marked(round_: Mapping[str, Any], scores: Mapping[str, Any], who: str, measure: str) -> str:
    """Mark what a tracker behind an erring model must not be."""
    cell = _score(scores[who][measure])
    if who != "tracker" or not round_["noisy"]:
        return cell
    bounds = ["hold"] + ["oracle"] * (round_["late"] == 1 and not round_["first_only"])
    is_worse = any(scores[who][measure] < scores[bound][measure] for bound in bounds)
    return cell + "!" * is_worse


def _still(still: Mapping[str, Any]) -> Iterator[Table]:
    if not still:
        return
    columns = [f"{what}, {kind} model" for kind in still for what in ("shimmer px", "J")]
    rows = [
        (
            who,
            *(_score(still[kind][who][key]) for kind in still for key in ("shimmer_px", "J")),
        )
        for who in FOLLOWERS
    ]
    note = (
        f"the first frame again and again, with a sensor's noise, model {LATE} frames late; how "
        "far the line trembles from frame to frame"
    )
    yield Table("A still scene", ("", *columns), tuple(rows), note)


def _calibration(found: Mapping[str, Any] | None) -> Iterator[Table]:
    if found is None:
        return
    rows = [
        (
            f"{row['from']:.1f} to {row['to']:.1f}",
            _score(row["confidence"]),
            _score(row["J"]),
            str(row["frames"]),
        )
        for row in found["reliability"]
    ]
    yield Table(
        "What a confidence means",
        ("confidence", "its mean", "mean J", "frames"),
        tuple(rows),
        f"mean error {_score(found['mean_error'])}, bias {_score(found['mean_bias'])}, correlation "
        f"{_score(found['correlation'])}; every round and frame with an outline",
    )
    false, late = found["false_ends"], found["late_ends"]
    states = [
        (state, f"{100 * row['share']:.1f} %", _score(row["J"]))
        for state, row in found["states"].items()
    ]
    yield Table(
        "States",
        ("", "of all frames", "mean J"),
        tuple(states),
        f"without an outline though the object is there: {false['frames']} of {false['of']} "
        f"frames; with one though it is not: {late['frames']} of {late['of']}, "
        f"{late['longest']} in a row at most",
    )


def _times(times: Mapping[str, Any]) -> Iterator[Table]:
    heads = ("p50", "p95", "max")
    columns = [f"{what} {head}" for what in ("step", "first step", "correct") for head in heads]
    rows = []
    for row in times["rows"]:
        many = "1 object" if row["objects"] == 1 else f"{row['objects']} objects"
        spreads = (row["step_ms"], row["first_step_ms"], row["correct_ms"])
        cells = [_ms(each[head]) for each in spreads for head in heads]
        rows.append((f"{row['size']}, {many}, {row['late']} late", *cells))
    further = ", ".join(f"{size}: {ms:.1f}" for size, ms in times["further_object_ms"].items())
    yield Table(
        "Milliseconds of processor time, one core",
        ("pictures", *columns),
        tuple(rows),
        f"first step: the one after a correction; each further object, median step: {further}",
    )


def _lateness(round_: Mapping[str, Any]) -> str:
    return "first mask only" if round_["first_only"] else f"{round_['late']} late"


def _short(round_: Mapping[str, Any]) -> str:
    return "first" if round_["first_only"] else str(round_["late"])


def _score(value: float | None) -> str:
    if value is None:
        return "–"
    digits = f"{abs(value):.3f}".removeprefix("0")
    return f"−{digits}" if value < 0 else digits


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
