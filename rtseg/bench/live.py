"""``rtseg bench live``: from a camera in a real browser to the outline on its page."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rtseg
from rtseg.bench import api
from rtseg.bench.browser import check_browser, launch
from rtseg.bench.callers import MOST_CALLERS, Called, Job, begin, read
from rtseg.bench.camera import CameraFile, check_rate, parse_size, write_camera
from rtseg.bench.conditions import FIRST_OUTAGE_S, Conditions
from rtseg.bench.figures import Window, measure
from rtseg.bench.records import read_page
from rtseg.bench.recovery import network_figures
from rtseg.bench.relay.control import RelayControl, relaying
from rtseg.bench.server import Server, serve
from rtseg.bench.table import render
from rtseg.bench.witness import read_log
from rtseg.errors import BackendError, UsageError
from rtseg.server.page import built

if TYPE_CHECKING:
    from rtseg.bench.page import MeasuredPage
    from rtseg.bench.processes import Usage

FPS = 30
WARM_UP_S = 4.0
"""From the first mask on: the sender's bitrate has settled, and a sender report has come."""
_GRACE_S = 0.5
"""So long is waited for the masks of the last frames."""
_MEMORY_EVERY_S = 2.0
_LEAST_VIEWPORT = (480, 360)
"""The page is as large as the camera's picture, and never smaller than this. Without a graphics
card every pixel of it is drawn by the processor that the server needs too."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be measured; the flags of the command line."""

    video: Path | None
    seconds: float
    size: tuple[int, int]
    fps: int
    sessions: int
    channel: str
    screenshot: Path | None
    prompts: str | None = None
    callers: int = 0
    network: Conditions | None = None
    stock: bool = False

    @classmethod
    def of(cls, options: argparse.Namespace) -> Wishes:
        """Check the flags.

        Raises
        ------
        UsageError
            One of them cannot be; the message says what was expected.
        """
        if options.video is not None and not options.video.is_file():
            raise UsageError(f"--video: there is no file {options.video}")
        if not options.seconds >= 1:
            raise UsageError(f"--seconds: expected at least 1, got {options.seconds:g}")
        if not 1 <= options.sessions <= 64:
            raise UsageError(f"--sessions: expected 1 to 64, got {options.sessions}")
        if not 0 <= options.callers <= MOST_CALLERS:
            raise UsageError(f"--callers: expected 0 to {MOST_CALLERS}, got {options.callers}")
        fps = FPS if options.fps is None else options.fps
        check_rate(fps)
        if options.page is not None and not options.networks:
            raise UsageError("--page: expected --networks or --davis too, whose tables it is for")
        for name in ("sequences", "late", "film"):
            if getattr(options, name) is not None:
                raise UsageError(f"--{name}: expected --davis too, whose sequences it is about")
        network = Conditions.of(options)
        if network is not None:
            network.outages_in(options.seconds)
            if network.outage_s and options.sessions > 1:
                raise UsageError(f"--outage: expected one session, got {options.sessions}")
        return cls(
            options.video,
            options.seconds,
            parse_size(options.size),
            fps,
            options.sessions,
            options.channel,
            options.screenshot,
            options.prompts,
            options.callers,
            network,
            options.stock,
        )


def main(options: argparse.Namespace) -> int:
    """Measure and print; gives the exit code."""
    wishes = Wishes.of(options)
    report = run(wishes)
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else render(report))
    if not report["frames"]["counts"]["masks"]:
        print("rtseg: no mask came while it was measured", file=sys.stderr)
        return 1
    return 0


