"""`rtseg track`: a recording or a camera in; its objects, followed, out.

Exit codes: 0 all was found at some time; 1 something was not, or could not be done; 2 the command
line is wrong; 130 it was stopped: what it had done by then is written.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rtseg.engine.memory import keep_freed_memory
from rtseg.errors import UsageError
from rtseg.formats.choosing import Plan, plan
from rtseg.images.arguments import Asked, asked
from rtseg.images.fetching import fetch_missing
from rtseg.images.finding import LoadsModels, shared_loader
from rtseg.models import Store
from rtseg.recordings.following import Follower, Seen
from rtseg.recordings.footage import Footage, Shot
from rtseg.recordings.outputs import SUFFIXES, Outputs
from rtseg.recordings.progress import FrameProgress


@dataclass(slots=True)
class _Tally:
    """What became of one thing that was asked for."""

    thing: Asked
    label: str = ""
    model: str = ""
    frames: int = 0
    ids: dict[int, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "prompt": self.thing.name,
            "label": self.label,
            "model": self.model,
            "found_frames": self.frames,
            "objects": [{"id": one, "frames": frames} for one, frames in self.ids.items()],
        }


@dataclass(slots=True)
class _Run:
    """What a run did."""

    frames: int = 0
    size: tuple[int, int] = (0, 0)
    elapsed_s: float = 0.0
    was_stopped: bool = False
    broken: str = ""
    files: list[Path] = field(default_factory=list)


def main(
    options: argparse.Namespace,
    *,
    store: Store | None = None,
    loader: LoadsModels | None = None,
) -> int:
    """Run the command.

    Parameters
    ----------
    options : of the command line: `source`, `said`, `model`, `device`, `output`, `format`, `sheet`,
        `beside`, `start`, `seconds`, `model_every`, `answers_per_second`, `live`, `every_frame`,
        `pull`, `json`.
    store, loader : by default the user's and the process's.
    """
    things = asked(options.said)
    _check(options, things)
    how = plan(options.output, options.format, SUFFIXES, default=("overlay",))
    store = store or Store()
    footage = Footage(
        options.source,
        start_s=options.start,
        seconds=options.seconds,
        is_live=options.live or False,
    )
    if footage.is_camera:
        footage.is_live = not options.every_frame
    if footage.is_live and options.answers_per_second is not None:
        raise UsageError(
            "--answers-per-second is for every frame of a source; live, models answer as they can: "
            + ("add --every-frame" if footage.is_camera else "leave out --live")
        )
    tallies = [_Tally(thing) for thing in things]
    run = _follow(
        options, how, footage, tallies, store, loader or shared_loader(store, options.device)
    )
    _tell(options, footage, run, tallies)
    if run.was_stopped and not footage.is_camera:
        return 130
    return int(bool(run.broken) or not all(tally.frames for tally in tallies))


def _check(options: argparse.Namespace, things: Sequence[Asked]) -> None:
    if not 0 <= options.start < float("inf"):
        raise UsageError(f"--start: expected seconds, 0 or more, got {options.start:g}")
    if options.seconds is not None and not 0 < options.seconds < float("inf"):
        raise UsageError(f"--seconds: expected more than 0, got {options.seconds:g}")
    if options.model_every is not None and options.model_every < 1:
        raise UsageError(f"--model-every: expected 1 or more frames, got {options.model_every}")
    rate = options.answers_per_second
    if rate is not None and not 0 < rate < float("inf"):
        raise UsageError(f"--answers-per-second: expected more than 0, got {rate:g}")
    for thing in things:
        for touch in [*thing.points, *([thing.box] if thing.box else [])]:
            if touch.at_s is not None and touch.at_s < options.start:
                raise UsageError(
                    f"{touch.option} comes before --start {options.start:g}; touch it later, or "
                    "start earlier"
                )
    for name in ("output", "sheet", "beside"):
        path = getattr(options, name)
        if not path or not Path(path).exists() or not Path(options.source).exists():
            continue
        if Path(path).samefile(options.source):
            raise UsageError(f"--{name} {path} is the source itself; name another file")


def _follow(
    options: argparse.Namespace,
    how: Plan,
    footage: Footage,
    tallies: Sequence[_Tally],
    store: Store,
    loader: LoadsModels,
) -> _Run:
    run = _Run()
    # Live, frames are left out: nobody knows how many there will be.
    progress = FrameProgress(None if footage.is_live else footage.frame_count)
    sheet = Path(options.sheet) if options.sheet else None
    beside = Path(options.beside) if options.beside else None
    shots = footage.shots()
    with contextlib.ExitStack() as stack:
        stack.callback(progress.close)
        shot: Shot | None = next(
            shots
        )  # a source that cannot be read is told before files are begun
        assert shot is not None
        run.size = (shot.image.shape[1], shot.image.shape[0])
        things = [tally.thing for tally in tallies]
        firsts = [thing.moments(run.size, options.model)[0][1] for thing in things]
        fetch_missing(firsts, store, pull=options.pull)
        keep_freed_memory()
        follower = Follower(
            things,
            run.size,
            store=store,
            loader=loader,
            model=options.model,
            every=options.model_every,
            answers_per_second=options.answers_per_second,
            is_live=footage.is_live,
        )
        stack.callback(follower.close)
        for tally, route in zip(tallies, follower.routes, strict=True):
            tally.label, tally.model = route.label, route.model
        outputs = stack.enter_context(Outputs(how, footage.stem, footage.fps, sheet, beside))
        stopped = stack.enter_context(_until_stopped())
        begun_s = time.monotonic()
        while shot is not None:
            seen = follower.see(shot)
            for problem in follower.problems():
                sys.stderr.write(f"rtseg: {problem}\n")
            outputs.add(seen)
            _count(tallies, seen)
            run.frames += 1
            run.elapsed_s = time.monotonic() - begun_s
            progress.update(run.frames, run.elapsed_s)
            try:
                shot = None if stopped.is_set() else next(shots, None)
            except UsageError as error:
                # A camera was unplugged, a file is broken: what came before is not lost for that.
                shot, run.broken = None, str(error)
        run.was_stopped = stopped.is_set()
        progress.close()
        run.files = outputs.close()
        for position in follower.untouched:
            sys.stderr.write(f"rtseg: {things[position]}: the source ended before that second\n")
    return run


@contextlib.contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """Take the first Ctrl-C as the wish to finish: files are closed, not torn. The second ends."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped  # signals are the main thread's
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)


