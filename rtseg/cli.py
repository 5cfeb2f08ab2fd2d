"""The command line: parses, wires, prints. Everything heavy is imported inside the commands."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rtseg
from rtseg.errors import RtsegError, UsageError

if TYPE_CHECKING:
    from rtseg.config import Config
    from rtseg.models import Store

EXIT_FAILED = 1
EXIT_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; give its exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return EXIT_USAGE
    try:
        return int(options.run(options))
    except UsageError as error:
        print(f"rtseg: {error}", file=sys.stderr)
        return EXIT_USAGE
    except RtsegError as error:
        print(f"rtseg: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # `rtseg … | head`: the reader has what it wanted.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="rtseg",
        description="Live object outlines for any camera: WebRTC in, vector paths out.",
        epilog="First time? `rtseg demo` opens a page with your camera and an outline on it.",
    )
    parser.add_argument("--version", action="version", version=f"rtseg {rtseg.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_serve(commands, "demo", "start the server and open its page in a browser", _demo)
    _add_serve(commands, "serve", "start the server", _serve)
    _add_segment(commands)
    _add_track(commands)
    _add_models(commands)
    _add_bench(commands)
    return parser


# serve, demo


def _add_serve(commands: Any, name: str, text: str, run: Any) -> None:
    parser = commands.add_parser(
        name,
        help=text,
        description=f"{text[0].upper()}{text[1:]}. Values come from the configuration file, then "
        "from variables such as RTSEG_SERVER__PORT=9000, then from flags; later ones win.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="YAML configuration file")
    parser.add_argument("--host", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, help="port (default: 8000; 0 takes a free one)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any configuration key, such as wire.min_iou=0.99; may be given several times",
    )
    parser.add_argument("--keys", action="store_true", help="print every configuration key and end")
    parser.add_argument(
        "--log-level", default="info", choices=["debug", "info", "warning", "error"]
    )
    parser.set_defaults(run=run)


def _demo(options: argparse.Namespace) -> int:
    return _start(options, open_page=True)


def _serve(options: argparse.Namespace) -> int:
    return _start(options, open_page=False)


def _start(options: argparse.Namespace, *, open_page: bool) -> int:
    if options.keys:
        return _print_keys()
    logging.basicConfig(
        level=options.log_level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    for noisy in ("aioice", "aiortc", "uvicorn", "websockets"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    config = _load_config(options)
    _pull_missing(config)

    from rtseg.server.run import run

    def tell(url: str) -> None:
        print(f"rtseg {rtseg.__version__} is ready: {url}  (Ctrl-C ends it)", flush=True)
        if open_page:
            import webbrowser

            if not webbrowser.open(url):
                print("no browser could be opened here; open that address yourself", flush=True)

    run(config, on_ready=tell)
    return 0


def _load_config(options: argparse.Namespace) -> Config:
    from rtseg.config import load

    flags: dict[str, Any] = {}
    for item in options.set:
        key, equals, value = item.partition("=")
        if not equals:
            raise UsageError(f"--set: expected KEY=VALUE, such as wire.min_iou=0.99, got {item!r}")
        flags[key] = value
    flags |= {"server.host": options.host, "server.port": options.port}
    return load(options.config, flags=flags)


def _print_keys() -> int:
    from rtseg.config import keys

    for key, default, description in keys():
        print(f"{key} = {default!r}".ljust(44) + description)
    return 0


def _pull_missing(config: Config) -> None:
    """Fetch what the default prompts need; without it the server starts, and says what is wrong."""
    from rtseg.errors import BackendError
    from rtseg.models import Router, Store, read_catalogue
    from rtseg.models.progress import ProgressBar

    store = Store(catalogue=read_catalogue(config.models.catalogue))
    if not config.models.pull:
        return
    router = Router(store)
    wanted = {name for text in config.models.default_prompts if (name := router.to_pull(text))}
    for name in sorted(wanted):
        print(f"first run: fetching the model {name!r} into {store.folder(name)}", file=sys.stderr)
        try:
            with ProgressBar(name) as bar:
                store.pull(name, bar.update)
        except BackendError as error:
            print(f"rtseg: {error}", file=sys.stderr)


# segment, track


class _InOrder(argparse.Action):
    """Keep several options in one list, as they were said: touches belong to what stands before."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        kind = (option_string or "").removeprefix("--")
        namespace.said = [*namespace.said, (kind, values)]


