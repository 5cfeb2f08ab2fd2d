"""Tables as text and as Markdown; and into a page of the documentation that keeps a place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rtseg.errors import UsageError


@dataclass(frozen=True, slots=True)
class Table:
    """Words and numbers in columns.

    Parameters
    ----------
    title : what it is of.
    columns : their heads; the first is of the names of the rows.
    rows : as many cells each; the first is the name.
    note : what to know besides; may be empty.
    is_detail : left out of the documentation.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    is_detail: bool = False


def as_text(found: Iterable[Table]) -> str:
    """Lay tables out for a terminal."""
    return "\n\n".join("\n".join(_lines(table)) for table in found)


def _lines(table: Table) -> Iterable[str]:
    yield table.title
    grid = (table.columns, *table.rows)
    widths = [max(len(row[column]) for row in grid) for column in range(len(table.columns))]
    for row in grid:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(["  " + row[0].ljust(widths[0]), *cells]).rstrip()
    if table.note:
        yield f"  {table.note}"


def as_markdown(found: Iterable[Table]) -> str:
    """Write tables for a page, those of details left out."""
    parts = []
    for table in found:
        if table.is_detail:
            continue
        lines = [
            f"**{table.title}**",
            "",
            _row(table.columns),
            _row(["---", *["---:"] * (len(table.columns) - 1)]),
            *map(_row, table.rows),
        ]
        if table.note:
            lines += ["", f"{table.note[0].upper()}{table.note[1:]}."]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


class Place:
    """The part of a page that a benchmark writes.

    Parameters
    ----------
    page : its file.
    what : the benchmark, `rtseg bench WHAT`: the marks around the place name it.

    Raises
    ------
    UsageError
        There is no such page, or no such place in it.
    """

    def __init__(self, page: Path, what: str) -> None:
        self._page = page
        self._begin, self._end = marks(what)
        self._around()

    def write(self, text: str) -> None:
        """Put text there instead of what is there.

        Raises
        ------
        UsageError
            The place is gone.
        """
        before, after = self._around()
        self._page.write_text(f"{before}\n\n{text}\n\n{after}", encoding="utf-8")

    def _around(self) -> tuple[str, str]:
        """Give what stands before and after it, marks included."""
        if not self._page.is_file():
            raise UsageError(f"--page: there is no file {self._page}")
        before, begin, rest = self._page.read_text(encoding="utf-8").partition(self._begin)
        _, end, after = rest.partition(self._end)
        if not begin or not end:
            raise UsageError(
                f"--page: expected the lines {self._begin} and {self._end} in {self._page}, got a "
                "page without them; write them where the tables shall be"
            )
        return before + begin, end + after


def marks(what: str) -> tuple[str, str]:
    """Give the lines between which a page has the tables of `rtseg bench WHAT`."""
    return f"<!-- rtseg bench {what}: begin -->", f"<!-- rtseg bench {what}: end -->"
