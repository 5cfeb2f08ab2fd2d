"""`rtseg bench models`: how fast every installed model is, and how well it finds and outlines."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rtseg.bench.scenes import Scene, drawn, read_clips, read_footage, read_scenes
from rtseg.errors import RtsegError, UsageError
from rtseg.geometry import iou
from rtseg.models import Instance, Loader, Request, Segmenter, Store
from rtseg.models.availability import how_to_get, is_available
from rtseg.models.catalogue import Entry
from rtseg.types import BoolMask, Image, Prompt

SIZE = (640, 360)
"""Of the frames that speed is taken with: what a browser sends of a camera by default."""

_MOST_BATCH = 16


@dataclass(frozen=True, slots=True)
class Way:
    """One way of asking a model.

    Parameters
    ----------
    name : for the report.
    takes : the model takes it, in the protocol's word.
    prompts : what is asked about a scene; nothing where it cannot be asked that way.
    """

    name: str
    takes: str
    prompts: Callable[[Scene], tuple[Prompt, ...]]


WAYS = (
    Way("words", "text", lambda scene: tuple(Prompt(word) for word in scene.words)),
    Way("box", "box", lambda scene: (Prompt(box=scene.box),)),
    Way("click", "point", lambda scene: (Prompt(points=(scene.click,)),)),
)


def main(options: argparse.Namespace, store: Store) -> int:
    """Run the benchmark with the parsed arguments of `rtseg bench models`; give the exit code."""
    if options.every < 1 or options.runs < 1:
        raise UsageError("--every and --runs: expected numbers of at least 1")
    sequences = dict(read_scenes(options.davis, every=options.every)) if options.davis else {}
    still = [scenes[0] for scenes in sequences.values() if scenes] + read_clips(options.clips)
    still = [scene.resized(*SIZE) for scene in still or drawn()]
    footage = read_footage(options.clips, options.runs, SIZE)
    entries = [store.catalogue.entry(name) for name in options.model] or list(store.catalogue)
    loader = Loader(store, options.device)
    rows = []
    for entry in entries:
        row: dict[str, Any] = {"name": entry.name, "get": None, "error": None}
        if is_available(entry, store):
            try:
                segmenter = loader.load(entry.name)
                row |= measure(segmenter, entry, still, sequences, options.runs, footage)
            except RtsegError as error:
                row["error"] = str(error)
        else:
            row["get"] = how_to_get(entry, store)
        rows.append(row)
    machine = {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    report = {"machine": machine, "size": f"{SIZE[0]}x{SIZE[1]}", "models": rows}
    print(json.dumps(report, indent=1) if options.json else render(report))
    return int(any(row["error"] for row in rows) or not any("speed" in row for row in rows))


def measure(
    segmenter: Segmenter,
    entry: Entry,
    still: Sequence[Scene],
    sequences: Mapping[str, Sequence[Scene]],
    runs: int,
    footage: Sequence[Image] = (),
) -> dict[str, Any]:
    """Measure one model in every way that it can be asked.

    Parameters
    ----------
    segmenter, entry : the model.
    still : scenes of one size, for the speed.
    sequences : scenes with their truth, for the quality; of each that the model has words for.
    runs : of the speed, for each way and batch.
    footage : frames that follow one another, of one size: a model of words that has a memory knows
        from frame to frame where to look.
    """
    segmenter.warm_up()
    speed: list[dict[str, Any]] = []
    quality: dict[str, Any] = {}
    for way in WAYS:
        if way.takes not in segmenter.info.takes:
            continue
        asked = [_request(scene, way, segmenter) for scene in still]
        if way.name == "words" and not any(asked):
            # Nothing on these pictures has a word that it knows: ask for what it does.
            word = next(iter(segmenter.info.labels), "person")
            asked = [Request(scene.image, (Prompt(word),)) for scene in still]
        there = [request for request in asked if request]
        batches = sorted({1, min(segmenter.info.max_batch, _MOST_BATCH)}) if there else []
        speed += [
            {"way": way.name, "batch": batch} | _times(segmenter, there, batch, runs)
            for batch in batches
        ]
        memory = segmenter.new_memory() if way.name == "words" and there and footage else None
        if memory is not None:
            live = [Request(image, there[0].prompts, memory) for image in footage]
            speed.append({"way": "words, live", "batch": 1} | _times(segmenter, live, 1, len(live)))
            memory.close()
        rows = [
            {"sequence": name, "words": scenes[0].words if way.name == "words" else ()} | scored
            for name, scenes in sequences.items()
            if scenes and (scored := _quality(segmenter, scenes, way))
        ]
        if rows:
            quality[way.name] = {"mean": _mean(rows), "sequences": rows}
    info = segmenter.info
    return {
        "as": info.name,
        "device": info.device,
        "max_batch": info.max_batch,
        "licence": info.licence,
        "speed": speed,
        "quality": quality,
    }


def score(found: Iterable[Instance], truth: BoolMask) -> dict[str, float]:
    """Score what was found on one frame.

    `J` is the IoU of all of it together with the truth, the only fair count where the truth has
    rider and horse in one mask. Things of the same name beside the object count against it there,
    though they are no error of the model: `J_on_it` takes only those that share more than half of
    the smaller of both with the object, as a touch beside the words would choose. `missed` is 1
    where there is none of these.
    """
    masks = [instance.mask for instance in found]
    on_it = [mask for mask in masks if _is_on(mask, truth)]
    return {
        "J": iou(np.logical_or.reduce([np.zeros_like(truth), *masks]), truth),
        "J_on_it": iou(np.logical_or.reduce([np.zeros_like(truth), *on_it]), truth),
        "missed": float(not on_it),
    }


def _is_on(mask: BoolMask, truth: BoolMask) -> bool:
    smaller = min(np.count_nonzero(mask), np.count_nonzero(truth))
    return bool(2 * np.count_nonzero(mask & truth) > smaller)


def _quality(segmenter: Segmenter, scenes: Sequence[Scene], way: Way) -> dict[str, Any] | None:
    scores = []
    for scene in scenes:
        request = _request(scene, way, segmenter)
        if request is None or scene.truth is None:
            return None
        (answer,) = segmenter.segment([request])
        found = answer.instances
        if way.name != "words":
            found = found[:1]  # one thing was touched
        scores.append(score(found, scene.truth))
    means = {key: float(np.mean([each[key] for each in scores])) for key in scores[0]}
    return {"frames": len(scores)} | means


def _request(scene: Scene, way: Way, segmenter: Segmenter) -> Request | None:
    """Return what is asked about a scene; None if the model has not all the words for it."""
    prompts = way.prompts(scene)
    is_answered = prompts and all(segmenter.can_answer(prompt) for prompt in prompts)
    return Request(scene.image, prompts) if is_answered else None


def _times(
    segmenter: Segmenter, requests: Sequence[Request], batch: int, runs: int
) -> dict[str, Any]:
    """Time runs over the requests in turn; milliseconds a frame, on the wall and of the CPU."""
    wall_ms, cpu_ms = [], []
    for run in range(runs):
        chosen = [requests[(run * batch + n) % len(requests)] for n in range(batch)]
        wall, cpu = time.perf_counter(), time.process_time()
        segmenter.segment(chosen)
        wall_ms.append((time.perf_counter() - wall) * 1000 / batch)
        cpu_ms.append((time.process_time() - cpu) * 1000 / batch)
    return {"runs": runs, "ms": _spread(wall_ms), "cpu_ms": _spread(cpu_ms)}


def _spread(times: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": round(float(np.percentile(times, p)), 2) for p in (50, 95)}


def _mean(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Give the mean of the sequences' means."""
    return {key: float(np.mean([row[key] for row in rows])) for key in ("J", "J_on_it", "missed")}


