"""Tables as text and as Markdown; and into a page that keeps a place for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rtseg.bench.track.tables import Table
from rtseg.errors import UsageError


def marks(of: str = "track") -> tuple[str, str]:
    """Return the lines between which a page keeps the tables of ``rtseg bench …``."""
    return f"<!-- rtseg bench {of}: begin -->", f"<!-- rtseg bench {of}: end -->"


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


def place_in(page: Path, of: str = "track") -> tuple[str, str]:
    """Return what stands before and after the place for tables in a page, marks included.

    Parameters
    ----------
    of : the measurement whose tables they are.

    Raises
    ------
    UsageError
        If there is no such page, or no such place in it.
    """
    if not page.is_file():
        raise UsageError(f"--page: there is no file {page}")
    first, last = marks(of)
    before, begin, rest = page.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise UsageError(
            f"--page: expected the lines {first} and {last} in {page}, got a page "
            "without them; write them where the tables shall be"
        )
    return before + begin, end + after


def write_into(page: Path, text: str, of: str = "track") -> None:
    """Put text into the place that a page keeps for it.

    Raises
    ------
    UsageError
        As of `place_in`.
    """
    before, after = place_in(page, of)
    page.write_text(f"{before}\n\n{text}\n\n{after}", encoding="utf-8")
