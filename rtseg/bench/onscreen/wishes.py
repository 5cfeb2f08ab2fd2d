"""What is to be measured; the flags of the command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from rtseg.bench.camera import check_rate, parse_size
from rtseg.bench.conditions import Conditions
from rtseg.bench.onscreen.records import IN_STEP, LIVE
from rtseg.errors import UsageError

FPS = 24
"""At which DAVIS was filmed, about."""

WAYS = (IN_STEP, LIVE)
LATES = (3,)
"""How late the oracle is if nothing is said, frames: 125 ms."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be measured.

    Parameters
    ----------
    davis, names : the sequences; no names: all there are.
    lates : of the oracle, frames; one round for each.
    prompts : words to a model of the server instead of the oracle; None: the oracle.
    ways : of showing.
    size, fps, seconds : of the camera, and how long each sequence is watched in each way.
    channel : of the page.
    is_stock : measure aiortc's own receive path, too.
    page, film, screenshot : files; None: none.
    """

    davis: Path
    names: tuple[str, ...]
    lates: tuple[int, ...]
    prompts: str | None
    ways: tuple[str, ...]
    size: tuple[int, int]
    fps: int
    seconds: float
    channel: str
    is_stock: bool
    page: Path | None
    film: Path | None
    screenshot: Path | None

    @classmethod
    def of(cls, options: argparse.Namespace) -> Wishes:
        """Check the flags.

        Raises
        ------
        UsageError
            One of them cannot be; the message says what was expected.
        """
        if not options.seconds >= 1:
            raise UsageError(f"--seconds: expected at least 1, got {options.seconds:g}")
        for flag, given in (
            ("--video", options.video is not None),
            ("--sessions", options.sessions != 1),
            ("--callers", options.callers != 0),
            ("--networks", options.networks),
            ("--loss or the like", Conditions.of(options) is not None),
        ):
            if given:
                raise UsageError(
                    f"--davis: expected no {flag} beside it, got both; the sequences are the "
                    "camera, one page looks at them, and nothing stands between it and the server"
                )
        fps = FPS if options.fps is None else options.fps
        check_rate(fps)
        return cls(
            options.davis,
            _words("--sequences", options.sequences),
            LATES if options.late is None else _numbers(options.late),
            options.prompts,
            WAYS,
            parse_size(options.size),
            fps,
            options.seconds,
            options.channel,
            options.stock,
            options.page,
            options.film,
            options.screenshot,
        )


def _words(flag: str, text: str | None) -> tuple[str, ...]:
    words = tuple(word.strip() for word in (text or "").split(",")) if text is not None else ()
    if not all(words):
        raise UsageError(f"{flag}: expected names with commas between them, got {text!r}")
    return words


def _numbers(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(sorted({int(word) for word in text.split(",")}))
    except ValueError:
        raise UsageError(f"--late: expected numbers such as 1,3, got {text!r}") from None
    if numbers[0] < 1:
        raise UsageError(f"--late: expected frames, 1 or more, got {numbers[0]}")
    return numbers