def _add_prompts(parser: argparse.ArgumentParser, *, at: str = "") -> None:
    parser.set_defaults(said=[])
    group = parser.add_argument_group(
        "what to outline",
        "Words alone name every such thing. A touch belongs to the --object before it (or to the "
        "first), and without one is an object by itself; a second --box begins another one. "
        "Coordinates are fractions of width and height (0.5,0.3) or pixels (320px,180px).",
    )
    for name, form, text in (
        ("object", "WORDS", "a word or a short phrase; may be given several times"),
        ("point", f"X,Y{at}", "a place on it"),
        ("not", f"X,Y{at}", "a place not on it"),
        ("box", f"X1,Y1,X2,Y2{at}", "a rectangle around it"),
    ):
        group.add_argument(
            f"--{name}", action=_InOrder, dest=f"said_{name}", metavar=form, help=text
        )
    group.add_argument("--model", metavar="NAME", help="of `rtseg models list` (default: the best)")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    group.add_argument(
        "--pull", action="store_true", help="fetch a large model too if one is needed"
    )
    _add_catalogue(parser)


def _add_segment(commands: Any) -> None:
    parser = commands.add_parser(
        "segment",
        help="outline things in images",
        description="Outline what is named or touched. Without --output a picture with the "
        "outlines, NAME-outlined.jpg, goes into the working folder.",
        epilog="rtseg segment street.jpg --object person --object car --format overlay,coco "
        "--output found/",
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="files, or patterns of files")
    _add_prompts(parser)
    parser.add_argument("--output", metavar="DIR|FILE", help="folder, or .jpg .png .svg .json …")
    parser.add_argument(
        "--format", metavar="A,B", help="overlay, masks, svg, json, jsonl, coco, coco-polygons"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print everything as JSON; alone, it writes no file",
    )
    parser.set_defaults(run=_segment)


def _add_track(commands: Any) -> None:
    parser = commands.add_parser(
        "track",
        help="outline and follow things through a video or a camera",
        description="Follow what is named or touched, each object with an id that stays. Without "
        "--output a video with the outlines, NAME-outlined.mp4, goes into the working folder. "
        "Ctrl-C ends a camera, and finishes what is being written.",
        epilog="rtseg track clip.mp4 --object person --sheet sheet.png",
    )
    parser.add_argument("source", metavar="SOURCE", help="file, URL, /dev/video0 or camera:0")
    _add_prompts(parser, at="[@SECONDS]")
    parser.add_argument("--output", metavar="DIR|FILE", help="folder, or .mp4 .mkv .jsonl .json")
    parser.add_argument(
        "--format", metavar="A,B", help="overlay, masks, svg, jsonl, coco, coco-polygons"
    )
    parser.add_argument("--sheet", metavar="PNG", help="a picture of evenly spaced frames")
    parser.add_argument(
        "--start", type=float, default=0.0, metavar="S", help="begin at this second"
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="end after so many")
    parser.add_argument(
        "--model-every",
        type=int,
        metavar="N",
        help="frames from one look of a model to the next (default: 1 for quick models, 5 for "
        "slow ones)",
    )
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument(
        "--every-frame", action="store_true", help="leave out no frame (default for files)"
    )
    pace.add_argument(
        "--live", action="store_true", help="the newest frame, at camera pace (default for cameras)"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable summary")
    parser.set_defaults(run=_track)


def _segment(options: argparse.Namespace) -> int:
    from rtseg.images import command

    return command.main(options, store=_store(options))


def _track(options: argparse.Namespace) -> int:
    from rtseg.recordings import command

    return command.main(options, store=_store(options))


def _store(options: argparse.Namespace) -> Store:
    """Return the user's store, with the catalogues that the flag or the configuration names."""
    from rtseg.models import Store, read_catalogue

    return Store(catalogue=read_catalogue(options.catalogue or _configured_catalogues()))


def _add_catalogue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--catalogue",
        action="append",
        type=Path,
        metavar="FILE",
        help="your own models, besides those of rtseg; may be given several times "
        "(default: models.catalogue of the configuration)",
    )


