"""Prompts on one image: chosen models, run once each, one list of what they found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from rtseg.errors import PeerError, UsageError
from rtseg.formats import Outlined
from rtseg.models import Catalogue, Loader, Request, Route, Router, Segmenter, Store
from rtseg.models.hardware import has_gpu
from rtseg.models.router import knows
from rtseg.models.selection import select
from rtseg.types import Image, Prompt

_one_at_a_time = threading.Lock()
"""A segmenter is called from one thread at a time, and a person's threads may be many."""


class LoadsModels(Protocol):
    """What `rtseg.models.Loader` does: give a model by its name."""

    def load(self, name: str) -> Segmenter: ...


def find(
    image: Image,
    prompts: Sequence[Prompt],
    *,
    store: Store | None = None,
    device: str = "auto",
    loader: LoadsModels | None = None,
) -> tuple[Outlined, ...]:
    """Outline what prompts name in one image.

    Models are loaded once for the process. Calls from several threads take turns.

    Parameters
    ----------
    image : (H, W, 3) uint8 BGR.
    prompts : at least one.
    store : where models are; by default the user's. Nothing is fetched.
    device : as of `rtseg.models.load`.
    loader : where models come from; by default one for this process, store and device.

    Returns
    -------
    What was found, in the order of the prompts, surest first; ids count from 1. A prompt that
    nothing answers was looked for and is not there.

    Raises
    ------
    UsageError
        `image` is not such an array, a prompt says nothing, or no model knows its words.
    ModelMissingError
        Models know them, and none is on this machine; the message names the command to get it.
    BackendError
        A model failed.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.name != "uint8" or not image.size:
        raise UsageError(f"expected an image (H, W, 3) uint8 BGR, got {image.shape} {image.dtype}")
    store = store or Store()
    routes = choose(prompts, store)
    loader = loader or shared_loader(store, device)
    with _one_at_a_time:
        found: list[list[Outlined]] = [[] for _ in prompts]
        for name in dict.fromkeys(route.model for route in routes):
            model = loader.load(name)
            mine = [i for i, route in enumerate(routes) if route.model == name]
            # A model that knows the words finds all such things; which one is touched is decided
            # here. To any other the words are a name, and the touch is all there is.
            by_words = [knows(store.catalogue.entry(name), prompts[i].text) for i in mine]
            asked = tuple(
                Prompt(prompts[i].text) if words else replace(prompts[i], text="")
                for i, words in zip(mine, by_words, strict=True)
            )
            (answer,) = model.segment([Request(image, asked)])
            for position, i in enumerate(mine):
                chosen = answer.of(position)
                if by_words[position]:
                    shape = image.shape[0], image.shape[1]
                    chosen = select(chosen, prompts[i], shape, merges=model.info.merges)
                found[i] = [
                    Outlined(
                        0, one.label or routes[i].label, one.score, one.mask, model.info.name, i
                    )
                    for one in chosen
                ]
    everything = [one for of_prompt in found for one in of_prompt]
    return tuple(replace(one, id=number) for number, one in enumerate(everything, 1))


def choose(prompts: Sequence[Prompt], store: Store) -> list[Route]:
    """Choose a model for each prompt.

    Raises
    ------
    UsageError, ModelMissingError
        As `find`.
    """
    if not prompts:
        raise UsageError("expected at least one prompt: words, a point or a box")
    router = Router(store, has_gpu=has_gpu())
    try:
        return [router.route(prompt) for prompt in prompts]
    except PeerError as error:
        # The router speaks to a server's clients; here the caller is the one who prompts.
        raise UsageError(str(error)) from None


def shared_loader(store: Store, device: str) -> Loader:
    """Return this process's loader for a store and a device."""
    return _loaders.setdefault((store.home, store.catalogue, device), Loader(store, device))


_loaders: dict[tuple[Path, Catalogue, str], Loader] = {}
