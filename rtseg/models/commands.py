"""`rtseg models list | show | which | pull | verify`, as functions; an exit code comes back.

Exit codes: 0 all is well; 1 something is missing, corrupt or could not be had, or nothing answers.
A wrong name raises `UsageError`, which the command line shows in its own way.
"""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from rtseg.errors import BackendError, PeerError
from rtseg.models import lock as locks
from rtseg.models.availability import get_command, how_to_get, is_gated, missing_modules
from rtseg.models.catalogue import Entry
from rtseg.models.hardware import has_gpu
from rtseg.models.progress import ProgressBar, size_text
from rtseg.models.router import Route, Router
from rtseg.models.sources import FolderSource, HttpsSource, HubSource, PipSource
from rtseg.models.store import State, Store
from rtseg.types import Prompt


def list_models(
    store: Store | None = None, *, as_json: bool = False, out: TextIO | None = None
) -> int:
    """Show every model of the catalogue: what it answers, whether it is here, how to get it."""
    store, out = store or Store(), out or sys.stdout
    rows = [describe(entry, store) for entry in store.catalogue]
    if as_json:
        return _dump({"home": str(store.home), "models": rows}, out)
    cells = [["model", "answers", "speed", "quality", "licence", "size", "state"]]
    cells += [
        [
            row["name"],
            _answers(row),
            row["speed"],
            str(row["quality"]),
            row["licence"],
            _size(row),
            row["state"],
        ]
        for row in rows
    ]
    _table(cells, out)
    wanted = [row for row in rows if row["get"]]
    if wanted:
        out.write("\nto get what is missing:\n")
        for row in wanted:
            out.write(f"  {row['name']}: {row['get']}\n")
    out.write(
        f"\nkept in {store.home}; more of one: rtseg models show NAME; who would answer: "
        'rtseg models which "TEXT"\n'
    )
    return 0