def _count(tallies: Sequence[_Tally], seen: Seen) -> None:
    for position in {one.prompt for one in seen.objects}:
        tallies[position].frames += 1
    for one in seen.objects:
        ids = tallies[one.prompt].ids
        ids[one.id] = ids.get(one.id, 0) + 1


def _tell(
    options: argparse.Namespace, footage: Footage, run: _Run, tallies: Sequence[_Tally]
) -> None:
    if options.json:
        document = {
            "source": footage.source,
            "frames": run.frames,
            "width": run.size[0],
            "height": run.size[1],
            "fps": round(footage.fps, 3),
            "elapsed_s": round(run.elapsed_s, 2),
            "error": run.broken or None,
            "prompts": [tally.as_json() for tally in tallies],
            "files": [str(file) for file in run.files],
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        for tally in tallies:
            count = len(tally.ids)
            things = f", {count} objects" if count > 1 else ""
            sys.stdout.write(
                f"{tally.thing.name}: in {tally.frames} of {run.frames} frames{things} "
                f"(by {tally.model})\n"
            )
        sys.stdout.write(f"written: {', '.join(map(str, run.files)) or 'nothing'}\n")
    if run.broken:
        sys.stderr.write(
            f"rtseg: {run.broken}; what came before, {run.frames} frames, is written\n"
        )
    for tally in tallies:
        if not tally.frames:
            why = _why(options, footage, run)
            sys.stderr.write(f"{footage.source}: {tally.thing.name!r}: never found{why}\n")


def _why(options: argparse.Namespace, footage: Footage, run: _Run) -> str:
    """Say that no answer could come in time, where that is so."""
    rate = options.answers_per_second
    if rate is None or run.frames / footage.fps > 1 / rate:
        return ""
    return f"; its first answer comes {1 / rate:.3g} s after the start, and all was over by then"
