"""From a prompt to the model that answers it, and why.

What can be done on this machine comes first: a model whose files or Python modules are not here is
named in the error, with the command that gets it, but never chosen. Among those that are here, one
that wants a GPU stands back where there is none; then the better one is taken.

=============================  ==================================================================
the prompt                     who answers
=============================  ==================================================================
words                          a model that knows them; a detector together with the best
                               promptable model
a point or a box               the best promptable model
words with a point or a box    a model that knows the words, of whose answers the touched one is
                               taken; if none knows them, the words are the object's name and a
                               promptable model answers
=============================  ==================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import ModelMissingError, PeerError
from rtseg.models.availability import how_to_get, is_available
from rtseg.models.catalogue import Entry
from rtseg.models.labels import label_for
from rtseg.models.store import Store
from rtseg.types import Prompt


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a prompt.

    Parameters
    ----------
    model : name in the catalogue, for `rtseg.models.load`.
    label : that model's own word for what the prompt names; for a model that knows no words, what
        the user called it, else `"object"`.
    outliner : for a detector, the promptable model that outlines its boxes; else None.
    """

    model: str
    label: str
    outliner: str | None = None


class Router:
    """Chooses models for prompts.

    Parameters
    ----------
    store : what is installed; its catalogue is what there is.
    has_gpu : models that want a GPU are preferred, not avoided.
    """

    def __init__(self, store: Store | None = None, *, has_gpu: bool = False) -> None:
        self._store = store or Store()
        self._has_gpu = has_gpu

    def route(self, prompt: Prompt) -> Route:
        """Return the best model here for a prompt.

        Raises
        ------
        PeerError
            `unknown_prompt`, status 400: no model knows the words; `invalid_request`: the prompt
            is empty, or names a model that does not take it.
        ModelMissingError
            Models know it, but none of them is on this machine; the message names the best and the
            command that gets it.
        UsageError
            The prompt names a model that is not in the catalogue.
        """
        if prompt.is_empty:
            raise PeerError(
                "expected words, a point or a box, got an empty prompt; say what to outline, such "
                "as 'person', or touch it",
                code="invalid_request",
            )
        if prompt.model is not None:
            return self._by_model(prompt, self._store.catalogue.entry(prompt.model))
        knowing = [entry for entry in self._store.catalogue if knows(entry, prompt.text)]
        if best := self._best(knowing):
            return self._route(best, prompt)
        if prompt.is_touch:
            return self._route(self._promptable(), prompt)
        if knowing:
            raise ModelMissingError(
                f"no model on this machine can outline {_shortened(prompt.text)!r}; "
                + " or ".join(
                    f"{entry.name} could: {how_to_get(entry, self._store)}"
                    for entry in sorted(knowing, key=lambda entry: -entry.quality)[:2]
                )
            )
        known = {
            label: None
            for entry in self._store.catalogue
            if is_available(entry, self._store)
            for label in entry.labels
        }
        raise PeerError(
            f"no model here can outline {_shortened(prompt.text)!r}; you can ask for: "
            f"{', '.join(known) or 'nothing by name'}; or touch what you mean",
            code="unknown_prompt",
        )

    def is_answered(self, text: str) -> bool:
        """Say whether a model on this machine knows these words."""
        return any(
            knows(entry, text) and is_available(entry, self._store)
            for entry in self._store.catalogue
        )

    def promptable(self) -> str:
        """Return the best model here that outlines anything from a point or a box."""
        return self._promptable().name

    def follower(self) -> str | None:
        """Return the best video model here that follows what was prompted; None if there is none."""
        entries = [e for e in self._store.catalogue if e.is_promptable and e.remembers]
        best = self._best(entries)
        return best.name if best and self._affordable(best) else None

    def _by_model(self, prompt: Prompt, entry: Entry) -> Route:
        if not is_available(entry, self._store):
            raise ModelMissingError(
                f"model {entry.name!r} is not on this machine; {how_to_get(entry, self._store)}"
            )
        if knows(entry, prompt.text) or (prompt.is_touch and entry.is_promptable):
            return self._route(entry, prompt)
        takes = ", ".join(entry.labels) or " or ".join(sorted(entry.takes - {"mask"}))
        raise PeerError(
            f"model {entry.name!r} cannot outline {_shortened(prompt.text)!r}; it takes: {takes}",
            code="unknown_prompt",
        )

    def _route(self, entry: Entry, prompt: Prompt) -> Route:
        if entry.role == "detector":
            outliner = self._promptable().name
        else:
            outliner = None
        label = (label_for(prompt.text, entry) if entry.labels else None) or " ".join(
            prompt.text.split()
        )
        return Route(entry.name, label or "object", outliner)

    def _promptable(self) -> Entry:
        best = self._best([entry for entry in self._store.catalogue if entry.is_promptable])
        if best is None:
            raise ModelMissingError(
                "no model on this machine outlines what is touched; the catalogue has no "
                "promptable model that is installed"
            )
        return best

    def _best(self, entries: list[Entry]) -> Entry | None:
        here = [entry for entry in entries if is_available(entry, self._store)]
        return max(here, key=lambda e: (self._affordable(e), e.quality), default=None)

    def _affordable(self, entry: Entry) -> bool:
        return self._has_gpu or entry.speed != "gpu"


def knows(entry: Entry, text: str) -> bool:
    """Say whether a model can be asked for these words."""
    if "text" not in entry.takes or not text.strip():
        return False
    return entry.open_vocabulary or label_for(text, entry) is not None


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
