"""Frames a second of SAM 2.1 and EdgeTAM: rtseg's batched loop against transformers' own.

    python -m benchmarks.sam2                          small networks, one CPU thread
    python -m benchmarks.sam2 --device cuda --compile  sizes and layers of the real ones
    python -m benchmarks.sam2 --soak 5000              does the memory stay flat?

Both loops run in one process on the same layers, with random weights: what is drawn is noise, and
the work is the same. They start from frames in main memory and end with masks of that size there.
Objects are touched on the first frame; `--warm-up` frames later, when all memories are full, the
clock starts. On a CPU it is the process's own time that counts, so that neighbours do not; on a
GPU it is the wall's. transformers' session is pruned as it must be to live (facts: it never frees a
frame), which costs nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
import transformers

from rtseg.models import load
from rtseg.models.catalogue import Catalogue, Entry
from rtseg.models.protocol import Request, Segmenter
from rtseg.models.sam2 import images
from rtseg.models.sam2.options import Options
from rtseg.models.sam2.repvit import RepVitConfig
from rtseg.models.sam2.weights import dtype_of, load_layers
from rtseg.models.store import Store
from rtseg.types import Image, Point, Prompt
from tests.models import sam2_checkpoints as checkpoints

FRAME_HEIGHT, FRAME_WIDTH = 360, 640


@dataclass(frozen=True, slots=True)
class Row:
    """One setting: frames a second in all sessions together, and the memory's peak on a GPU."""

    model: str
    sessions: int
    objects: int
    ours_fps: float
    plain_fps: float
    ours_peak_mb: float | None
    plain_peak_mb: float | None

    @property
    def ratio(self) -> float:
        return self.ours_fps / self.plain_fps


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--small", action="store_true", help="small networks; so on a CPU")
    parser.add_argument("--full", action="store_true", help="the real sizes, on a CPU too")
    parser.add_argument("--models", nargs="+", default=["sam2.1-tiny", "edgetam"])
    parser.add_argument("--sessions", nargs="+", type=int, default=[1, 4, 16])
    parser.add_argument("--objects", nargs="+", type=int, default=[1, 5])
    parser.add_argument("--frames", type=int, default=10, help="that are timed, of each session")
    parser.add_argument("--warm-up", type=int, default=17, help="frames before the clock starts")
    parser.add_argument("--image-size", type=int, default=0, help="0: the network's own")
    parser.add_argument("--dtype", default="auto", help="auto, float32, float16, bfloat16")
    parser.add_argument("--compile", action="store_true", help="compile the encoder (ours)")
    parser.add_argument("--no-plain", action="store_true", help="leave transformers' loop out")
    parser.add_argument("--soak", type=int, default=0, help="frames of one long session instead")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(arguments)
    if args.device == "cpu":
        torch.set_num_threads(1)
    is_small = args.small or (args.device == "cpu" and not args.full)
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as home:
        if args.soak:
            return soak(Path(home), args)
        rows = []
        for model in args.models:
            rows += measure(Path(home), model, is_small, args)
    facts = {
        "device": torch.cuda.get_device_name() if args.device != "cpu" else "cpu, 1 thread",
        "networks": "small, random weights" if is_small else "real sizes, random weights",
        "dtype": str(dtype_of(Options(dtype=args.dtype), torch.device(args.device))),
        "compiled": args.compile,
    }
    if args.json:
        print(json.dumps(facts | {"rows": [asdict(row) | {"ratio": row.ratio} for row in rows]}))
        return 0
    print("; ".join(f"{name} {value}" for name, value in facts.items()))
    print(f"{'model':14}{'sessions':>9}{'objects':>8}{'rtseg fps':>11}{'plain fps':>11}{'×':>6}")
    for row in rows:
        print(
            f"{row.model:14}{row.sessions:9}{row.objects:8}{row.ours_fps:11.1f}"
            f"{row.plain_fps:11.1f}{row.ratio:6.1f}"
            + (
                f"  peak {row.ours_peak_mb:.0f} / {row.plain_peak_mb:.0f} MB"
                if row.ours_peak_mb is not None and row.plain_peak_mb is not None
                else ""
            )
        )
    return 0


def measure(home: Path, model: str, is_small: bool, args: argparse.Namespace) -> list[Row]:
    """Time both loops in every setting."""
    options = {"image_size": args.image_size, "dtype": args.dtype, "compile": args.compile}
    store = store_of(home, model, config_of(model, is_small), options)
    segmenter = load(model, device=args.device, store=store)
    device = torch.device(args.device)
    layers = load_layers(
        store.folder(model),
        Options(image_size=args.image_size, dtype=args.dtype),
        device,
        model=model,
    )
    rows = []
    for sessions in args.sessions:
        for objects in args.objects:
            ours = timed(Ours(segmenter, sessions, objects), args)
            plain = (float("nan"), None)
            if not args.no_plain:
                plain = timed(Plain(layers, sessions, objects), args)
            rows.append(Row(model, sessions, objects, ours[0], plain[0], ours[1], plain[1]))
    segmenter.close()
    return rows