def render(report: Mapping[str, Any]) -> str:
    """Lay a report out as text."""
    what = report["machine"]
    lines = [
        f"rtseg bench models: a {report['size']} frame; {what['cores']} cores, {what['system']}",
    ]
    for row in report["models"]:
        lines.append("")
        if "speed" not in row:
            lines.append(f"{row['name']}: {row['error'] or 'not here; ' + row['get']}")
            continue
        lines.append(f"{row['as']} on {row['device']} ({row['licence']})")
        for took in row["speed"]:
            batch = f", batch of {took['batch']}" if took["batch"] > 1 else ""
            lines.append(
                f"  {took['way'] + batch:<24}{took['ms']['p50']:8.1f} ms p50"
                f"{took['ms']['p95']:8.1f} p95 a frame; CPU {took['cpu_ms']['p50']:.1f}"
            )
        for way, result in row["quality"].items():
            lines.append(f"  {way:<24}     J  J on it  missed")
            mean = {"sequence": "mean", "words": (), **result["mean"]}
            for each in (*result["sequences"], mean):
                name = " ".join([each["sequence"], *(f"“{word}”" for word in each["words"])])
                lines.append(
                    f"    {name:<22}{each['J']:6.3f}   {each['J_on_it']:6.3f}"
                    f"   {100 * each['missed']:4.0f} %"
                )
    return "\n".join(lines)
