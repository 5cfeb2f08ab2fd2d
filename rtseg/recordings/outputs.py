"""What `rtseg track` writes, frame by frame. A file is there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol, TextIO

from rtseg.errors import UsageError
from rtseg.formats import Dataset, draw, mask_png, object_record, svg_document
from rtseg.formats.choosing import Plan, file_name
from rtseg.formats.mask_png import encode_png
from rtseg.formats.overlay import video_tag
from rtseg.formats.whole import whole_file, write_whole
from rtseg.recordings.beside import beside as side_by_side
from rtseg.recordings.following import Seen
from rtseg.recordings.sheet import Sheet
from rtseg.recordings.video_file import VideoFile
from rtseg.types import Image

VIDEOS = (".mp4", ".mkv", ".mov")

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "overlay": VIDEOS,
    "masks": (),
    "svg": (),
    "jsonl": (".jsonl",),
    "coco": (".json",),
    "coco-polygons": (".json",),
}
"""Formats, with the suffixes of files that hold one of them alone."""


class _Output(Protocol):
    """One format of one recording."""

    def add(self, seen: Seen) -> None: ...

    def close(self) -> Path | None:
        """Write what is still to be written; return where it all is, None if there is nothing."""

    def abandon(self) -> None:
        """Leave nothing open; called instead of `close` after an error."""


class Outputs:
    """All that is written of a recording; leaving the block with an error leaves no half file.

    Parameters
    ----------
    plan : what and where.
    stem : name of the recording.
    fps : its rate, about.
    sheet : where the contact sheet goes; None for none.
    beside : where the video goes that shows what was heard beside what is followed; None for none.
    """

    def __init__(
        self, plan: Plan, stem: str, fps: float, sheet: Path | None, beside: Path | None = None
    ) -> None:
        self._outputs: list[_Output] = []
        self._taken: set[Path] = set()
        self._whole = contextlib.ExitStack()
        try:
            self._begin(plan, stem, fps, sheet, beside)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise

    def _begin(
        self, plan: Plan, stem: str, fps: float, sheet: Path | None, beside: Path | None
    ) -> None:
        folder = plan.folder or Path()
        for name in plan.formats:
            if name == "masks":
                self._outputs.append(_Masks(folder / f"{stem}-masks"))
            elif name == "svg":
                self._outputs.append(_Svgs(folder / f"{stem}-svg"))
            elif name == "overlay":
                path = plan.file or folder / f"{stem}-outlined.mp4"
                self._outputs.append(_Video(path, self._part(path), fps, _outlined))
            elif name == "jsonl":
                path = plan.file or folder / f"{stem}.jsonl"
                self._outputs.append(_Lines(path, self._part(path)))
            elif name in {"coco", "coco-polygons"}:
                path = plan.file or folder / f"{stem}.{name}.json"
                self._outputs.append(_Coco(path, stem, name))
        if sheet is not None:
            self._outputs.append(_SheetFile(sheet))
        if beside is not None:
            if beside.suffix.lower() not in VIDEOS:
                raise UsageError(
                    f"--beside {beside}: expected a file that ends in {', '.join(VIDEOS)}"
                )
            self._outputs.append(_Video(beside, self._part(beside), fps, side_by_side))

    def _part(self, path: Path) -> Path:
        if path.resolve() in self._taken:
            raise UsageError(f"{path}: two outputs would go there; name another file for one")
        self._taken.add(path.resolve())
        return self._whole.enter_context(whole_file(path))

    def __enter__(self) -> Outputs:
        return self

    def add(self, seen: Seen) -> None:
        """Take the next frame."""
        for output in self._outputs:
            output.add(seen)

    def close(self) -> list[Path]:
        """Finish all files; return them."""
        written = [output.close() for output in self._outputs]
        self._outputs.clear()
        self._whole.close()
        return [path for path in written if path is not None]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for output in self._outputs:
            output.abandon()
        self._outputs.clear()
        self._whole.__exit__(kind, error, trace)


def _outlined(seen: Seen) -> Image:
    """Draw outlines into the picture."""
    return draw(seen.shot.image, seen.objects, tags=[video_tag(one) for one in seen.objects])


class _Video:
    """A video of something drawn of each frame; it begins at second 0."""

    def __init__(self, path: Path, part: Path, fps: float, drawn: Callable[[Seen], Image]) -> None:
        self._path = path
        self._part = part
        self._fps = fps
        self._drawn = drawn
        self._file: VideoFile | None = None
        self._first_s = 0.0

    def add(self, seen: Seen) -> None:
        picture = self._drawn(seen)
        if self._file is None:
            self._first_s = seen.shot.at_s
            self._file = VideoFile(self._part, (picture.shape[1], picture.shape[0]), self._fps)
        self._file.add(seen.shot.at_s - self._first_s, picture)

    def close(self) -> Path | None:
        if self._file is not None:
            self._file.close()
        return self._path

    def abandon(self) -> None:
        if self._file is not None:
            self._file.abandon()


class _Masks:
    """A folder for each object, a PNG for each frame that it is seen in, by the frame's number."""

    def __init__(self, folder: Path) -> None:
        self._folder = _fresh(folder)
        self._names: dict[int, str] = {}

    def add(self, seen: Seen) -> None:
        for one in seen.objects:
            name = self._names.setdefault(one.id, f"{one.id}-{file_name(one.label)}")
            write_whole(self._folder / name / f"{seen.shot.index:06d}.png", mask_png(one.mask))

    def close(self) -> Path | None:
        return self._folder if self._names else None

    def abandon(self) -> None: ...


