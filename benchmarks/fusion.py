"""Learn how the tracker weighs its cues: ``python benchmarks/fusion.py --davis DIR``.

Writes `rtseg/tracking/fusion_weights.py`. Sequences are played to the tracker behind the late
oracle of `rtseg bench track`; every time it mends a belief, some of the pixels are kept, with what
the cues said and whether they were the object. From those a small network is fitted. The cues
depend upon the belief, and that upon the network: so it is played again with what was learned,
for some rounds, and everything that was ever seen is learned from (Ross, Gordon, Bagnell,
AISTATS 2011).

``--prove`` leaves half of the sequences out, learns from the other half, scores those left out,
and swaps: nothing that is scored was learned from, in any round. It writes nothing.

Needs torch. The weights in the repository were learned so from the ten DAVIS 2016 sequences of
`docs/`, over more rounds than the default, while the cues were still changing: what is written
here anew will differ a little.
"""

from __future__ import annotations

import argparse
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from rtseg.bench.davis import Sequence, read_davis
from rtseg.geometry import iou
from rtseg.tracking import Tracker, belief, catching_up, fusion, tracker
from rtseg.tracking.flow import to_working, working_size
from rtseg.tracking.fusion import Weights

TARGET = Path(__file__).parents[1] / "rtseg/tracking/fusion_weights.py"
ROUNDS = 3
LATES = 3, 12
HIDDEN = 12
KEPT = 600  # pixels of each belief
FITTED = 250_000
EPOCHS = 7
BATCH = 2048
RATE = 1e-2
DECAY = 1e-2
SIZE = 270, 480  # of drawn scenes
DRAWN = 12
DRAWN_FRAMES = 24
MISS = 1.5
"""What is missed weighs more than what is shown too much: what is lost stays lost, and IoU wants
a threshold below one half."""
PLAIN_SHARE = 0.4
"""Of the odds that are the plain sum of log odds. The mean of it and of what was learned does
better on sequences left out than either: too few sequences teach a network to be trusted alone."""


@dataclass
class Samples:
    """Pixels: their cues, the truth, and the share of an object that each stands for."""

    cues: list[Any] = field(default_factory=list)
    truth: list[Any] = field(default_factory=list)
    weight: list[Any] = field(default_factory=list)

    def add(self, other: Samples) -> None:
        self.cues += other.cues
        self.truth += other.truth
        self.weight += other.weight


class Recorder:
    """Keeps what the tracker's beliefs are made of, while a sequence is played."""

    def __init__(self, sequence: Sequence, seed: tuple[int, ...]) -> None:
        self.samples = Samples()
        self._random = np.random.default_rng(seed)
        self._truth: dict[bytes, Any] = {}
        self._part: Any = None
        height, width = sequence.truth[0].shape
        self._size = working_size(width, height, 320)
        for image, mask in zip(sequence.images, sequence.truth, strict=True):
            picture = cv2.cvtColor(to_working(image, self._size), cv2.COLOR_BGR2LAB)
            soft = to_working(mask.astype(np.uint8) * np.uint8(255), self._size)
            self._truth[picture.tobytes()] = soft.astype(np.float32) / 255

    @contextmanager
    def listening(self, weights: Weights) -> Iterator[None]:
        """Have the tracker use these weights, and listen to it."""
        follow, gathered, fuse = belief.follow, belief.gathered, belief.fuse

        def following(*args: Any, **more: Any) -> Any:
            now = more.get("now", args[2])
            self._now = self._truth[now.tobytes()]
            return follow(*args, **more)

        def gathering(*args: Any) -> Any:
            x0, y0, x1, y1 = args[-1]
            self._part = self._now[y0:y1, x0:x1]
            return gathered(*args)

        def fusing(cues: fusion.Cues) -> Any:
            result = fuse(cues, weights)
            self._keep(fusion.prepared(cues), result)
            return result

        tracker.follow = catching_up.follow = following
        belief.gathered, belief.fuse = gathering, fusing
        try:
            yield
        finally:
            tracker.follow = catching_up.follow = follow
            belief.gathered, belief.fuse = gathered, fuse

    def _keep(self, cues: Any, result: Any) -> None:
        """Keep pixels near the outline and wrong ones more often, and let each stand for fewer."""
        truth = self._part
        blurred = cv2.GaussianBlur((truth > 0.5).astype(np.float32), (0, 0), 6)
        is_near = (blurred > 0.05) & (blurred < 0.95)
        likely = (0.15 + np.abs(result - truth) + 0.5 * is_near).ravel()
        likely = likely / likely.sum()
        count = min(KEPT, likely.size)
        chosen = self._random.choice(likely.size, count, p=likely)
        area = max(float(self._now.sum()), 30.0)
        self.samples.cues.append(cues[:, chosen].T.astype(np.float16))
        self.samples.truth.append(truth.ravel()[chosen].astype(np.float32))
        self.samples.weight.append((1 / (likely[chosen] * count * area)).astype(np.float32))


