"""``rtseg bench api``: single images over real HTTP, under one caller and under many."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import rtseg
from rtseg.bench.callers import MOST_CALLERS, Call, Called, Job, call
from rtseg.bench.figure import draw_person
from rtseg.bench.server import Server, serve
from rtseg.bench.spread import spread
from rtseg.errors import UsageError
from rtseg.server.intake import data_uri

_DRAWN_SIZE = (640, 480)
_JPEG_QUALITY = 90
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be measured; the flags of the command line."""

    image: Path | None
    object: str
    callers: tuple[int, ...]
    seconds: float
    requests: int
    is_stream: bool
    is_chat: bool

    @classmethod
    def of(cls, options: argparse.Namespace) -> Wishes:
        """Check the flags.

        Raises
        ------
        UsageError
            One of them cannot be; the message says what was expected.
        """
        if options.image is not None and not options.image.is_file():
            raise UsageError(f"--image: there is no file {options.image}")
        if not options.seconds >= 1:
            raise UsageError(f"--seconds: expected at least 1, got {options.seconds:g}")
        if options.requests < 0:
            raise UsageError(f"--requests: expected a number of answers, got {options.requests}")
        try:
            callers = tuple(int(number) for number in options.callers.split(","))
        except ValueError:
            callers = (0,)
        if not all(1 <= number <= MOST_CALLERS for number in callers):
            raise UsageError(
                f"--callers: expected numbers from 1 to {MOST_CALLERS} such as 1,4,16, got "
                f"{options.callers!r}"
            )
        if not options.object.strip():
            raise UsageError("--object: expected a word, got nothing")
        return cls(
            options.image,
            options.object,
            callers,
            options.seconds,
            options.requests,
            options.stream,
            options.chat,
        )

    @classmethod
    def usual(cls) -> Wishes:
        """What is measured without flags."""
        return cls(None, "person", (1, 4, 16), 10.0, 0, is_stream=False, is_chat=False)

    @property
    def path(self) -> str:
        """Of what is asked."""
        return "v1/openai/chat/completions" if self.is_chat else "v1/segment"


def main(options: argparse.Namespace) -> int:
    """Measure and print; gives the exit code."""
    report = run(Wishes.of(options))
    print(json.dumps(report, indent=2, ensure_ascii=False) if options.json else render(report))
    return int(any(row["errors"] or not row["answers"] for row in report["callers"]))


def run(wishes: Wishes) -> dict[str, Any]:
    """Measure; give the report.

    Raises
    ------
    UsageError
        The picture is none.
    BackendError
        The server does not start, or the callers failed.
    """
    from rtseg.bench.processes import machine

    content, size = picture(wishes.image)
    body = request_body(wishes, content)
    with tempfile.TemporaryDirectory(prefix="rtseg-bench-") as folder:
        # Whoever measures with more callers than the server lets in would measure refusals.
        room = ["--set", f"api.max_waiting={max(32, 2 * max(wishes.callers))}"]
        with serve(Path(folder), ["--port", "0", *room]) as server:
            rows, last = [], ""
            for callers in wishes.callers:
                row, last = _measure(wishes, server, body, callers)
                rows.append(row)
    return {
        "what": {
            "path": f"/{wishes.path}",
            "image": wishes.image.name if wishes.image else "a drawn person",
            "size": f"{size[0]}x{size[1]}",
            "image_bytes": len(content),
            "object": wishes.object,
            "stream": wishes.is_stream,
            "answer_bytes": len(last),
            "found": found_in(last),
        },
        "machine": machine(),
        "versions": {"rtseg": rtseg.__version__, "opencv": cv2.__version__},
        "callers": rows,
    }


def picture(path: Path | None) -> tuple[bytes, tuple[int, int]]:
    """Return an image file and its (width, height); by default a drawn person as a JPEG.

    Raises
    ------
    UsageError
        It is not an image.
    """
    if path is None:
        image, _ = draw_person(0.0, _DRAWN_SIZE)
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        return data.tobytes(), _DRAWN_SIZE
    content = path.read_bytes()
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if pixels is None:
        raise UsageError(f"--image {path}: expected a JPEG, PNG or WebP, got something else")
    return content, (pixels.shape[1], pixels.shape[0])


