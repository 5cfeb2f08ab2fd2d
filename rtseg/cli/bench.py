"""`rtseg bench …`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
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
    for add in (
        _add_live,
        _add_api,
        _add_wire,
        _add_decode,
        _add_outlines,
        _add_track,
        _add_models,
    ):
        add(kinds)


def _benchmark(
    kinds: Any, name: str, run: Callable[[argparse.Namespace], int], text: str, description: str
) -> argparse.ArgumentParser:
    """Add a benchmark, which reports as text or as JSON."""
    added: argparse.ArgumentParser = kinds.add_parser(name, help=text, description=description)
    added.add_argument("--json", action="store_true", help="machine-readable output")
    added.set_defaults(run=run)
    return added


def _add_davis(parser: argparse.ArgumentParser, *, required: bool) -> None:
    parser.add_argument(
        "--davis",
        type=Path,
        metavar="DIR",
        required=required,
        help="a folder laid out as DAVIS 2016",
    )


def _add_every(parser: argparse.ArgumentParser, every: int) -> None:
    parser.add_argument(
        "--every",
        type=int,
        default=every,
        metavar="N",
        help=f"take each Nth frame (default: {every})",
    )


def _add_live(kinds: Any) -> None:
    live = _benchmark(
        kinds,
        "live",
        _bench_live,
        "camera to outline at the page, in a real browser",
        "Start the server and a headless Chromium whose camera is a video file, and measure from "
        "capture to the outline on the page. With --davis: how right the outline is on the picture "
        "that is on the screen, live and in step.",
    )
    live.add_argument(
        "--video", type=Path, metavar="FILE", help="the camera's clip (default: a drawn person)"
    )
    live.add_argument("--seconds", type=float, default=20.0, help="how long to measure")
    live.add_argument("--size", default="640x360", metavar="WxH", help="camera size")
    live.add_argument("--fps", type=int, help="camera rate (default: 30; 24 with --davis)")
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
    live.add_argument(
        "--stock", action="store_true", help="receive with aiortc as it is, to compare with"
    )
    live.add_argument(
        "--page", type=Path, metavar="FILE", help="with --networks or --davis: write tables into it"
    )
    _add_network(live)
    _add_on_screen(live)


def _add_network(live: argparse.ArgumentParser) -> None:
    network = live.add_argument_group(
        "network",
        "Lead the video, and with --channel datachannel the outlines too, through a relay that "
        "loses and delays packets, the same both ways.",
    )
    add = network.add_argument
    add("--loss", type=float, metavar="PERCENT", help="so many packets are lost, each by itself")
    add("--rtt", type=float, metavar="MS", help="delay, half of it each way")
    add("--jitter", type=float, metavar="MS", help="at most so much more, each way")
    add("--reorder", action="store_true", help="with --jitter: packets overtake each other")
    add("--kbps", type=float, metavar="N", help="so much goes through; 0.2 s of it may wait")
    add("--outage", type=float, metavar="SECONDS", help="nothing goes through, every few seconds")
    add("--networks", action="store_true", help="measure on one network after the other, as tables")


def _add_on_screen(live: argparse.ArgumentParser) -> None:
    davis = live.add_argument_group(
        "what is on the screen",
        "Score the outlines on the screen against the truth of the pictures that they are over, "
        "in step and live, behind a model that is perfect and late.",
    )
    add = davis.add_argument
    add("--davis", type=Path, metavar="DIR", help="a folder laid out as DAVIS 2016: the camera")
    add("--sequences", metavar="NAME,…", help="only these (default: all there are)")
    add("--late", metavar="N,…", help="how many frames late it answers (default: 3)")
    add("--film", type=Path, metavar="MP4", help="keep what was on the screen, side by side")


def _add_api(kinds: Any) -> None:
    api = _benchmark(
        kinds,
        "api",
        _bench_api,
        "single images over HTTP, under one caller and under many",
        "Start the server and let callers, in a process of their own, ask it as fast as it "
        "answers, each over a connection that it keeps.",
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


def _add_wire(kinds: Any) -> None:
    wire = _benchmark(
        kinds,
        "wire",
        _bench_wire,
        "bytes and times of outlines, beside the simple ways",
        "Encode and decode every mask of DAVIS sequences, perfect, as a model makes them and as "
        "the tracker shows them, at IoU .97, .99 and 1, and measure what others would send.",
    )
    _add_davis(wire, required=True)
    wire.add_argument("--sequences", metavar="NAME,…", help="only these (default: all there are)")
    wire.add_argument(
        "--frames", type=int, metavar="N", help="only the first N of each (default: all)"
    )
    wire.add_argument(
        "--svg", type=Path, metavar="FILE", help="also plot bytes against IoU (extra: bench)"
    )


def _add_decode(kinds: Any) -> None:
    decode = _benchmark(
        kinds,
        "decode",
        _bench_decode,
        "decoding and drawing where outlines are shown, in Node and in Chromium",
        "Encode masks at IoU .97, .99 and 1, one object and ten, and time the page's own decoder "
        "and overlay on the packets, beside JSON with path text.",
    )
    _add_davis(decode, required=False)
    decode.add_argument(
        "--frames", type=int, default=30, metavar="N", help="of each sequence (default: 30)"
    )
    decode.add_argument(
        "--in",
        dest="engines",
        default="node,chromium",
        metavar="ENGINE,…",
        help="where (default: node,chromium)",
    )


def _add_outlines(kinds: Any) -> None:
    outlines = _benchmark(
        kinds,
        "outlines",
        _bench_outlines,
        "length, fidelity and time of smooth paths, beside straight ones",
        "Outline every mask of DAVIS sequences, perfect and as a model makes them, as the image "
        "APIs do, and compare the text with that of straight segments.",
    )
    _add_davis(outlines, required=True)
    _add_every(outlines, 1)
    outlines.add_argument(
        "--min-iou", type=float, default=0.985, help="fidelity to promise (default: 0.985)"
    )


def _add_track(kinds: Any) -> None:
    track = _benchmark(
        kinds,
        "track",
        _bench_track,
        "how well late masks keep up with the frame on the screen",
        "A perfect but slow model (the late oracle) on sequences with known truth: the tracker "
        "beside the mask held still and moved by plain flow.",
    )
    _add_davis(track, required=True)
    track.add_argument("--late", default="1,3,6,12", metavar="L,…", help="frames until an answer")
    track.add_argument("--noise", action="store_true", help="the model errs as models do")
    track.add_argument(
        "--first-only", action="store_true", help="one answer, for the first frame, and no other"
    )
    track.add_argument(
        "--objects", type=int, default=1, metavar="N", help="cut the object into N, side by side"
    )
    track.add_argument("--sequences", metavar="NAME,…", help="only these (default: all there are)")
    track.add_argument(
        "--plot", type=Path, metavar="FILE", help="also plot J against lateness (extra: bench)"
    )
    track.add_argument(
        "--page", type=Path, metavar="FILE", help="measure all of it, and write tables into a page"
    )


def _add_models(kinds: Any) -> None:
    models = _benchmark(
        kinds,
        "models",
        _bench_models,
        "how fast every installed model is, and how well it finds and outlines",
        "Ask every model that is here in each way that it takes: by words, by a box, by a click. "
        "With --davis also compare what it outlines with the truth.",
    )
    _add_davis(models, required=False)
    models.add_argument(
        "--clips", type=Path, nargs="+", default=[], metavar="FILE", help="videos, for the speed"
    )
    models.add_argument(
        "--model", nargs="+", default=[], metavar="NAME", help="only these (default: all)"
    )
    _add_every(models, 10)
    models.add_argument("--runs", type=int, default=30, help="to time each way (default: 30)")
    models.add_argument("--device", default="auto", help="as of the server (default: auto)")
    add_catalogue(models)


def _bench_live(options: argparse.Namespace) -> int:
    from rtseg.bench import live, networks

    if options.davis is not None:
        from rtseg.bench.onscreen import command

        return command.main(options)
    return networks.main(options) if options.networks else live.main(options)


def _bench_api(options: argparse.Namespace) -> int:
    from rtseg.bench import api

    return api.main(options)


def _bench_wire(options: argparse.Namespace) -> int:
    from rtseg.bench import wire

    return wire.main(options)


def _bench_decode(options: argparse.Namespace) -> int:
    from rtseg.bench import decode

    return decode.main(options)


def _bench_outlines(options: argparse.Namespace) -> int:
    from rtseg.bench import outlines

    return outlines.main(options)


def _bench_track(options: argparse.Namespace) -> int:
    from rtseg.bench import track

    return track.main(options)


def _bench_models(options: argparse.Namespace) -> int:
    from rtseg.bench import models

    return models.main(options, store=store_of(options))
