"""`rtseg bench …`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rtseg.cli.catalogues import add_catalogue, store_of


def add_to(commands: Any) -> None:
    """Add the command and its benchmarks to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure on this machine",
        description="Every figure that rtseg states can be run here.",
    )
    kinds = parser.add_subparsers(title="benchmarks", metavar="WHAT", required=True)
    live = kinds.add_parser(
        "live",
        help="camera to outline at the page, in a real browser",
        description="Start the server and a headless Chromium whose camera is a video file, and "
        "measure from capture to the outline on the page.",
    )
    live.add_argument(
        "--video", type=Path, metavar="FILE", help="the camera's clip (default: a drawn person)"
    )
    live.add_argument("--seconds", type=float, default=20.0, help="how long to measure")
    live.add_argument("--size", default="640x360", metavar="WxH", help="camera size")
    live.add_argument("--fps", type=int, default=30, help="camera rate")
    live.add_argument("--sessions", type=int, default=1, help="pages side by side")
    live.add_argument(
        "--channel", choices=["websocket", "datachannel"], default="websocket", help="way of masks"
    )
    live.add_argument(
        "--prompts", metavar="WORDS,…", help="what to outline (default: the server's, 'person')"
    )
    live.add_argument(
        "--callers", type=int, default=0, metavar="N", help="so many ask for images beside it"
    )
    live.add_argument(
        "--screenshot", type=Path, metavar="PNG", help="keep what the first page shows at the end"
    )
    live.add_argument("--json", action="store_true", help="machine-readable output")
    live.set_defaults(run=_bench_live)
    api = kinds.add_parser(
        "api",
        help="single images over HTTP, under one caller and under many",
        description="Start the server and let callers, in a process of their own, ask it as fast "
        "as it answers, each over a connection that it keeps.",
    )
    api.add_argument(
        "--image", type=Path, metavar="FILE", help="the picture (default: a drawn person, 640×480)"
    )
    api.add_argument("--object", default="person", metavar="WORDS", help="what to outline")
    api.add_argument("--callers", default="1,4,16", metavar="N,…", help="how many ask at once")
    api.add_argument("--seconds", type=float, default=10.0, help="how long each")
    api.add_argument(
        "--requests", type=int, default=0, metavar="N", help="at most so many answers each"
    )
    api.add_argument("--stream", action="store_true", help="ask for the answer in parts")
    api.add_argument("--chat", action="store_true", help="ask for chat completions")
    api.add_argument("--json", action="store_true", help="machine-readable output")
    api.set_defaults(run=_bench_api)
    wire = kinds.add_parser(
        "wire",
        help="bytes and times of outlines, beside the simple ways",
        description="Encode and decode every mask of DAVIS sequences, perfect and as a model "
        "makes them, at IoU .97, .99 and 1, and measure what others would send.",
    )
    wire.add_argument(
        "--davis", type=Path, metavar="DIR", required=True, help="folder with Annotations/480p"
    )
    wire.add_argument("--json", action="store_true", help="machine-readable output")
    wire.set_defaults(run=_bench_wire)
    outlines = kinds.add_parser(
        "outlines",
        help="length, fidelity and time of smooth paths, beside straight ones",
        description="Outline every mask of DAVIS sequences, perfect and as a model makes them, as "
        "the image APIs do, and compare the text with that of straight segments.",
    )
    outlines.add_argument(
        "--davis", type=Path, metavar="DIR", required=True, help="folder with Annotations/480p"
    )
    outlines.add_argument(
        "--every", type=int, default=1, metavar="N", help="take each Nth frame (default: 1)"
    )
    outlines.add_argument(
        "--min-iou", type=float, default=0.985, help="fidelity to promise (default: 0.985)"
    )
    outlines.add_argument("--json", action="store_true", help="machine-readable output")
    outlines.set_defaults(run=_bench_outlines)
    track = kinds.add_parser(
        "track",
        help="how well late masks keep up with the frame on the screen",
        description="A perfect but slow model (the late oracle) on sequences with known truth: "
        "the tracker beside the mask held still and moved by plain flow.",
    )
    track.add_argument(
        "--davis", type=Path, required=True, metavar="DIR", help="a folder laid out as DAVIS 2016"
    )
    track.add_argument("--late", default="1,3,6,12", metavar="L,…", help="frames until an answer")
    track.add_argument("--noise", action="store_true", help="the model errs as models do")
    track.add_argument(
        "--first-only", action="store_true", help="one answer, for the first frame, and no other"
    )
    track.add_argument(
        "--objects", type=int, default=1, metavar="N", help="cut the object into N, side by side"
    )
    track.add_argument("--json", action="store_true", help="machine-readable output")
    track.set_defaults(run=_bench_track)
    models = kinds.add_parser(
        "models",
        help="how fast every installed model is, and how well it finds and outlines",
        description="Ask every model that is here in each way that it takes: by words, by a box, "
        "by a click. With --davis also compare what it outlines with the truth.",
    )
    models.add_argument("--davis", type=Path, metavar="DIR", help="a folder laid out as DAVIS 2016")
    models.add_argument(
        "--clips", type=Path, nargs="+", default=[], metavar="FILE", help="videos, for the speed"
    )
    models.add_argument(
        "--model", nargs="+", default=[], metavar="NAME", help="only these (default: all)"
    )
    models.add_argument(
        "--every", type=int, default=10, metavar="N", help="take each Nth frame (default: 10)"
    )
    models.add_argument("--runs", type=int, default=30, help="to time each way (default: 30)")
    models.add_argument("--device", default="auto", help="as of the server (default: auto)")
    add_catalogue(models)
    models.add_argument("--json", action="store_true", help="machine-readable output")
    models.set_defaults(run=_bench_models)


def _bench_live(options: argparse.Namespace) -> int:
    from rtseg.bench import live

    return live.main(options)


def _bench_api(options: argparse.Namespace) -> int:
    from rtseg.bench import api

    return api.main(options)


def _bench_wire(options: argparse.Namespace) -> int:
    from rtseg.bench import wire

    return wire.main(options)


def _bench_outlines(options: argparse.Namespace) -> int:
    from rtseg.bench import outlines

    return outlines.main(options)


def _bench_track(options: argparse.Namespace) -> int:
    from rtseg.bench import track

    return track.main(options)


def _bench_models(options: argparse.Namespace) -> int:
    from rtseg.bench import models

    return models.main(options, store=store_of(options))