def request_body(wishes: Wishes, content: bytes) -> str:
    """Return the JSON that a client of either service would send."""
    kind = next((kind for head, kind in _KINDS.items() if content.startswith(head)), "image/jpeg")
    url = data_uri(content, kind)
    if not wishes.is_chat:
        said = {"image_url": url, "object": wishes.object, "stream": wishes.is_stream}
        return json.dumps(said)
    parts = [
        {"type": "text", "text": f"Segment every {wishes.object} in this image"},
        {"type": "image_url", "image_url": {"url": url, "detail": "auto"}},
    ]
    said = {
        "model": "auto",
        "messages": [{"role": "user", "content": parts}],
        "stream": wishes.is_stream,
    }
    return json.dumps(said)


def found_in(answer: str) -> int | None:
    """Count what an answer holds; None where it is not known (a stream, or nothing came)."""
    try:
        told = json.loads(answer)
        if "choices" in told:
            told = json.loads(told["choices"][0]["message"]["content"])
    except (ValueError, TypeError, LookupError):
        return None
    lists = [value for value in told.values() if isinstance(value, list)]
    return len(lists[0]) if lists else None


def _measure(wishes: Wishes, server: Server, body: str, callers: int) -> tuple[dict[str, Any], str]:
    from rtseg.bench.processes import usage

    if sys.stderr.isatty():
        print(f"{callers} caller(s) …", file=sys.stderr, flush=True)
    job = Job(f"{server.url}{wishes.path}", body, callers, wishes.seconds, wishes.requests)
    before = usage(server.pid)
    called = call(job)
    after = usage(server.pid)
    row = figures(called, callers)
    # What the server took while it warmed up counts neither, nor do the answers of then.
    counted_s = called.seconds or 1e-9
    cpu_s = (after.server - before.server) * counted_s / (counted_s + job.warm_up_s)
    row["server_cpu_cores"] = round(cpu_s / counted_s, 2)
    row["server_cpu_ms_per_answer"] = round(1000 * cpu_s / max(1, row["answers"]), 1)
    row["server_memory_mb"] = {
        "before": round(before.server_bytes / 1e6, 1),
        "after": round(after.server_bytes / 1e6, 1),
    }
    return row, called.last


def figures(called: Called, callers: int) -> dict[str, Any]:
    """Sum up what callers saw."""
    good = [one for one in called.calls if not one.error]
    return {
        "callers": callers,
        "answers": len(good),
        "per_s": round(len(good) / called.seconds, 1) if called.seconds else 0.0,
        "ms": spread(one.ms for one in good),
        "events_ms": _by_name(good, "events"),
        "stages_ms": _by_name(good, "stages"),
        "errors": dict(Counter(str(one.status or one.error) for one in called.calls if one.error)),
        "callers_cpu_cores": round(called.cpu_s / called.seconds, 2) if called.seconds else 0.0,
    }


def _by_name(calls: Sequence[Call], what: str) -> dict[str, Any]:
    names = dict.fromkeys(name for one in calls for name in getattr(one, what))
    return {name: spread(getattr(one, what).get(name) for one in calls) for name in names}


def render(report: Mapping[str, Any]) -> str:
    """Write the report for people."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    what, machine = report["what"], report["machine"]
    yield (
        f"POST {what['path']}{' (stream)' if what['stream'] else ''}: {what['object']!r} in "
        f"{what['image']}, {what['size']}, {what['image_bytes'] / 1000:.0f} kB"
    )
    yield f"{machine['cpu']}, {machine['cores']} cores"
    yield ""
    yield (
        f"{'callers':>7}{'answers':>9}{'per s':>8}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"
        f"{'CPU ms':>9}{'cores':>7}{'memory':>10}   errors"
    )
    for row in report["callers"]:
        ms = row["ms"]
        memory = row["server_memory_mb"]["after"]
        errors = ", ".join(f"{count} × {name}" for name, count in row["errors"].items()) or "none"
        yield (
            f"{row['callers']:>7}{row['answers']:>9}{row['per_s']:>8}"
            + "".join(f"{_ms(ms[name]):>9}" for name in ("p50", "p95", "max"))
            + f"{row['server_cpu_ms_per_answer']:>9}{row['server_cpu_cores']:>7}"
            + f"{memory:>7.0f} MB   {errors}"
        )
    for title, key in (("until the first", "events_ms"), ("in the server", "stages_ms")):
        names = dict.fromkeys(name for row in report["callers"] for name in row[key])
        if not names:
            continue
        yield ""
        yield f"{title + ', p50 ms':<24}" + "".join(
            f"{row['callers']:>9}" for row in report["callers"]
        )
        for name in names:
            cells = (row[key].get(name, {}).get("p50") for row in report["callers"])
            yield f"  {name:<22}" + "".join(f"{_ms(cell):>9}" for cell in cells)
    if what["found"] == 0:
        yield ""
        yield f"no {what['object']} was found in the picture"


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
