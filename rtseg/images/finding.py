"""Prompts on one image: chosen models, run once each, one list of what they found.

`Search` is the pure half: what to ask which model, and what the answers come to. `find` asks on the
caller's thread; a server asks on the threads of its devices.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from rtseg.errors import PeerError, UsageError
from rtseg.formats import Outlined
from rtseg.models import (
    Answer,
    Catalogue,
    Detection,
    Instance,
    Loader,
    ModelInfo,
    Request,
    Route,
    Router,
    Segmenter,
    Store,
)
from rtseg.models.hardware import has_gpu
from rtseg.models.router import knows
from rtseg.models.selection import select
from rtseg.types import Image, Prompt

_one_at_a_time = threading.Lock()
"""A segmenter is called from one thread at a time, and a person's threads may be many."""


class LoadsModels(Protocol):
    """What `rtseg.models.Loader` does: give a model by its name."""

    def load(self, name: str) -> Segmenter: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask one model.

    Parameters
    ----------
    model : of the catalogue.
    prompts : for its `Request`.
    positions : for each, that of the prompt it stands for in the search.
    """

    model: str
    prompts: tuple[Prompt, ...]
    positions: tuple[int, ...]

    def request(
        self, image: Image, on_boxes: Callable[[tuple[Detection, ...]], None] | None = None
    ) -> Request:
        """Return what to ask; boxes are told by the positions of the search's prompts."""

        def tell(boxes: tuple[Detection, ...]) -> None:
            assert on_boxes is not None
            on_boxes(tuple(replace(box, prompt=self.positions[box.prompt]) for box in boxes))

        return Request(image, self.prompts, on_boxes=tell if on_boxes else None)


class Search:
    """Prompts on one image: what to ask, and what was found.

    Parameters
    ----------
    prompts : as of `find`.
    routes : the model of each.
    catalogue : that the routes were chosen from.
    """

    def __init__(
        self, prompts: Sequence[Prompt], routes: Sequence[Route], catalogue: Catalogue
    ) -> None:
        self._prompts = tuple(prompts)
        self._routes = tuple(routes)
        self._catalogue = catalogue
        # A model that knows the words finds all such things; which one is touched is decided
        # here. To any other the words are a name, and the touch is all there is.
        self._by_words = [
            knows(catalogue.entry(route.model), prompt.text)
            for prompt, route in zip(prompts, routes, strict=True)
        ]
        self._found: list[list[Outlined]] = [[] for _ in prompts]
        names = dict.fromkeys(route.model for route in routes)
        self.questions = tuple(self._question(name) for name in names)

    def _question(self, model: str) -> Question:
        positions = tuple(i for i, route in enumerate(self._routes) if route.model == model)
        asked = tuple(
            Prompt(self._prompts[i].text)
            if self._by_words[i]
            else replace(self._prompts[i], text="")
            for i in positions
        )
        return Question(model, asked, positions)

    def take(
        self, question: Question, answer: Answer, info: ModelInfo, shape: tuple[int, int]
    ) -> None:
        """Take a model's answer to one of the questions, for a picture of shape (H, W)."""
        for position, i in enumerate(question.positions):
            chosen = answer.of(position)
            if self._by_words[i]:
                chosen = select(chosen, self._prompts[i], shape, merges=info.merges)
            self._found[i] = [self._outlined(one, i, info) for one in chosen]

    def _outlined(self, one: Instance, i: int, info: ModelInfo) -> Outlined:
        route = self._routes[i]
        label = one.label or route.label
        is_thing = label not in self._catalogue.entry(route.model).stuff
        return Outlined(0, label, one.score, one.mask, info.name, i, is_thing=is_thing)

    def found(self) -> tuple[Outlined, ...]:
        """Return what was found so far, in the order of the prompts; ids count from 1."""
        everything = [one for of_prompt in self._found for one in of_prompt]
        return tuple(replace(one, id=number) for number, one in enumerate(everything, 1))


def find(
    image: Image,
    prompts: Sequence[Prompt],
    *,
    store: Store | None = None,
    device: str = "auto",
    loader: LoadsModels | None = None,
    on_boxes: Callable[[tuple[Detection, ...]], None] | None = None,
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
    on_boxes : told where things are by models that know it before they outline them;
        `Detection.prompt` is a position in `prompts`. Beside a touch, all things of its words are
        told: which one is meant shows later.

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
    search = Search(prompts, choose(prompts, store), store.catalogue)
    loader = loader or shared_loader(store, device)
    with _one_at_a_time:
        for question in search.questions:
            model = loader.load(question.model)
            (answer,) = model.segment([question.request(image, on_boxes)])
            search.take(question, answer, model.info, (image.shape[0], image.shape[1]))
    return search.found()


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
