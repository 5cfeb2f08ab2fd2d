"""`rtseg bench track` as a person uses it, on drawn sequences."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from rtseg.bench.documents import marks
from rtseg.cli import main
from tests.bench.davis_folder import write_sequence
from tests.bench.track.scenes import drawn

BEGIN, END = marks("track")


@pytest.fixture(scope="module")
def davis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("davis")
    for name, step_px in (("calm", (0.5, 0.0)), ("quick", (4.0, 1.0))):
        sequence = drawn(9, step_px=step_px)
        write_sequence(folder, name, zip(sequence.images, sequence.truth, strict=True))
    return folder


def test_the_report_for_machines(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "track", "--davis", str(davis), "--late", "3,1", "--json"]) == 0
    told = capsys.readouterr()
    report = json.loads(told.out)
    one, three = report["rounds"]
    assert [(each["late"], each["noisy"], each["first_only"]) for each in (one, three)] == [
        (1, False, False),
        (3, False, False),
    ]
    assert [(each["name"], each["frames"]) for each in three["sequences"]] == [
        ("calm", 6),
        ("quick", 6),
    ]
    calm, quick = (each["scores"]["hold"]["J"] for each in three["sequences"])
    assert three["overall"]["hold"]["J"] == (calm + quick) / 2
    assert quick < calm < 1
    assert three["overall"]["tracker"]["J"] > three["overall"]["hold"]["J"]
    assert 2.5 < three["sequences"][1]["scores"]["hold"]["lag_frames"] < 5
    # The pictures are too small for a second size.
    times = [(row["size"], row["objects"], row["late"]) for row in report["times"]["rows"]]
    assert times == [("160×90", 1, 1), ("160×90", 1, 3), ("160×90", 4, 3)]
    assert all(row["step_ms"]["p95"] > 0 for row in report["times"]["rows"])
    assert report["times"]["further_object_ms"].keys() == {"160×90"}
    assert report["calibration"]["frames"] == 2 * (8 + 6)
    assert report["still"]["perfect"]["hold"]["shimmer_px"] == 0
    assert "sequences, 2 of 2" in told.err


def test_an_erring_model(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--late", "1", "--noise", "--first-only", "--sequences", "quick", "--objects", "2"]
    assert main(["bench", "track", "--davis", str(davis), *flags]) == 0
    told = capsys.readouterr().out
    for row in ("J, the model itself", "J, hold", "T, the truth", "quick", "first mask only"):
        assert row in told
    for absent in ("\n  calm", "a perfect model", "What a confidence means"):
        assert absent not in told


def test_a_plot_and_a_page(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    svg, page = tmp_path / "late.svg", tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n")
    flags = ["--late", "1,2", "--sequences", "quick", "--plot", str(svg), "--page", str(page)]
    assert main(["bench", "track", "--davis", str(davis), *flags]) == 0
    root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    texts = {"".join(each.itertext()).strip() for each in root.iter() if each.tag.endswith("text")}
    assert {"rtseg", "held as it is", "moved by plain flow"} <= texts
    assert "rtseg, from the first mask alone" in texts
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}")
    assert text.endswith(f"{END}\nafter\n")
    assert "old figures" not in text
    for part in ("| J, tracker | .", "first mask only", "a model that errs", "| correct p95 |"):
        assert part in text
    assert "F by sequence" not in text
    assert "F by sequence" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--late", "x"], "expected numbers such as 1,3,6,12, got 'x'"),
        (["--late", "3,0"], "expected frames, 1 or more, got 0"),
        (["--late", "8"], "10 frames or more for a model 8 late, got 9 of calm"),
        (["--objects", "0"], "--objects: expected 1 or more, got 0"),
        (["--sequences", "calm,wild"], "no sequence wild"),
        (["--sequences", ","], "expected names with commas"),
        (["--plot", "j.png"], "ends in .svg"),
        (["--plot", "/no/such/folder/j.svg"], "/no/such/folder"),
        (["--page", "/no/such/page.md"], "no file /no/such/page.md"),
        (["--page", __file__], "expected the lines <!-- rtseg bench track: begin -->"),
    ],
)
def test_what_cannot_be_measured_is_said_at_once(
    davis: Path, flags: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "track", "--davis", str(davis), *flags]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert "1 of" not in told.err


def test_a_folder_that_is_no_davis_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "track", "--davis", str(tmp_path)]) == 2
    assert "--davis: expected JPEGImages/480p" in capsys.readouterr().err
