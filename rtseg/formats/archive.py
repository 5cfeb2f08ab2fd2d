"""One zip file of several formats, the same bytes for the same objects."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from rtseg.formats.picture import File, Format, Picture, Writer
from rtseg.version import __version__

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""Zip knows no time before. The time of writing would make each archive another."""

_PACKED = (".png", ".jpg", ".jpeg", ".webp")
"""To deflate these again takes time and saves nothing."""


class Archive:
    """Writes pictures in several formats into one zip, with a README.txt that says what is what.

    Parameters
    ----------
    formats : by name, with a `title` for each.
    """

    def __init__(self, formats: Mapping[str, Format]) -> None:
        self._formats = formats
        self._writers: Mapping[str, Writer] = {
            name: each.writer() for name, each in formats.items()
        }
        self._files: dict[str, list[str]] = {name: [] for name in formats}
        self._contents: list[File] = []

    def add(self, stem: str, picture: Picture) -> list[File]:
        for name, writer in self._writers.items():
            if picture.objects or not self._formats[name].is_drawn:
                self._put(name, writer.add(stem, picture))
        return []

    def close(self) -> list[File]:
        for name, writer in self._writers.items():
            self._put(name, writer.close())
        readme = File("README.txt", self._readme().encode(), "text/plain")
        return [File("objects.zip", pack([*self._contents, readme]), "application/zip")]

    def _put(self, name: str, files: list[File]) -> None:
        # Zipped at the end alone: a run that fails before it leaves no half of an archive open.
        self._contents += files
        self._files[name] += [file.name for file in files]

    def _readme(self) -> str:
        parts = [f"What rtseg {__version__} outlined.\n"]
        for name, files in self._files.items():
            if files:
                parts.append(f"\n{name}: {self._formats[name].title}\n")
                parts += [f"    {file}\n" for file in files]
        return "".join(parts)


def pack(files: list[File]) -> bytes:
    """Put files into a zip and nothing else: files that anybody may read, from no time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _EARLIEST)
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = 0o644 << 16
            is_packed = file.name.endswith(_PACKED)
            entry.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.content)
    return content.getvalue()
