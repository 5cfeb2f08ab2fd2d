"""The report as tables, for a terminal and for a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rtseg.bench.documents import Table
from rtseg.bench.onscreen.records import IN_STEP, LIVE
from rtseg.bench.onscreen.scoring import AS_CAME, DRAWN, HELD, SENT

_Row = Mapping[str, Any]
_ROWS = (
    ("the tracker alone, told in turn", "tracker", None),
    ("the tracker alone, told as live", "tracker as live", None),
    ("sent by the server, against its own frame", IN_STEP, SENT),
    ("on the screen, in step", IN_STEP, DRAWN),
    ("on the screen, live", LIVE, DRAWN),
    ("drawn when it came, on the live picture", LIVE, AS_CAME),
    ("the model's masks, no tracker", LIVE, HELD),
)
"""What is compared: its name, where it stands in the report, and whose scores."""

_BUSY = 0.1
"""Processor seconds a second of other programs, from which on figures are theirs too."""

_STOCK = "stock aiortc: "


def tables(report: _Row) -> Iterator[Table]:
    """Lay a report of `rtseg bench live --davis` out."""
    for late in dict.fromkeys(round_["late"] for round_ in report["rounds"]):
        rounds = [round_ for round_ in report["rounds"] if round_["late"] == late]
        what = _lateness(report, late)
        yield _overall(rounds, what)
        yield _behaviour(report, rounds, what)
        for round_ in rounds:
            of = f"{what}{', stock aiortc' * round_['stock']}"
            for measure in ("J", "F"):
                yield _by_sequence(round_, measure, of)
            yield _sequences(round_, of)


def _lateness(report: _Row, late: int) -> str:
    if report["what"]["model"] != "oracle":
        return f"model for {report['what']['model']}"
    return f"a perfect model {late} frames late"


def _overall(rounds: Sequence[_Row], what: str) -> Table:
    rows = []
    for round_ in rounds:
        for name, place, who in _ROWS:
            if (scores := _scores(round_["overall"], place, who)) is not None:
                j, f = scores["J"], scores["F"]
                both = None if j is None or f is None else (j + f) / 2
                rows.append((_STOCK * round_["stock"] + name, *map(_score, (j, f, both))))
    return Table(f"What is on the screen, {what}", ("", "J", "F", "J&F"), tuple(rows))


def _by_sequence(round_: _Row, measure: str, what: str) -> Table:
    rows: Sequence[_Row] = round_["sequences"]
    shown = [(n, p, w) for n, p, w in _ROWS if _scores(rows[0], p, w) is not None]
    cells = [
        (row["name"], *(_score((_scores(row, p, w) or {}).get(measure)) for _, p, w in shown))
        for row in [*rows, {"name": "mean", **round_["overall"]}]
    ]
    heads = {
        "tracker": "alone",
        "tracker as live": "alone as live",
        SENT: "sent",
        DRAWN: "",
        AS_CAME: "as it came",
        HELD: "no tracker",
    }
    columns = [heads[w or p] or p for _, p, w in shown]
    title = f"{measure} by sequence, {what}"
    return Table(title, ("", *columns), tuple(cells), is_detail=measure != "J")


def _scores(of: _Row, place: str, who: str | None) -> _Row | None:
    found: _Row | None = of.get(place)
    if found is None or who is None:
        return found if found and found.get("J") is not None else None
    scores: _Row | None = found["scores"].get(who)
    return scores


def _behaviour(report: _Row, rounds: Sequence[_Row], what: str) -> Table:
    columns = {
        _STOCK * round_["stock"] + way: round_["overall"][way]
        for round_ in rounds
        for way in (IN_STEP, LIVE)
        if way in round_["overall"]
    }
    of = columns.values()

    def line(name: str, *cells: str) -> tuple[str, ...]:
        return (name, *cells)

    def spread(key: str, digits: int = 0) -> list[str]:
        return [
            f"{_number(row[key]['p50'], digits)} / {_number(row[key]['p95'], digits)}" for row in of
        ]

    rows = (
        line("added delay, ms, p50 / p95", *spread("held_ms")),
        line("picture minus outline, ms, p50 / p95", *spread("gap_ms")),
        line("camera frames presented", *(_percent(row["presented_share"]) for row in of)),
        line("presentations with an outline", *(_percent(row["outlined_share"]) for row in of)),
        line(
            "the page knows which frame the picture is",
            *(_of(row["identity"], "checked") for row in of),
        ),
        line(
            "outline of that very frame, where the page says so",
            *(_of(row["exact"], "said") for row in of),
        ),
        line(
            "and of all outlines it says so", *(_percent(row["exact"]["said_share"]) for row in of)
        ),
        line("capture to outline, ms, p50 / p95", *spread("capture_to_outline_ms")),
        line("page work a picture, ms, p50 / p95", *spread("work_ms", 1)),
        line("age of the evidence, frames, p50 / p95", *spread("age_frames", 1)),
    )
    camera, machine = report["what"], report["machine"]
    note = (
        f"{camera['size']} at {camera['fps']} fps, {camera['seconds']:g} s a sequence and way, "
        f"{machine['cpu']}, {machine['cores']} cores"
    )
    if (others := max(row["others_cpu"] or 0.0 for row in of)) > _BUSY:
        note += f"; the machine was busy: other programs took {others:.2f} CPU seconds a second"
    return Table(f"How, {what}", ("", *columns), rows, note)


def _sequences(round_: _Row, what: str) -> Table:
    """Show what may have gone wrong in one of them."""
    rows = []
    for row in round_["sequences"]:
        for way in (IN_STEP, LIVE):
            if way not in row:
                continue
            seen = row[way]
            drops = ", ".join(f"{cause} {count:g}" for cause, count in seen["drops"].items())
            rows.append(
                (
                    f"{row['name']}, {way}",
                    str(seen["pictures"]),
                    _percent(seen["presented_share"]),
                    _of(seen["identity"], "checked"),
                    _of(seen["exact"], "said"),
                    str(seen["unreadable"]),
                    _number(seen["held_ms"]["p50"]),
                    _number(seen["gap_ms"]["p50"]),
                    _number(seen["late_frames"]["mean"], 2),
                    "; ".join(filter(None, [drops, *seen["why"]])) or "–",
                )
            )
    heads = (
        "pictures",
        "presented",
        "known",
        "exact",
        "unreadable",
        "held ms",
        "gap ms",
        "model late",
        "drops",
    )
    return Table(f"Each sequence, {what}", ("", *heads), tuple(rows), is_detail=True)


def _of(counts: _Row, whole: str) -> str:
    return f"{_percent(counts['share'])} of {counts[whole]}"


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}".removeprefix("0")


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
