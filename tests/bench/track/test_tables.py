"""What a person reads of a report: marks, order, signs."""

from __future__ import annotations

from typing import Any

from rtseg.bench.documents import Table, as_markdown, as_text
from rtseg.bench.track.scoring import MEASURES
from rtseg.bench.track.tables import tables


def scores(j: float) -> dict[str, float | None]:
    return dict.fromkeys(MEASURES, j)


def round_(late: int, *, is_noisy: bool = True, **js: float) -> dict[str, Any]:
    found = {who: scores(j) for who, j in js.items()} | {"truth": {"T": 0.25}}
    return {
        "late": late,
        "noisy": is_noisy,
        "first_only": False,
        "overall": found,
        "sequences": [{"name": "swan", "frames": 9, "scores": found}],
    }


def rows(*rounds: dict[str, Any], title: str) -> list[tuple[str, ...]]:
    report = {
        "rounds": rounds,
        "still": {},
        "calibration": None,
        "times": {"rows": [], "further_object_ms": {}},
    }
    (table,) = [table for table in tables(report) if table.title.startswith(title)]
    return [table.columns, *table.rows]


def test_what_a_tracker_must_not_be_is_marked() -> None:
    heads, swan, mean = rows(
        round_(1, oracle=0.8, hold=0.6, flow=0.7, tracker=0.75),
        round_(3, oracle=0.8, hold=0.6, flow=0.7, tracker=0.75),
        round_(6, oracle=0.8, hold=0.6, flow=0.7, tracker=0.55),
        title="J by",
    )
    assert heads[1:5] == ("1 oracle", "1 hold", "1 flow", "1 tracker")
    # One frame late it is to be cleaner than the model, later no worse than the held mask.
    assert (swan[0], swan[4], swan[8], swan[12]) == ("swan", ".750!", ".750", ".550!")
    assert mean[4] == ".750"


def test_a_perfect_model_is_no_mark() -> None:
    given = round_(1, is_noisy=False, hold=0.8, flow=0.7, tracker=0.6)
    _, swan, _ = rows(given, title="J by")
    assert swan == ("swan", ".800", ".700", ".600")


def test_numbers_are_short_and_signed() -> None:
    given = round_(3, is_noisy=False, hold=-0.25, flow=1.0, tracker=10.5)
    given["overall"]["flow"]["lag_frames"] = None
    found = dict(row[:2] for row in rows(given, title="How calm"))
    assert found["lag, frames, hold"] == "−.250"
    assert "lag, frames, flow" not in found
    assert found["lag, frames, tracker"] == "10.500"
    assert found["T, the truth"] == ".250"
    assert "jitter, px, the truth" not in found


def test_one_table_two_faces() -> None:
    table = Table("Of all", ("", "a", "long"), (("swan", ".5", "1"), ("x", ".25", "–")), "so it is")
    assert as_text([table]) == (
        "Of all\n          a  long\n  swan   .5     1\n  x     .25     –\n  so it is"
    )
    detail = Table("More", ("", "a"), (("y", "1"),), is_detail=True)
    assert as_markdown([table, detail]) == (
        "**Of all**\n\n|  | a | long |\n| --- | ---: | ---: |\n| swan | .5 | 1 |\n"
        "| x | .25 | – |\n\nSo it is."
    )
