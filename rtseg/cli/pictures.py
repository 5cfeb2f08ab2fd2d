"""`rtseg segment` and `rtseg track`."""

from __future__ import annotations

import argparse
from typing import Any

from rtseg.cli.catalogues import add_catalogue, store_of


def add_to(commands: Any) -> None:
    """Add both commands to the parser."""
    _add_segment(commands)
    _add_track(commands)


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
    add_catalogue(parser)


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
    parser.add_argument(
        "--output", metavar="DIR|FILE", help="folder, or .jpg .png .webp .svg .json .jsonl .zip"
    )
    parser.add_argument(
        "--format",
        metavar="A,B",
        # `formats.exporting.FORMATS`, which would load OpenCV for a page of help.
        help="overlay, masks, semantic, panoptic, svg, json, polygons, coco, coco-polygons, "
        "coco-panoptic, jsonl, zip",
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
        "--beside",
        metavar="MP4",
        help="a video of two views: the model's last mask as it is, and followed",
    )
    parser.add_argument(
        "--start", type=float, default=0.0, metavar="S", help="begin at this second"
    )
    parser.add_argument("--seconds", type=float, metavar="N", help="end after so many")
    looks = parser.add_mutually_exclusive_group()
    looks.add_argument(
        "--model-every",
        type=int,
        metavar="N",
        help="frames from one look of a model to the next (default: 1 for quick models, 5 for "
        "slow ones)",
    )
    looks.add_argument(
        "--answers-per-second",
        type=float,
        metavar="N",
        help="as with a slower model: each answer comes 1/N seconds late, for the frame it was "
        "asked for (default: models are waited for)",
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

    return command.main(options, store=store_of(options))


def _track(options: argparse.Namespace) -> int:
    from rtseg.recordings import command

    return command.main(options, store=store_of(options))