class _Svgs:
    """An SVG for each frame, by its number; one without a path where nothing is seen."""

    def __init__(self, folder: Path) -> None:
        self._folder = _fresh(folder)

    def add(self, seen: Seen) -> None:
        height, width = seen.shot.image.shape[:2]
        path = self._folder / f"{seen.shot.index:06d}.svg"
        write_whole(path, svg_document(seen.objects, (width, height)))

    def close(self) -> Path | None:
        return self._folder

    def abandon(self) -> None: ...


class _Lines:
    """A line of JSON for each frame."""

    def __init__(self, path: Path, part: Path) -> None:
        self._path = path
        self._file: TextIO = part.open("w", encoding="utf-8")

    def add(self, seen: Seen) -> None:
        height, width = seen.shot.image.shape[:2]
        record = {
            "frame": seen.shot.index,
            "time_s": round(seen.shot.at_s, 6),
            "width": width,
            "height": height,
            "objects": [object_record(one, with_age=True) for one in seen.objects],
        }
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def close(self) -> Path | None:
        self._file.close()
        return self._path

    def abandon(self) -> None:
        self._file.close()


class _Coco:
    """One COCO file, an image for each frame."""

    def __init__(self, path: Path, stem: str, name: str) -> None:
        self._path = path
        self._stem = stem
        self._data = Dataset("rle" if name == "coco" else "polygons")
        self._video: int | None = None

    def add(self, seen: Seen) -> None:
        height, width = seen.shot.image.shape[:2]
        if self._video is None:
            self._video = self._data.add_video(self._stem, (width, height))
        self._data.add(
            f"{self._stem}/{seen.shot.index:06d}.jpg",
            (width, height),
            seen.objects,
            video_id=self._video,
            frame=seen.shot.index,
            time_s=seen.shot.at_s,
        )

    def close(self) -> Path | None:
        write_whole(self._path, json.dumps(self._data.as_json(), ensure_ascii=False))
        return self._path

    def abandon(self) -> None: ...


class _SheetFile:
    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != ".png":
            raise UsageError(f"--sheet {path}: expected a file that ends in .png")
        self._path = path
        self._sheet = Sheet()

    def add(self, seen: Seen) -> None:
        self._sheet.add(seen)

    def close(self) -> Path | None:
        write_whole(self._path, encode_png(self._sheet.picture()))
        return self._path

    def abandon(self) -> None: ...


def _fresh(folder: Path) -> Path:
    """Return a folder that may be written to, without the files of a longer run before.

    Raises
    ------
    UsageError
        There is something else in it than such files, or it cannot be made.
    """
    if folder.exists():
        try:
            is_empty = not any(folder.iterdir())
        except OSError as error:
            raise UsageError(f"{folder}: cannot be read ({error.strerror})") from None
        if not is_empty:
            raise UsageError(
                f"{folder}: there are files of another run in it; remove it, or name another "
                "folder with --output"
            )
    return folder