def show_models(
    names: Sequence[str],
    store: Store | None = None,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Show all that is known of models."""
    store, out = store or Store(), out or sys.stdout
    rows = [describe(store.catalogue.entry(name), store) for name in names]
    if as_json:
        return _dump({"models": rows}, out)
    for row in rows:
        speed = f"{row['speed']}; runs on {', '.join(row['devices'])}"
        lines = {
            "answers": " or ".join(row["takes"]) + ("; a video model" if row["remembers"] else ""),
            "finds": "any words" if row["open_vocabulary"] else ", ".join(row["labels"]),
            "licence": row["licence"],
            "speed": speed,
            "quality": f"{row['quality']} of 9",
            "size": _size(row),
            "source": row["source"] or "none: it needs no files",
            "commit": row["commit"] or "",
            "needs": ", ".join(row["requires"]),
            "state": row["state"],
            "get": row["get"] or "",
            "folder": row["folder"] if row["source"] else "",
            "from": row["origin"],
            "note": row["note"],
        }
        out.write(f"{row['name']}: {row['title']}\n")
        for key, value in lines.items():
            if value:
                wrapped = textwrap.wrap(value, 88, break_long_words=False, break_on_hyphens=False)
                out.write(f"  {key:9}{(chr(10) + ' ' * 11).join(wrapped)}\n")
    return 0


def which_model(
    prompt: Prompt,
    store: Store | None = None,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Say who would answer a prompt here, why, and who would answer it better."""
    store, out = store or Store(), out or sys.stdout
    router = Router(store, has_gpu=has_gpu())
    route: Route | None = None
    error: str | None = None
    try:
        route = router.route(prompt)
    except (PeerError, BackendError) as caught:
        error = str(caught)
    candidates = () if prompt.is_empty else router.candidates(prompt)
    chosen = next((c for c in candidates if route and c.model == route.model), None)
    better = [
        c for c in candidates if not c.is_here and (chosen is None or c.quality > chosen.quality)
    ]
    others = [c for c in candidates if c.is_here and c is not chosen]
    if as_json:
        _dump(
            {
                "route": asdict(route) if route else None,
                "why": chosen.why if chosen else None,
                "error": error,
                "better": [asdict(c) for c in better],
                "others": [asdict(c) for c in others],
            },
            out,
        )
        return int(route is None)
    if route:
        pair = f" with {route.outliner}" if route.outliner else ""
        why = f": {chosen.why}" if chosen else ", as the prompt says"
        out.write(f"{route.model}{pair} answers, as {route.label!r}{why}\n")
    else:
        out.write(f"nothing here answers: {error}\n")
    better_is = "better" if route else "could"
    for title, group in (("also here", others), (better_is, better)):
        for candidate in group:
            get = f"; {candidate.get}" if candidate.get else ""
            gpu = "" if candidate.is_affordable or candidate.is_here else " with a GPU"
            out.write(f"{title}{gpu}: {candidate.model}: {candidate.why}{get}\n")
    return int(route is None)


def describe(entry: Entry, store: Store) -> dict[str, Any]:
    """Return what `list --json` says of one model; `get` is None where nothing is to be got.

    `state` is `"needs modules"` where the files are here and Python modules are not.
    """
    lock = locks.read(store.folder(entry.name), entry)
    state = str(store.state(entry.name))
    if state == State.READY and missing_modules(entry):
        state = "needs modules"
    return {
        "name": entry.name,
        "title": entry.title,
        "note": entry.note,
        "takes": sorted(entry.takes - {"mask"}),
        "labels": list(entry.labels),
        "open_vocabulary": entry.open_vocabulary,
        "remembers": entry.remembers,
        "licence": entry.licence,
        "speed": entry.speed,
        "quality": entry.quality,
        "devices": list(entry.devices),
        "requires": list(entry.requires),
        "size_bytes": entry.size_bytes,
        "about_bytes": entry.about_bytes,
        "download_bytes": entry.download_bytes,
        "source": _source(entry),
        "commit": lock.commit if lock else None,
        "folder": str(store.folder(entry.name)),
        "origin": entry.origin,
        "state": state,
        "get": get_command(entry, store) or how_to_get(entry, store) or None,
    }


def pull_models(
    names: Sequence[str],
    store: Store | None = None,
    *,
    every: bool = False,
    as_json: bool = False,
    out: TextIO | None = None,
    progress_to: TextIO | None = None,
) -> int:
    """Fetch models.

    Parameters
    ----------
    names : of the catalogue; all are checked before the first is fetched. None of them: those that
        run on this machine as it is and can be had without asking anybody.
    store : by default the user's.
    every : all of the catalogue.
    as_json : the report as JSON, on `out`.
    out : by default standard output.
    progress_to : where the bar goes, by default standard error.
    """
    store, out = store or Store(), out or sys.stdout
    entries = [store.catalogue.entry(name) for name in names]
    skipped: dict[str, str] = {}
    if not names:
        entries = list(store.catalogue)
        if not every:
            skipped = {e.name: why for e in entries if (why := _why_not_unasked(e))}
            entries = [entry for entry in entries if entry.name not in skipped]
    report: list[dict[str, Any]] = []
    for entry in entries:
        error = None
        try:
            with ProgressBar(_title(entry), progress_to) as bar:
                store.pull(entry.name, bar.update)
        except BackendError as caught:
            error = str(caught)
        report.append({"name": entry.name, "folder": str(store.folder(entry.name)), "error": error})
        if not as_json:
            ready = (
                f"ready in {store.folder(entry.name)}" if entry.source else "ready, has no files"
            )
            out.write(f"{entry.name}: {error or ready}\n")
    if as_json:
        _dump({"models": report, "skipped": skipped}, out)
    else:
        for name, why in skipped.items():
            out.write(f"{name}: left out, {why}; to have it: rtseg models pull {name}\n")
    return int(any(row["error"] for row in report))


def verify_models(
    names: Sequence[str],
    store: Store | None = None,
    *,
    as_json: bool = False,
    out: TextIO | None = None,
) -> int:
    """Hash the files of models, or of all that are here when none is named."""
    store, out = store or Store(), out or sys.stdout
    entries = [store.catalogue.entry(name) for name in names] or [
        entry
        for entry in store.catalogue
        if isinstance(entry.source, FolderSource) or store.folder(entry.name).exists()
    ]
    report = [
        {
            "name": entry.name,
            "file": str(check.path),
            "state": str(check.state),
            "problem": check.problem,
            "expected_sha256": check.expected_sha256,
            "found_sha256": check.found_sha256,
        }
        for entry in entries
        for check in store.verify(entry.name)
    ]
    bad = {row["name"] for row in report if row["state"] != State.READY}
    if as_json:
        _dump({"files": report}, out)
        return int(bool(bad))
    for row in report:
        unchecked = row["state"] == State.READY and row["expected_sha256"] is None
        problem = row["problem"] or ("its checksum is not known" if unchecked else "")
        out.write(f"{row['state']:8}{row['file']}{f'  ({problem})' if problem else ''}\n")
    for entry in entries:
        if entry.name in bad:
            own = isinstance(entry.source, FolderSource)
            do = "mend its files in" if own else "get it with:"
            where = store.folder(entry.name) if own else entry.pull_command
            out.write(f"{entry.name}: {do} {where}\n")
    if not report:
        out.write("no model's files are here; get some with: rtseg models pull\n")
    return int(bool(bad))


def _why_not_unasked(entry: Entry) -> str:
    """Say why a model is not fetched unless it is named; empty if it is."""
    if missing := missing_modules(entry):
        return f"it needs {' and '.join(missing)}"
    if is_gated(entry):
        return "its owner wants to be asked for access first"
    if entry.speed == "gpu" and not has_gpu():
        return "it wants a GPU"
    return "it is a folder of yours" if isinstance(entry.source, FolderSource) else ""


def _answers(row: dict[str, Any]) -> str:
    """Return what a model answers in a few words."""
    parts = []
    if row["open_vocabulary"]:
        parts.append("any words")
    elif labels := row["labels"]:
        few = ", ".join(labels[:_FEW])
        parts.append(few if len(labels) <= _FEW else f"{few} … ({len(labels)} words)")
    parts += [take for take in row["takes"] if take != "text"]
    if row["remembers"]:
        parts.append("video")
    return ", ".join(parts)


_FEW = 3


def _size(row: dict[str, Any]) -> str:
    if not row["source"] or str(row["source"]).startswith("folder"):
        return "-"
    if row["about_bytes"] is None:
        return "unknown"
    text = size_text(row["about_bytes"])
    if row["size_bytes"] is None:
        return f"about {text.replace('.0 ', ' ')}"
    if row["download_bytes"] not in (row["size_bytes"], None):
        return f"{text} (of {size_text(row['download_bytes'])})"
    return text


def _source(entry: Entry) -> str:
    source = entry.source
    match source:
        case PipSource():
            return f"pip: {source.requirement}"
        case HubSource():
            gated = ", gated" if source.gated else ""
            return f"hub: {source.repository} at {source.revision}{gated}"
        case HttpsSource():
            return f"https: {source.page or entry.files[0].urls[0]}"
        case FolderSource():
            return f"folder: {source.path}"
        case None:
            return ""


def _title(entry: Entry) -> str:
    what = entry.source.wheel if isinstance(entry.source, PipSource) else _source(entry)
    return f"{entry.name}: {what}"


def _table(cells: list[list[str]], out: TextIO) -> None:
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        out.write("  ".join(padded).rstrip() + "\n")


def _dump(document: dict[str, Any], out: TextIO) -> int:
    json.dump(document, out, indent=2, ensure_ascii=False)
    out.write("\n")
    return 0
