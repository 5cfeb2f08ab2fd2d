"""Pictures to ask models about: frames of DAVIS with their truth, of clips, or drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from rtseg.bench.davis import frames_of, read_image, read_mask, sequences_in
from rtseg.bench.figure import draw_person
from rtseg.errors import UsageError
from rtseg.geometry import box_of
from rtseg.types import BoolMask, Box, Image, Point

WORDS = {
    "bear": ("bear",),
    "blackswan": ("bird",),
    "bmx-bumps": ("person", "bicycle"),
    "bmx-trees": ("person", "bicycle"),
    "boat": ("boat",),
    "breakdance": ("person",),
    "breakdance-flare": ("person",),
    "bus": ("bus",),
    "car-roundabout": ("car",),
    "car-shadow": ("car",),
    "car-turn": ("car",),
    "cows": ("cow",),
    "dance-jump": ("person",),
    "dance-twirl": ("person",),
    "dog": ("dog",),
    "dog-agility": ("dog",),
    "drift-chicane": ("car",),
    "drift-straight": ("car",),
    "drift-turn": ("car",),
    "elephant": ("elephant",),
    "flamingo": ("bird",),
    "hike": ("person",),
    "hockey": ("person",),
    "horsejump-high": ("person", "horse"),
    "horsejump-low": ("person", "horse"),
    "kite-surf": ("person",),
    "kite-walk": ("person",),
    "libby": ("dog",),
    "lucia": ("person",),
    "mallard-fly": ("bird",),
    "mallard-water": ("bird",),
    "motocross-bumps": ("person", "motorcycle"),
    "motocross-jump": ("person", "motorcycle"),
    "motorbike": ("person", "motorcycle"),
    "parkour": ("person",),
    "rollerblade": ("person",),
    "scooter-black": ("person", "motorcycle"),
    "scooter-gray": ("person", "motorcycle"),
    "soapbox": ("person",),
    "soccerball": ("sports ball",),
    "surf": ("person", "surfboard"),
    "swing": ("person",),
    "tennis": ("person",),
    "train": ("train",),
}
"""What the one mask of a DAVIS 2016 sequence holds, in COCO's words. Rider and mount are one mask
there. Soapbox's cart, and what kites, rackets and clothes hang on people, have no word: the mask
holds more than the words name."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture, and what is known of it.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR.
    truth : (H, W) bool, at least one pixel True; None where it is not known.
    words : that name what the truth holds; empty where there are none.
    """

    image: Image
    truth: BoolMask | None = None
    words: tuple[str, ...] = ()

    @property
    def box(self) -> Box:
        """Around the truth; without one, the middle half of the picture."""
        if self.truth is None:
            return Box(0.25, 0.25, 0.75, 0.75)
        return box_around(self.truth)

    @property
    def click(self) -> Point:
        """The truth's innermost point; without one, the middle of the picture."""
        if self.truth is None:
            return Point(0.5, 0.5)
        return innermost_of(self.truth)

    def resized(self, width: int, height: int) -> Scene:
        """Return it at another size."""
        image = cv2.resize(self.image, (width, height), interpolation=cv2.INTER_AREA)
        truth = self.truth
        if truth is not None:
            small = cv2.resize(truth.astype(np.uint8), (width, height))
            truth = small > 0 if (small > 0).any() else None
        return Scene(np.asarray(image, np.uint8), truth, self.words)


def box_around(mask: BoolMask) -> Box:
    """Return the tight box of a mask, (H, W), that is not empty: what one would draw."""
    height, width = mask.shape
    return Box.from_px(box_of(mask), width, height)


def innermost_of(mask: BoolMask) -> Point:
    """Return the place of a mask, (H, W), that is farthest from its edge: what one would click."""
    height, width = mask.shape
    # A border of nothing: the picture's edge is an edge of what it cuts off.
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return Point(float((column + 0.5) / width), float((row + 0.5) / height))


def read_scenes(folder: Path, *, every: int) -> Iterator[tuple[str, list[Scene]]]:
    """Read every so many frames of each sequence of a DAVIS 2016 folder.

    Frames on which the object is not to be seen are left out.

    Raises
    ------
    UsageError
        As of `rtseg.bench.davis`.
    """
    for name in sequences_in(folder):
        scenes = []
        for picture, mask in frames_of(folder, name)[::every]:
            truth = read_mask(mask)
            if truth.any():
                scenes.append(Scene(read_image(picture), truth, WORDS.get(name, ())))
        yield name, scenes


def read_clips(paths: Sequence[Path]) -> list[Scene]:
    """Take the frame in the middle of each clip; what is on it is not known.

    Raises
    ------
    UsageError
        A file is no video.
    """
    scenes = []
    for path in paths:
        video = cv2.VideoCapture(str(path))
        video.set(cv2.CAP_PROP_POS_FRAMES, video.get(cv2.CAP_PROP_FRAME_COUNT) // 2)
        is_there, image = video.read()
        video.release()
        if not is_there:
            raise UsageError(f"--clips: expected a video, and {path} gives no frame")
        scenes.append(Scene(np.asarray(image, np.uint8)))
    return scenes


def read_footage(paths: Sequence[Path], frames: int, size: tuple[int, int]) -> list[Image]:
    """Take frames that follow one another, as a camera gives them.

    Parameters
    ----------
    paths : videos; as many frames of each, from its middle on. None: a drawn person who waves.
    frames : how many in all, about.
    size : (width, height) to scale them to, pixels.
    """
    if not paths:
        return [draw_person(n / 30, size)[0] for n in range(frames)]
    found = []
    for path in paths:
        video = cv2.VideoCapture(str(path))
        video.set(cv2.CAP_PROP_POS_FRAMES, video.get(cv2.CAP_PROP_FRAME_COUNT) // 2)
        for _ in range(max(1, frames // len(paths))):
            is_there, image = video.read()
            if not is_there:
                break
            scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            found.append(scaled.astype(np.uint8, copy=False))
        video.release()
    return found


def drawn() -> list[Scene]:
    """Draw a person: where there are no pictures, a speed can still be taken."""
    return [Scene(*draw_person(0.5, (640, 360)), words=("person",))]
