"""From a prompt to the model that answers it, and why.

What can be done on this machine comes first: a model whose files or Python modules are not here is
named in the error, with the command that gets it, but never chosen.

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

Among those that are here, one that wants a GPU stands back where there is none; then, for a touch,
one that cannot tell things of a kind apart; then the better one is taken. A detector's outlines are
those of the promptable model that draws them, so the pair is as good as the worse of the two.
"""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import ModelMissingError, PeerError
from rtseg.models.availability import how_to_get, is_available, is_gated, missing_modules
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that could answer a prompt, and how it stands.

    Parameters
    ----------
    model : name in the catalogue.
    outliner : for a detector, the promptable model that would outline its boxes; None if there is
        none here, or it is no detector.
    quality : 0 … 9, of the outlines: a detector's are those of its outliner.
    is_here : it could be loaded now.
    is_affordable : it runs on this machine at a useful rate.
    why : all of this in words.
    get : the commands that get it; empty if it is here.
    """

    model: str
    outliner: str | None
    quality: int
    is_here: bool
    is_affordable: bool
    why: str
    get: str


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
            `unknown_prompt`, status 400: no model knows the words, except those for any words,
            which are not here; or the model that the prompt names does not; `invalid_request`:
            the prompt is empty.
        ModelMissingError
            Models know it, but none of them is on this machine; the message names the quickest to
            have, the best that needs no more Python modules and the best, each with the command
            that gets it.
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
            entry = self._store.catalogue.entry(prompt.model)
            if not _takes(entry, prompt):
                raise PeerError(_does_not_take(entry, prompt), code="unknown_prompt")
            if not is_available(entry, self._store):
                raise ModelMissingError(
                    f"model {entry.name!r} is not on this machine; {how_to_get(entry, self._store)}"
                )
            return self._route(entry, prompt)
        candidates = self.candidates(prompt)
        if candidates and candidates[0].is_here:
            return self._route(self._store.catalogue.entry(candidates[0].model), prompt)
        named = [c for c in candidates if not self._is_open(c)]
        if named or (candidates and prompt.is_touch):
            raise ModelMissingError(
                f"no model on this machine can outline {_named(prompt)}; "
                + "; or ".join(
                    f"{c.model} could: {c.get}" for c in self._worth_naming(candidates, prompt.text)
                )
            )
        if prompt.is_touch:
            raise ModelMissingError(
                "no model on this machine outlines what is touched, and the catalogue has none "
                "that could; an entry that takes points and boxes is missing from it"
            )
        raise PeerError(
            f"no model here can outline {_named(prompt)}; you can ask for: {self._known_words()}; "
            "or touch what you mean"
            + "".join(f"; {c.model} takes any words: {c.get}" for c in candidates[:1]),
            code="unknown_prompt",
        )

    def candidates(self, prompt: Prompt) -> tuple[Candidate, ...]:
        """Return every model of the catalogue that could answer a prompt, in order of preference.

        The first is the one that `route` takes, if it is here. What the prompt's `model` says is
        not looked at.
        """
        knowing = [entry for entry in self._store.catalogue if knows(entry, prompt.text)]
        if prompt.is_touch and not any(is_available(entry, self._store) for entry in knowing):
            # A touch never waits for a model that knows the words too.
            touched = _touched(prompt)
            promptable = [entry for entry in self._store.catalogue if entry.is_promptable]
            knowing = [entry for entry in promptable if touched <= entry.takes]
        # Asked once: to look for files takes most of a route's time.
        needs_outliner = any(entry.role == "detector" for entry in knowing)
        outliner = self._outliner() if needs_outliner else None
        found = [(entry, self._candidate(entry, outliner)) for entry in knowing]
        found.sort(key=lambda pair: self._preference(pair[0], pair[1], prompt), reverse=True)
        return tuple(candidate for _, candidate in found)

    def is_answered(self, text: str) -> bool:
        """Say whether a model on this machine knows these words."""
        return any(candidate.is_here for candidate in self.candidates(Prompt(text)))

    def to_pull(self, text: str) -> str | None:
        """Return what to fetch for these words at the first start, without being asked.

        The best of those that run on every frame and need no more Python modules. None if the
        words are answered, or nothing in the catalogue can be had like that: then it is the user's
        choice.
        """
        if self.is_answered(text):
            return None
        for candidate in self.candidates(Prompt(text)):
            entry = self._store.catalogue.entry(candidate.model)
            if entry.speed == "camera" and not entry.requires and entry.download_bytes:
                return entry.name
        return None

    def promptable(self) -> str:
        """Return the best model here that outlines anything from a point or a box."""
        outliner = self._outliner()
        if outliner is None:
            raise ModelMissingError(
                "no model on this machine outlines what is touched; the catalogue has no "
                "promptable model that is installed"
            )
        return outliner.name

    def follower(self) -> str | None:
        """Return the best video model here that follows what was prompted; None: there is none."""
        best = self._best([e for e in self._store.catalogue if e.is_promptable and e.remembers])
        return best.name if best and self._is_affordable(best) else None

    def _route(self, entry: Entry, prompt: Prompt) -> Route:
        outliner = self.promptable() if entry.role == "detector" else None
        label = label_for(prompt.text, entry) if entry.labels else None
        return Route(entry.name, label or " ".join(prompt.text.split()) or "object", outliner)

    def _is_open(self, candidate: Candidate) -> bool:
        return self._store.catalogue.entry(candidate.model).open_vocabulary

    def _worth_naming(self, candidates: tuple[Candidate, ...], text: str) -> list[Candidate]:
        """Return the one to begin with, the best that needs no more modules, and the best."""
        catalogue = self._store.catalogue
        light = [c for c in candidates if not missing_modules(catalogue.entry(c.model))]
        quick = self.to_pull(text)
        first = [c for c in candidates if c.model == quick]
        return list(dict.fromkeys([*first, *light[:1], *candidates[:1]]))

    def _candidate(self, entry: Entry, outliner: Entry | None) -> Candidate:
        outliner = outliner if entry.role == "detector" else None
        quality = entry.quality
        is_here = is_available(entry, self._store)
        get = "" if is_here else how_to_get(entry, self._store)
        reasons = []
        if entry.role == "detector":
            if outliner is None:
                is_here, quality = False, 0
                reasons.append("finds boxes, and no model here outlines them")
                get = " and ".join(filter(None, [get, self._how_to_get_outliner()]))
            else:
                quality = min(quality, outliner.quality)
                reasons.append(f"finds boxes, which {outliner.name} outlines")
        is_affordable = self._is_affordable(entry)
        reasons += [f"outlines {quality} of 9", _SPEEDS[entry.speed]]
        if not is_affordable:
            reasons.append("there is none here")
        if entry.merges:
            reasons.append("all of a kind as one outline")
        if get:
            reasons.append("not on this machine")
        if not is_here and is_gated(entry):
            reasons.append("its owner wants to be asked for access first")
        return Candidate(
            entry.name,
            outliner.name if outliner else None,
            quality,
            is_here,
            is_affordable,
            ", ".join(reasons),
            get,
        )

    def _preference(
        self, entry: Entry, candidate: Candidate, prompt: Prompt
    ) -> tuple[bool, bool, bool, int, int]:
        apart = not (prompt.is_touch and entry.merges)
        return (
            candidate.is_here,
            candidate.is_affordable,
            apart,
            candidate.quality,
            entry.quality,
        )

    def _outliner(self) -> Entry | None:
        return self._best([entry for entry in self._store.catalogue if entry.is_promptable])

    def _how_to_get_outliner(self) -> str:
        entries = [entry for entry in self._store.catalogue if entry.is_promptable]
        best = max(entries, key=lambda e: (self._is_affordable(e), e.quality), default=None)
        if best is None:
            return "add a model that takes boxes to the catalogue"
        return how_to_get(best, self._store)

    def _best(self, entries: list[Entry]) -> Entry | None:
        here = [entry for entry in entries if is_available(entry, self._store)]
        return max(here, key=lambda e: (self._is_affordable(e), e.quality), default=None)

    def _is_affordable(self, entry: Entry) -> bool:
        return self._has_gpu or entry.speed != "gpu"

    def _known_words(self) -> str:
        here = [entry for entry in self._store.catalogue if is_available(entry, self._store)]
        words = list(dict.fromkeys(label for entry in here for label in entry.labels))
        if len(words) > _MOST_WORDS:
            return f"{', '.join(words[:_MOST_WORDS])} and {len(words) - _MOST_WORDS} more"
        return ", ".join(words) or "nothing by name"


_MOST_WORDS = 20
"""Nobody reads more in an error; `rtseg models list` shows all."""

_SPEEDS = {
    "camera": "every frame on two CPU cores",
    "interactive": "some frames a second on two CPU cores",
    "gpu": "wants a GPU",
}


def knows(entry: Entry, text: str) -> bool:
    """Say whether a model can be asked for these words."""
    if "text" not in entry.takes or not any(c.isalnum() for c in text):
        return False
    return entry.open_vocabulary or label_for(text, entry) is not None


def _takes(entry: Entry, prompt: Prompt) -> bool:
    """Say whether a model that the prompt names can be asked for it."""
    if knows(entry, prompt.text):
        return True
    touched = _touched(prompt)
    return bool(touched) and touched <= entry.takes


def _touched(prompt: Prompt) -> set[str]:
    return {kind for kind, given in (("point", prompt.points), ("box", prompt.box)) if given}


def _does_not_take(entry: Entry, prompt: Prompt) -> str:
    takes = ", ".join(entry.labels) or " or ".join(sorted(entry.takes - {"mask"}))
    return f"model {entry.name!r} cannot outline {_named(prompt)}; it takes: {takes}"


def _named(prompt: Prompt) -> str:
    text = prompt.text
    if not text.strip():
        return "what is touched"
    return repr(text if len(text) <= 80 else text[:79] + "…")