def run(wishes: Wishes) -> dict[str, Any]:
    """Measure; give the report.

    Raises
    ------
    UsageError
        The clip cannot be a camera.
    BackendError
        The server, the browser or the page does not work; the message says why.
    """
    # What is missing is told before anything is made.
    built()
    check_browser()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rtseg-bench-")))
        _tell("making the camera's file")
        camera = write_camera(wishes.video, folder, size=wishes.size, fps=wishes.fps)
        _tell("starting the server")
        most = ["--set", f"server.max_sessions={max(8, wishes.sessions)}"]
        relay, witness = None, ["--stock"] if wishes.stock else []
        if wishes.network is not None:
            relay = stack.enter_context(relaying(wishes.network.weather))
            witness += ["--relay", str(relay.port)]
        server = stack.enter_context(serve(folder, ["--port", "0", *most], witness=witness))
        _tell("starting the browser")
        browser = stack.enter_context(launch(camera.path))
        from rtseg.bench.page import MeasuredPage

        viewport = (
            max(wishes.size[0], _LEAST_VIEWPORT[0]),
            max(wishes.size[1], _LEAST_VIEWPORT[1]),
        )
        parameters = {
            "width": camera.width_px,
            "height": camera.height_px,
            "fps": camera.fps,
            "channel": wishes.channel,
        }
        if wishes.prompts:
            parameters["prompts"] = wishes.prompts
        try:
            pages = [
                MeasuredPage(browser, server.url, viewport, parameters)
                for _ in range(wishes.sessions)
            ]
            for page in pages:
                page.wait_for_mask()
        except BackendError as error:
            raise BackendError(
                f"{error}\nthe server's last words:\n{server.last_words()}"
            ) from None
        seen = _watch(wishes, server, pages, relay)
        versions = {
            "rtseg": rtseg.__version__,
            "Chromium": browser.version,
            "aiortc": version("aiortc"),
            "opencv": version("opencv-python"),
        }
        return _report(wishes, camera, viewport, versions, seen)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that a measurement brought home."""

    window: Window
    figures: dict[str, Any]
    usage: tuple[Usage, Usage]
    most_bytes: int
    metrics: tuple[Mapping[str, float], Mapping[str, float]]
    clock: Mapping[str, float]
    codec: str | None
    reconnects: int
    called: Called | None
    network: dict[str, Any] | None


def _watch(
    wishes: Wishes, server: Server, pages: list[MeasuredPage], relay: RelayControl | None
) -> _Seen:
    from rtseg.bench.processes import usage

    _tell("warming up")
    first = pages[0]
    first.wait(WARM_UP_S)
    clock = first.clock_offset_ms()
    server.metrics()  # the first time loads an HTTP client, which must not fall into the window
    _tell(f"measuring for {wishes.seconds:g} s")
    metrics_before, usage_before = server.metrics(), usage(server.pid)
    told = None if relay is None else relay.tell()
    before = [page.statistics() for page in pages]
    beside = begin(_calls(wishes, server)) if wishes.callers else None
    most_bytes = usage_before.server_bytes
    if relay is not None and wishes.network is not None:
        _break_off(relay, wishes.network, wishes.seconds)
    start = time.time()
    while (left := start + wishes.seconds - time.time()) > 0:
        first.wait(min(left, _MEMORY_EVERY_S))
        most_bytes = max(most_bytes, usage(server.pid).server_bytes)
    window = Window(start * 1000, time.time() * 1000)
    after = [page.statistics() for page in pages]
    told_after = None if relay is None else relay.tell()
    usage_after, metrics_after = usage(server.pid), server.metrics()
    if wishes.screenshot is not None:
        first.screenshot(wishes.screenshot)
    first.wait(_GRACE_S)
    called = None if beside is None else read(*beside.communicate())
    seen = [
        read_page(page.take(), (at_start, at_end))
        for page, at_start, at_end in zip(pages, before, after, strict=True)
    ]
    sightings = read_log(server.sightings.read_text())
    return _Seen(
        window,
        measure(seen, sightings, window, wishes.fps),
        (usage_before, usage_after),
        most_bytes,
        (metrics_before, metrics_after),
        clock,
        after[0].get("codec"),
        sum(page.connects() - 1 for page in pages),
        called,
        None
        if told is None or told_after is None
        else network_figures(seen, sightings, (told, told_after), window, wishes.fps),
    )


def _break_off(relay: RelayControl, network: Conditions, seconds: float) -> None:
    """Let the outages begin that there shall be."""
    if count := network.outages_in(seconds):
        relay.break_off(
            first_s=FIRST_OUTAGE_S,
            every_s=network.period_s,
            length_s=network.outage_s,
            count=count,
        )


def _calls(wishes: Wishes, server: Server) -> Job:
    """Ask for single images while the pages are watched."""
    content, _ = api.picture(None)
    body = api.request_body(api.Wishes.usual(), content)
    return Job(f"{server.url}v1/segment", body, wishes.callers, wishes.seconds, warm_up_s=0.0)


def _report(
    wishes: Wishes,
    camera: CameraFile,
    viewport: tuple[int, int],
    versions: Mapping[str, str],
    seen: _Seen,
) -> dict[str, Any]:
    from rtseg.bench.processes import machine, shares

    drops = {
        name.split('"')[1]: value - seen.metrics[0].get(name, 0.0)
        for name, value in seen.metrics[1].items()
        if name.startswith("rtseg_drops_total{")
    }
    cpu = shares(*seen.usage, seen.window.seconds)
    report = {
        "what": {
            "video": wishes.video.name if wishes.video else "a drawn person",
            "size": f"{camera.width_px}x{camera.height_px}",
            "fps": camera.fps,
            "seconds": round(seen.window.seconds, 2),
            "sessions": wishes.sessions,
            "channel": wishes.channel,
            "receiving": "stock aiortc" if wishes.stock else "mended",
            "viewport": f"{viewport[0]}x{viewport[1]}",
            "camera_file_frames": camera.frames,
        },
        "machine": machine(),
        "versions": dict(versions),
        **seen.figures,
        "codec": seen.codec,
        "drops": drops,
        "cpu_s_per_s": cpu,
        "server_memory_mb": {
            "start": round(seen.usage[0].server_bytes / 1e6, 1),
            "end": round(seen.usage[1].server_bytes / 1e6, 1),
            "max": round(seen.most_bytes / 1e6, 1),
        },
        "metrics_frames_in": _rise(seen, "rtseg_frames_in_total"),
        "metrics_frames_out": _rise(seen, "rtseg_frames_out_total"),
        "reconnects": seen.reconnects,
        "page_minus_server_clock_ms": dict(seen.clock),
    }
    if seen.called is not None:
        report["image_callers"] = api.figures(seen.called, wishes.callers)
    if seen.network is not None:
        report["network"] = {"conditions": str(wishes.network), **seen.network}
    report["notes"] = _notes(report)
    return report


def _rise(seen: _Seen, name: str) -> float:
    return seen.metrics[1].get(name, 0.0) - seen.metrics[0].get(name, 0.0)


def _notes(report: Mapping[str, Any]) -> list[str]:
    """Say what a reader of the figures must know."""
    notes = []
    if report["cpu_s_per_s"]["others"] > 0.1:
        notes.append(
            "the machine was busy: other programs took "
            f"{report['cpu_s_per_s']['others']:.2f} CPU seconds a second"
        )
    if report["what"]["receiving"] != "mended":
        notes.append("frames were received as aiortc does it by itself, to compare with")
    if report["reconnects"]:
        notes.append(f"the page lost the server {report['reconnects']} time(s)")
    if (sizes := report["frames"]["sizes"]) != [report["what"]["size"]]:
        notes.append(f"the browser did not send the camera's size all the time: {sizes}")
    if report["identity"]["wrong"]:
        notes.append("masks were taken for the wrong frame: ages are not to be trusted")
    if network := report.get("network"):
        if report["what"]["channel"] == "websocket":
            notes.append(
                "outlines came over TCP, which the relay does not carry: only the video went "
                "through this network; --channel datachannel sends both through it"
            )
        beside = network["beside_the_relay"]
        if beside["not_seen"] is None or beside["not_seen"] > 0.02 * beside["sent"] + 10:
            notes.append(
                f"of {beside['sent']} packets that the page sent the relay has not seen "
                f"{beside['not_seen']}: this is not the network that was asked for"
            )
    return notes


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        print(f"{what} …", file=sys.stderr, flush=True)