def timed(step: Callable[[int], None], args: argparse.Namespace) -> tuple[float, float | None]:
    """Return frames a second and the peak of the GPU's memory, in MB."""
    is_gpu = args.device != "cpu"
    gc.collect()
    for t in range(args.warm_up):
        step(t)
    if is_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    clock = time.perf_counter if is_gpu else time.process_time
    times = []
    for t in range(args.warm_up, args.warm_up + args.frames):
        begun = clock()
        step(t)
        if is_gpu:
            torch.cuda.synchronize()
        times.append(clock() - begun)
    peak = torch.cuda.max_memory_allocated() / 1e6 if is_gpu else None
    sessions: int = step.sessions  # type: ignore[attr-defined]
    return sessions / median(times), peak


class Ours:
    """All sessions in one call."""

    def __init__(self, segmenter: Segmenter, sessions: int, objects: int) -> None:
        self.sessions = sessions
        self._segmenter = segmenter
        self._touches = touches(objects)
        self._memories = [segmenter.new_memory() for _ in range(sessions)]
        self._video = footage()

    def __call__(self, t: int) -> None:
        names = tuple(range(len(self._touches)))
        prompts = tuple(Prompt() for _ in names) if t else self._touches
        self._segmenter.segment(
            [
                Request(self._video[(t + i) % len(self._video)], prompts, memory, names)
                for i, memory in enumerate(self._memories)
            ]
        )


class Plain:
    """transformers' loop, session after session, which is how it takes them."""

    def __init__(self, layers: Any, sessions: int, objects: int) -> None:
        self.sessions = sessions
        self._layers = layers
        self._touches = touches(objects)
        self._loops = [
            checkpoints.PlainLoop(layers, layers.device, layers.dtype) for _ in range(sessions)
        ]
        self._video = footage()

    def __call__(self, t: int) -> None:
        size = self._layers.config.image_size
        for i, loop in enumerate(self._loops):
            if t == 0:
                for name, touch in enumerate(self._touches):
                    loop.touch(name, *images.touches(touch, size))
            square = images.to_square(
                [self._video[(t + i) % len(self._video)]],
                size,
                scale=images.IMAGENET,
                device=self._layers.device,
                dtype=self._layers.dtype,
            )
            logits, _ = loop.step(square)
            images.masks_to_picture(logits, FRAME_HEIGHT, FRAME_WIDTH)
            loop.prune()


def soak(home: Path, args: argparse.Namespace) -> int:
    """Run one long session in which objects come and go; print what the process holds."""
    import psutil

    store = store_of(home, "sam2.1-tiny", checkpoints.sam2_config(), {})
    segmenter = load("sam2.1-tiny", device=args.device, store=store)
    memory = segmenter.new_memory()
    video, process = footage(), psutil.Process()
    held: dict[int, dict[str, float]] = {}
    known: set[int] = set()
    begun = time.process_time()
    for t in range(1, args.soak + 1):
        # One to four objects; each lives 40 frames, and one is touched again on every seventh.
        names = tuple(n for n in range(t // 40 * 4, t // 40 * 4 + 1 + t // 10 % 4))
        prompts = tuple(
            Prompt(points=(Point(0.2 + n % 4 / 6, 0.5),))
            if n not in known or t % 7 == 0
            else Prompt()
            for n in names
        )
        segmenter.segment([Request(video[t % len(video)], prompts, memory, names)])
        known = set(names)
        if t in (args.soak // 10, args.soak // 2, args.soak):
            gc.collect()
            held[t] = {
                "rss_mb": round(process.memory_info().rss / 1e6, 1),
                "bank_bytes": memory.nbytes,  # type: ignore[union-attr]
                "objects": len(names),
                "tensors": sum(issubclass(type(o), torch.Tensor) for o in gc.get_objects()),
            }
    seconds = round(time.process_time() - begun, 1)
    if args.json:
        print(json.dumps({"frames": args.soak, "cpu_s": seconds, "held": held}))
    else:
        for t, what in held.items():
            print(f"frame {t:6}: " + ", ".join(f"{name} {value}" for name, value in what.items()))
        print(f"{seconds} s of CPU")
    return 0


def config_of(model: str, is_small: bool) -> Any:
    """The network's configuration; the real ones are transformers' defaults."""
    if model.startswith("sam2.1"):
        return checkpoints.sam2_config() if is_small else transformers.Sam2VideoConfig()
    if is_small:
        return checkpoints.edgetam_config()
    return transformers.EdgeTamVideoConfig(
        vision_config=transformers.EdgeTamVisionConfig(backbone_config=RepVitConfig()),
        enable_temporal_pos_encoding_for_object_pointers=False,
        enable_occlusion_spatial_embedding=False,
    )


def store_of(home: Path, model: str, config: Any, options: dict[str, Any]) -> Store:
    entry = Entry(
        name=model,
        title="random weights",
        note="",
        licence="Apache-2.0",
        speed="gpu",
        quality=0,
        backend="sam2",
        devices=("cuda", "cpu"),
        remembers=True,
        options=options,
    )
    store = Store(home, catalogue=Catalogue([entry]))
    checkpoints.write_network(config, store.folder(model), present=True)
    return store


def touches(count: int) -> tuple[Prompt, ...]:
    return tuple(Prompt(points=(Point((i + 0.5) / count, 0.5),)) for i in range(count))


def footage() -> list[Image]:
    random = np.random.default_rng(0)
    shape = (FRAME_HEIGHT // 8, FRAME_WIDTH // 8, 3)
    coarse = [random.integers(0, 256, shape, np.uint8) for _ in range(8)]
    return [np.repeat(np.repeat(image, 8, axis=0), 8, axis=1) for image in coarse]


if __name__ == "__main__":
    sys.exit(main())