def drawn(count: int) -> Iterator[Sequence]:
    """Draw objects that other things pass in front of, which the recorded sequences hardly show."""
    for seed in range(count):
        random = np.random.default_rng(seed)
        far, near, front = (_texture(random) for _ in range(3))
        shape = np.zeros(SIZE, np.uint8)
        centre, radius = (SIZE[1] // 2, SIZE[0] // 2), random.uniform(35, 60)
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        ripple = 1 + 0.3 * np.sin(angles * random.integers(2, 6) + random.uniform(0, 6))
        outline = np.stack((np.cos(angles), np.sin(angles)), axis=1) * (radius * ripple)[:, None]
        cv2.fillPoly(shape, [np.round(outline + centre).astype(np.int32)], (255,))
        own, pan = random.uniform(-3, 3, 2), random.uniform(-2, 2, 2)
        width, speed = random.uniform(8, 30), random.uniform(6, 20)
        if random.random() < 0.5:
            front = np.full_like(front, random.integers(40, 215, 3))
        images, truth = [], []
        for t in range(DRAWN_FRAMES):
            moved = np.array([[1, 0, own[0] * t], [0, 1, own[1] * t]], np.float32)
            panned = np.array([[1, 0, pan[0] * t], [0, 1, pan[1] * t]], np.float32)
            mask = cv2.warpAffine(shape, moved, SIZE[::-1]) > 127
            object_ = cv2.warpAffine(near, moved, SIZE[::-1], borderMode=cv2.BORDER_REFLECT)
            image = cv2.warpAffine(far, panned, SIZE[::-1], borderMode=cv2.BORDER_REFLECT)
            image = np.where(mask[..., None], object_, image)
            hidden = np.abs(np.arange(SIZE[1]) - (SIZE[1] * 0.2 + speed * t)) < width
            images.append(np.where(hidden[None, :, None], front, image).astype(np.uint8))
            truth.append(mask & ~hidden)
        yield Sequence(f"drawn {seed}", images, truth)


def _texture(random: np.random.Generator) -> Any:
    """Draw colour noise of several sizes around a colour."""
    total = np.zeros((*SIZE, 3)) + random.uniform(70, 185, 3)
    for cell, strength in ((48, 50), (16, 35), (6, 15)):
        cells = random.uniform(-1, 1, (SIZE[0] // cell + 2, SIZE[1] // cell + 2, 3))
        total += strength * cv2.resize(cells, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
    return total.clip(0, 255).astype(np.uint8)


def fitted(samples: Samples, seed: int = 0) -> Weights:
    """Fit a network to samples by cross entropy."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    cues, truth = np.concatenate(samples.cues), np.concatenate(samples.truth)
    weight = np.concatenate(samples.weight)
    chosen = random.choice(len(cues), min(FITTED, len(cues)), replace=False)
    x = torch.from_numpy(cues[chosen].astype(np.float32))
    y = torch.from_numpy(truth[chosen])
    w = torch.from_numpy(weight[chosen]) * (1 + (MISS - 1) * y)
    w = (w / w.mean()).clamp(max=20)
    mean, spread = x.mean(0), x.std(0) + 1e-3
    z = (x - mean) / spread
    first, second = torch.nn.Linear(z.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 1)
    direct = torch.nn.Linear(z.shape[1], 1, bias=False)
    parameters = [*first.parameters(), *second.parameters(), *direct.parameters()]
    optimiser = torch.optim.AdamW(parameters, RATE, weight_decay=DECAY)
    steps = EPOCHS * -(-len(z) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(z)).split(BATCH):
            odds = (second(torch.relu(first(z[batch]))) + direct(z[batch]))[:, 0]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                odds, y[batch], weight=w[batch]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    a, b = (first.weight / spread).detach(), (direct.weight[0] / spread).detach()
    learned = 1 - PLAIN_SHARE
    return Weights(
        first=a.numpy(),
        first_bias=(first.bias - a @ mean).detach().numpy(),
        second=learned * second.weight[0].detach().numpy(),
        direct=learned * b.numpy() + PLAIN_SHARE * fusion.PLAIN.direct,
        bias=learned * float((second.bias[0] - b @ mean).detach()),
    )


def copies(sequence: Sequence) -> list[Sequence]:
    """Give a sequence as it is, backwards, and twice as fast."""
    name, images, truth = sequence.name, sequence.images, sequence.truth
    return [
        sequence,
        Sequence(f"{name}, backwards", images[::-1], truth[::-1]),
        Sequence(f"{name}, twice as fast", images[::2], truth[::2]),
    ]


def rounds(train: list[Sequence], count: int) -> Iterator[Weights]:
    """Play and learn in turns."""
    seen, weights = Samples(), fusion.PLAIN
    train = [copy for sequence in train for copy in copies(sequence)] + list(drawn(DRAWN))
    for number in range(count):
        for place, sequence in enumerate(train):
            for late in LATES:
                recorder = Recorder(sequence, seed=(number, place, late))
                with recorder.listening(weights):
                    score(sequence, late)
                seen.add(recorder.samples)
        weights = fitted(seen)
        yield weights


def score(sequence: Sequence, late: int) -> float:
    """Give J behind the late oracle."""
    follower, busy_with, scores = Tracker(), None, []
    for number, (image, truth) in enumerate(zip(sequence.images, sequence.truth, strict=True)):
        if busy_with is not None and number - busy_with >= late:
            follower.correct(busy_with, {1: sequence.truth[busy_with]})
            busy_with = None
        masks = follower.step(number, image)
        busy_with = number if busy_with is None else busy_with
        if number >= late:
            scores.append(iou(masks[1], truth))
    return float(np.mean(scores))


def tested(sequence: Sequence, weights: Weights, late: int) -> float:
    """Give J with these weights."""
    with Recorder(sequence, seed=(0,)).listening(weights):
        return score(sequence, late)


def prove(sequences: list[Sequence], count: int) -> None:
    """Score each half by what the other half taught, beside the plain sum."""
    halves = sequences[: len(sequences) // 2], sequences[len(sequences) // 2 :]
    print(f"{'left out':16s} {'late':>4s} {'plain':>6s} {'learned':>7s}")
    for train, test in (halves, halves[::-1]):
        *_, weights = rounds(train, count)
        for sequence in test:
            for late in LATES:
                plain, learned = (tested(sequence, w, late) for w in (fusion.PLAIN, weights))
                print(f"{sequence.name:16s} {late:4d} {plain:6.3f} {learned:7.3f}", flush=True)


def write(weights: Weights) -> None:
    """Write the weights as Python."""

    def block(name: str, values: Any) -> str:
        text = ", ".join(f"{value:.4g}" for value in values)
        lines = textwrap.wrap(text, 92, initial_indent="    ", subsequent_indent="    ")
        return f"{name}(\n" + "\n".join(lines) + ",\n)"

    rows = ",\n".join(block("", row) for row in weights.first)
    TARGET.write_text(
        '"""How the tracker weighs its cues. Made by benchmarks/fusion.py."""\n\n# fmt: off\n'
        f"FIRST = (\n{rows},\n)\n"
        + "\n".join(
            block(f"{name} = ", values)
            for name, values in (
                ("FIRST_BIAS", weights.first_bias),
                ("SECOND", weights.second),
                ("DIRECT", weights.direct),
            )
        )
        + f"\nBIAS = {weights.bias:.4g}\n"
    )


def main() -> None:
    """Learn and write, or prove."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--davis", type=Path, required=True, help="DAVIS 2016, 480p")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--prove", action="store_true", help="on sequences left out; write nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    started = time.monotonic()
    sequences = list(read_davis(options.davis))
    if options.prove:
        prove(sequences, options.rounds)
    else:
        *_, weights = rounds(sequences, options.rounds)
        write(weights)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
