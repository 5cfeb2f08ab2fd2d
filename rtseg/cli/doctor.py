"""`rtseg doctor`: what of this installation works, and what to do about the rest."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from rtseg.cli.catalogues import add_catalogue, store_of
from rtseg.errors import RtsegError
from rtseg.version import __version__

if TYPE_CHECKING:
    from rtseg.models import Store

State = Literal["ok", "note", "broken"]

_MARKS: dict[State, str] = {"ok": "✓", "note": "–", "broken": "✗"}
_LEAST_FREE_BYTES = 200_000_000
"""The small models, and room to unpack them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Parameters
    ----------
    name : of it.
    state : `"ok"`; `"note"`, something that one may want; `"broken"`, rtseg cannot do its work.
    found : what is there.
    fix : what to do; empty where nothing is to be done.
    """

    name: str
    state: State
    found: str
    fix: str = ""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "doctor",
        help="check this installation, and say what to do about what is wrong",
        description="Look at Python, packages, devices, models, the page and the port, and let a "
        "model look at a picture. Exit code 1: something is broken.",
    )
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    add_catalogue(parser)
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    checks = list(examine(store_of(options)))
    is_broken = any(check.state == "broken" for check in checks)
    if options.json:
        report = {"ok": not is_broken, "checks": [asdict(check) for check in checks]}
        print(json.dumps(report, ensure_ascii=False, indent=2))
        return int(is_broken)
    for check in checks:
        print(f"{_MARKS[check.state]} {check.name:<10} {check.found}")
        if check.fix:
            print(f"{'':<13}{check.fix}")
    print("something is broken: see ✗ above" if is_broken else "rtseg works on this machine")
    return int(is_broken)


def examine(store: Store) -> Iterator[Check]:
    """Check everything, from what others stand on upwards."""
    looks: Mapping[str, Callable[[], Iterator[Check]]] = {
        "rtseg": _python,
        "packages": _packages,
        "devices": _devices,
        "folder": lambda: _folder(store),
        "models": lambda: _models(store),
        "a look": lambda: _look(store),
        "page": _page,
        "port": _port,
    }
    for name, look in looks.items():
        try:
            yield from look()
        except Exception as error:  # one broken part must not hide the others
            kind = "" if isinstance(error, RtsegError) else f"{type(error).__name__}: "
            yield Check(name, "broken", f"{kind}{error}")


def _python() -> Iterator[Check]:
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    yield Check(
        "rtseg",
        "ok",
        f"{__version__}, Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {cores} cores",
    )


def _packages() -> Iterator[Check]:
    versions = {name: _version(name) for name in ("opencv-python", "aiortc", "av", "numpy")}
    versions["opencv-python"] = versions["opencv-python"] or _version("opencv-python-headless")
    lost = [name for name, version in versions.items() if version is None]
    found = ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())
    yield Check(
        "packages",
        "broken" if lost else "ok",
        found,
        f"pip install {' '.join(lost)}" if lost else "",
    )
    runtimes = [name for name in ("onnxruntime", "onnxruntime-gpu") if _version(name)]
    if len(runtimes) == 2:
        yield Check(
            "packages",
            "broken",
            "onnxruntime and onnxruntime-gpu are both installed, and one hides the other",
            "pip uninstall onnxruntime onnxruntime-gpu, then install the one you want again",
        )


def _devices() -> Iterator[Check]:
    from rtseg.models.availability import extra
    from rtseg.models.hardware import cuda_devices, has_gpu

    extras = [name for name in ("torch", "transformers") if _version(name)]
    if has_gpu():
        yield Check("devices", "ok", f"CPU and GPU, with {' and '.join(extras)}")
    elif cuda_devices():
        yield Check(
            "devices",
            "note",
            f"CPU; a GPU is here, but no torch that can use it ({_version('torch') or 'none'})",
            'pip install "rtseg[gpu]" in a fresh environment',
        )
    else:
        fix = "" if extras else f'for the large models: pip install "rtseg[{extra()}]"'
        yield Check("devices", "ok" if extras else "note", "CPU", fix)


def _folder(store: Store) -> Iterator[Check]:
    folder = store.home
    exists = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(exists).free
    if not os.access(exists, os.W_OK):
        yield Check("folder", "broken", f"{folder} cannot be written to", "set RTSEG_HOME")
    elif free < _LEAST_FREE_BYTES:
        yield Check(
            "folder",
            "broken",
            f"{folder}: {free / 1e6:.0f} MB free",
            "make room, or set RTSEG_HOME to another disk",
        )
    else:
        yield Check("folder", "ok", f"{folder}, {free / 1e9:.0f} GB free")


def _models(store: Store) -> Iterator[Check]:
    from rtseg.models import State as Files
    from rtseg.models.availability import is_available

    corrupt = [e.name for e in store.catalogue if store.state(e.name) is Files.CORRUPT]
    if corrupt:
        yield Check(
            "models",
            "broken",
            f"not whole: {', '.join(corrupt)}",
            f"rtseg models pull {' '.join(corrupt)}",
        )
    here = [entry.name for entry in store.catalogue if is_available(entry, store)]
    named = any(store.catalogue.entry(name).labels for name in here)
    yield Check(
        "models",
        "ok" if named else "note",
        f"{len(here)} of {len(list(store.catalogue))} are here: {', '.join(here)}",
        "" if named else "nothing can be asked for by name yet: rtseg models pull person",
    )


def _look(store: Store) -> Iterator[Check]:
    import numpy as np

    from rtseg.models import Request, Router, load
    from rtseg.types import Box, Prompt

    router = Router(store)
    if router.is_answered("person"):
        prompt = Prompt("person")
    else:
        prompt = Prompt(box=Box(0.25, 0.25, 0.75, 0.75))
    name = router.route(prompt).model
    model = load(name, store=store)
    model.warm_up()
    picture = np.full((360, 640, 3), 96, np.uint8)
    picture[90:270, 160:480] = 224
    started = time.perf_counter()
    model.segment([Request(picture, (prompt,))])
    took_ms = 1e3 * (time.perf_counter() - started)
    model.close()
    yield Check("a look", "ok", f"{name} looked at 640×360 in {took_ms:.0f} ms")


def _page() -> Iterator[Check]:
    from rtseg.server.page import PAGE

    if (PAGE / "index.html").is_file():
        yield Check("page", "ok", "is here")
    else:
        yield Check("page", "broken", "is not built", "in a checkout: make page")


def _port() -> Iterator[Check]:
    from rtseg.config import load
    from rtseg.errors import UsageError
    from rtseg.server.run import bind

    server = load().server
    try:
        bind(server.host, server.port).close()
    except UsageError as error:
        yield Check("port", "note", str(error))
    else:
        yield Check("port", "ok", f"{server.host}:{server.port} is free")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
