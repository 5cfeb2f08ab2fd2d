"""Models that a prompt needs and that are not on this machine yet."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rtseg.errors import ModelMissingError, PeerError
from rtseg.models import Entry, Router, State, Store
from rtseg.models.availability import missing_modules
from rtseg.models.catalogue import FolderSource
from rtseg.models.hardware import has_gpu
from rtseg.models.progress import ProgressBar
from rtseg.models.router import knows
from rtseg.types import Prompt

_SMALL_BYTES = 50_000_000
"""What is fetched without being asked for: the embedded models, not gigabytes."""


def fetch_missing(prompts: Sequence[Prompt], store: Store, *, pull: bool) -> None:
    """Fetch what prompts need that nothing on this machine can answer.

    A small model that runs on any processor is fetched as `rtseg demo` does it, with a progress
    bar on standard error; others only with `pull`. What cannot be had so is left to the router,
    whose error names the command.

    Raises
    ------
    BackendError
        Fetching failed.
    """
    router = Router(store, has_gpu=has_gpu())
    for prompt in prompts:
        try:
            router.route(prompt)
        except PeerError:
            continue  # nobody knows the words: there is nothing to fetch
        except ModelMissingError:
            if entry := _best_missing(prompt, store, pull=pull):
                sys.stderr.write(
                    f"fetching the model {entry.name!r} into {store.folder(entry.name)}\n"
                )
                with ProgressBar(entry.name) as bar:
                    store.pull(entry.name, bar.update)


def _best_missing(prompt: Prompt, store: Store, *, pull: bool) -> Entry | None:
    if prompt.model is not None:
        entries = [store.catalogue.entry(prompt.model)]
    else:
        entries = [entry for entry in store.catalogue if knows(entry, prompt.text)]
    gettable = [
        entry
        for entry in entries
        if not missing_modules(entry)
        and store.state(entry.name) is not State.READY
        and (_is_small(entry) or (pull and _can_be_pulled(entry)))
    ]
    return max(gettable, key=lambda e: (has_gpu() or e.speed != "gpu", e.quality), default=None)


def _is_small(entry: Entry) -> bool:
    return entry.speed == "camera" and 0 < (entry.download_bytes or 0) <= _SMALL_BYTES


def _can_be_pulled(entry: Entry) -> bool:
    return entry.source is not None and not isinstance(entry.source, FolderSource)