# models


def _add_models(commands: Any) -> None:
    parser = commands.add_parser(
        "models",
        help="list, explain, fetch and check models",
        description="Models and their weights. They are kept in the user's cache folder; "
        "RTSEG_HOME moves it.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    added = {}
    for name, text in (
        ("list", "show every model, what it answers, and how to get what is missing"),
        ("show", "show all that is known of models"),
        ("which", "say which model would answer a prompt here, why, and which could do better"),
        ("pull", "fetch models (when none is named: those that run on this machine as it is)"),
        ("verify", "check the files of models (all that are here when none is named)"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        _add_catalogue(action)
        action.add_argument("--json", action="store_true", help="machine-readable output")
        action.set_defaults(run=_models, action=name)
        added[name] = action
    added["show"].add_argument("names", nargs="+", metavar="MODEL")
    for name in ("pull", "verify"):
        added[name].add_argument("names", nargs="*", metavar="MODEL")
    added["pull"].add_argument("--all", action="store_true", help="all of them, gigabytes too")
    which = added["which"]
    which.add_argument("text", nargs="?", default="", metavar="TEXT", help="words, such as cat")
    which.add_argument("--point", action="store_true", help="a point is touched")
    which.add_argument("--box", action="store_true", help="a box is drawn")
    which.add_argument("--model", metavar="NAME", help="as if the prompt named this model")


def _models(options: argparse.Namespace) -> int:
    from rtseg.models import commands
    from rtseg.types import Box, Point, Prompt

    store = _store(options)
    as_json = options.json
    match options.action:
        case "list":
            return commands.list_models(store, as_json=as_json)
        case "show":
            return commands.show_models(options.names, store, as_json=as_json)
        case "which":
            prompt = Prompt(
                options.text,
                points=(Point(0.5, 0.5),) if options.point else (),
                box=Box(0.25, 0.25, 0.75, 0.75) if options.box else None,
                model=options.model,
            )
            return commands.which_model(prompt, store, as_json=as_json)
        case "pull":
            return commands.pull_models(options.names, store, every=options.all, as_json=as_json)
        case _:
            return commands.verify_models(options.names, store, as_json=as_json)


def _configured_catalogues() -> Sequence[str]:
    from rtseg.config import load

    return load().models.catalogue


# bench


def _add_bench(commands: Any) -> None:
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
        "--screenshot", type=Path, metavar="PNG", help="keep what the first page shows at the end"
    )
    live.add_argument("--json", action="store_true", help="machine-readable output")
    live.set_defaults(run=_bench_live)
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
    _add_catalogue(models)
    models.add_argument("--json", action="store_true", help="machine-readable output")
    models.set_defaults(run=_bench_models)


def _bench_live(options: argparse.Namespace) -> int:
    from rtseg.bench import live

    return live.main(options)


def _bench_wire(options: argparse.Namespace) -> int:
    from rtseg.bench import wire

    return wire.main(options)


def _bench_track(options: argparse.Namespace) -> int:
    from rtseg.bench import track

    return track.main(options)


def _bench_models(options: argparse.Namespace) -> int:
    from rtseg.bench import models

    return models.main(options, store=_store(options))


if __name__ == "__main__":
    sys.exit(main())
