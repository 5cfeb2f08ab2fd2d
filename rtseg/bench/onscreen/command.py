"""The order of a measurement: server, sequence by sequence a browser, way by way a page."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import rtseg
from rtseg.bench.browser import check_browser, launch
from rtseg.bench.documents import Place, as_markdown, as_text
from rtseg.bench.onscreen.alone import track
from rtseg.bench.onscreen.film import Film
from rtseg.bench.onscreen.footage import Footage, footage_of
from rtseg.bench.onscreen.oracle import CATALOGUE, LABEL
from rtseg.bench.onscreen.records import IN_STEP, LIVE
from rtseg.bench.onscreen.report import Way, mean_of, of_way, sum_up
from rtseg.bench.onscreen.serving import Setting
from rtseg.bench.onscreen.tables import tables
from rtseg.bench.onscreen.wishes import Wishes
from rtseg.bench.server import Server, serve
from rtseg.config import Config
from rtseg.errors import BackendError, UsageError
from rtseg.server.page import built

WARM_UP_S = 3.0
"""From the first outline on: a sender report has come, and the way of showing has settled."""
_LEAST_VIEWPORT = (480, 360)
_SHOWING = {LIVE: "live", IN_STEP: "instep"}
"""The page's address says it so."""

PAGE_PLACE = "live --davis"


def main(options: argparse.Namespace) -> int:
    """Measure, print, and give the exit code."""
    wishes = Wishes.of(options)
    place = None if wishes.page is None else Place(wishes.page, PAGE_PLACE)
    report = run(wishes)
    found = list(tables(report))
    if place is not None:
        place.write(as_markdown(found))
    print(json.dumps(report, indent=1, ensure_ascii=False) if options.json else as_text(found))
    return 0


def run(wishes: Wishes) -> dict[str, Any]:
    """Measure; give the report.

    Raises
    ------
    UsageError
        There is nothing to show, or a sequence is shorter than the model is late.
    BackendError
        The server, the browser or the page does not work; the message says why.
    """
    # What is missing is told before anything is made.
    built()
    check_browser()
    footage = footage_of(wishes.davis, wishes.names, wishes.size)
    _check_length(footage, wishes)
    rounds = [
        (late, is_stock)
        for late in wishes.lates
        for is_stock in ((False, True) if wishes.is_stock else (False,))
    ]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rtseg-bench-")))
        film = None
        if wishes.film is not None:
            film = stack.enter_context(Film(wishes.film, wishes.size, wishes.fps))
        seen = [_round(wishes, footage, *each, folder, film) for each in rounds]
    from rtseg.bench.processes import machine

    return {
        "what": {
            "size": f"{wishes.size[0]}x{wishes.size[1]}",
            "fps": wishes.fps,
            "seconds": wishes.seconds,
            "model": wishes.prompts or "oracle",
            "channel": wishes.channel,
        },
        "machine": machine(),
        "versions": {
            "rtseg": rtseg.__version__,
            "Chromium": seen[0]["browser"],
            "aiortc": version("aiortc"),
            "opencv": version("opencv-python"),
        },
        "rounds": seen,
    }


def _round(
    wishes: Wishes,
    footage: Sequence[Footage],
    late: int,
    is_stock: bool,
    folder: Path,
    film: Film | None,
) -> dict[str, Any]:
    """Show every sequence, behind a model that is so late."""
    measured: list[dict[str, Any]] = []
    browser = ""
    with _server(wishes, footage, late, is_stock, folder) as server:
        for each in footage:
            _tell(f"{each.name}, {late} late{', stock aiortc' * is_stock}")
            ways, browser = _watch(wishes, server, each, late, folder)
            measured.append(
                {
                    "name": each.name,
                    "frames": len(each),
                    **{name: of_way(way, wishes.fps) for name, way in ways.items()},
                }
            )
            if film is not None:
                film.add(each, {name: (way.shown, way.masks) for name, way in ways.items()})
    if wishes.prompts is None and not is_stock:
        engine = Config().engine
        for row, each in zip(measured, footage, strict=True):
            for name, is_live in (("tracker", False), ("tracker as live", True)):
                scores = track(each, late, engine, first_scored(late), is_live=is_live)
                row[name] = mean_of(scores)
    return {
        "late": late,
        "stock": is_stock,
        "browser": browser,
        "sequences": measured,
        "overall": sum_up(measured),
    }


