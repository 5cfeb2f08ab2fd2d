"""`rtseg segment`: images in; pictures, masks and data out.

Exit codes: 0 all was found; 1 something was not, or could not be done; 2 the command line is wrong.
"""

from __future__ import annotations

import argparse
import glob
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rtseg.errors import RtsegError, UsageError
from rtseg.formats import Outlined, picture_record
from rtseg.formats.choosing import plan
from rtseg.images.arguments import Asked, asked
from rtseg.images.fetching import fetch_missing
from rtseg.images.finding import LoadsModels, choose, find
from rtseg.images.outputs import SUFFIXES, Outputs
from rtseg.images.reading import read_image
from rtseg.models import Store


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of one image."""

    objects: tuple[Outlined, ...]
    size: tuple[int, int]
    not_found: list[dict[str, str]]
    files: list[Path]


def main(
    options: argparse.Namespace,
    *,
    store: Store | None = None,
    loader: LoadsModels | None = None,
) -> int:
    """Run the command.

    Parameters
    ----------
    options : of the command line: `images`, `said`, `model`, `device`, `output`, `format`, `pull`,
        `json`.
    store, loader : by default the user's and the process's.
    """
    things = asked(options.said)
    writes_nothing = options.json and options.output is None and options.format is None
    sources = expand(options.images)
    how = plan(options.output, options.format, SUFFIXES, default=("overlay",))
    outputs = None if writes_nothing else Outputs(how, len(sources))
    store = store or Store()
    report: list[dict[str, Any]] = []
    has_failed = False
    for source in sources:
        try:
            told = _one(source, things, options, outputs, store, loader)
        except RtsegError as error:
            # Of many images one may be broken; alone, it is the command that is wrong.
            if len(sources) == 1:
                raise
            report.append({"image": str(source), "error": str(error)})
            sys.stderr.write(f"rtseg: {error}\n")
            has_failed = True
            continue
        record = picture_record(told.objects, told.size, image=str(source))
        report.append(
            record | {"not_found": told.not_found, "files": [str(file) for file in told.files]}
        )
        has_failed |= bool(told.not_found)
        _tell(source, told, quiet=options.json)
    written = outputs.close() if outputs else []
    if options.json:
        document = {"images": report, "files": [str(file) for file in written]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif written:
        sys.stdout.write(f"all of it: {', '.join(map(str, written))}\n")
    return int(has_failed)


def expand(names: Sequence[str]) -> list[Path]:
    """Return files by their names or patterns (`photos/*.jpg`, for shells that do not expand).

    Raises
    ------
    UsageError
        A pattern matches nothing.
    """
    files: list[Path] = []
    for name in names:
        if glob.has_magic(name) and not Path(name).exists():
            found = sorted(path for path in map(Path, glob.glob(name, recursive=True)))  # noqa: PTH207  (absolute patterns)
            files += [path for path in found if path.is_file()]
            if not found:
                raise UsageError(f"{name}: no file is called so")
        else:
            files.append(Path(name))
    return list(dict.fromkeys(files))


def _one(
    source: Path,
    things: Sequence[Asked],
    options: argparse.Namespace,
    outputs: Outputs | None,
    store: Store,
    loader: LoadsModels | None,
) -> _Told:
    image = read_image(source)
    size = (image.shape[1], image.shape[0])
    prompts = [thing.prompt(size, options.model) for thing in things]
    fetch_missing(prompts, store, pull=options.pull)
    routes = choose(prompts, store)
    objects = find(image, prompts, store=store, device=options.device, loader=loader)
    answered = {one.prompt for one in objects}
    missing = [
        {"prompt": thing.name, "model": routes[i].model}
        for i, thing in enumerate(things)
        if i not in answered
    ]
    return _Told(objects, size, missing, outputs.add(source, image, objects) if outputs else [])


def _tell(source: Path, told: _Told, *, quiet: bool) -> None:
    for missing in told.not_found:
        sys.stderr.write(f"{source}: {missing['prompt']!r}: not found by {missing['model']}\n")
    if quiet or not told.objects:
        return
    where = f" ({', '.join(map(str, told.files))})" if told.files else ""
    sys.stdout.write(f"{source}: {len(told.objects)} found{where}\n")
    for one in told.objects:
        x0, y0, x1, y1 = one.bbox
        sys.stdout.write(
            f"  {one.id:<3}{one.label or 'object':<16} {one.score:4.0%}  "
            f"{x1 - x0}×{y1 - y0} px at {x0},{y0}  by {one.model}\n"
        )