def first_scored(late: int) -> int:
    """Give the place of the first frame that is scored after the loop began again.

    The model may be asked about a frame from before the jump just when it comes: it answers L
    frames later, and what it is asked then, L after that. Two more are for the hand-overs.
    """
    return 2 * late + 2


def _check_length(footage: Sequence[Footage], wishes: Wishes) -> None:
    for each in footage:
        least = first_scored(max(wishes.lates)) + 2
        if len(each) < least:
            raise UsageError(
                f"--late: expected sequences of {least} frames or more for a model "
                f"{max(wishes.lates)} late, got {len(each)} of {each.name}; leave it out with "
                "--sequences, or take less"
            )


@contextlib.contextmanager
def _server(
    wishes: Wishes, footage: Sequence[Footage], late: int, is_stock: bool, folder: Path
) -> Iterator[Server]:
    """Run the server with the oracle, or with the product's own models."""
    place = folder / f"server-{late}{'-stock' * is_stock}"
    place.mkdir()
    arguments, witness = ["--port", "0"], []
    if wishes.prompts is None:
        names = tuple(each.name for each in footage)
        setting = Setting(str(wishes.davis.absolute()), names, *wishes.size, wishes.fps, late)
        witness += ["--oracle", setting.as_argument()]
        catalogue = place / "catalogue.yaml"
        catalogue.write_text(CATALOGUE, encoding="utf-8")
        arguments += ["--set", f"models.catalogue={catalogue}"]
        arguments += ["--set", f"models.default_prompts={LABEL}"]
    if is_stock:
        witness.append("--stock")
    with serve(place, arguments, witness=witness) as server:
        yield server


def _watch(
    wishes: Wishes, server: Server, footage: Footage, late: int, folder: Path
) -> tuple[dict[str, Way], str]:
    """Show a sequence in every way that is wished for, one after the other."""
    from rtseg.bench.onscreen.watching import watch

    width, height = wishes.size
    viewport = max(width, _LEAST_VIEWPORT[0]), max(height, _LEAST_VIEWPORT[1])
    ways: dict[str, Way] = {}
    camera = footage.write_camera(folder, wishes.fps)
    try:
        with launch(camera.path) as browser:
            for way in wishes.ways:
                parameters = {
                    "width": width,
                    "height": height,
                    "fps": wishes.fps,
                    "channel": wishes.channel,
                    "showing": _SHOWING[way],
                }
                if wishes.prompts is not None:
                    parameters["prompts"] = wishes.prompts
                try:
                    seen = watch(
                        browser,
                        server,
                        parameters,
                        viewport,
                        wishes.fps,
                        warm_up_s=WARM_UP_S,
                        seconds=wishes.seconds,
                        screenshot=_named(wishes.screenshot, _SHOWING[way]),
                    )
                except BackendError as error:
                    raise BackendError(
                        f"{error}\nthe server's last words:\n{server.last_words()}"
                    ) from None
                ways[way] = Way.of(seen, footage, wishes.fps, first_scored(late))
            return ways, browser.version
    finally:
        camera.path.unlink()


def _named(file: Path | None, way: str) -> Path | None:
    """Name a picture of each way: shot.png becomes shot-live.png."""
    return None if file is None else file.with_stem(f"{file.stem}-{way}")


def _tell(what: str) -> None:
    print(f"rtseg bench live: {what}", file=sys.stderr, flush=True)
