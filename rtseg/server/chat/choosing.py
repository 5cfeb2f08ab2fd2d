"""From a wish to prompts that models here answer, or to the reason why not.

What cannot be honoured is refused as a whole: half an answer to "the road and the cars", or all
cats for "the cats on the left", would be taken for the whole one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rtseg.errors import ModelMissingError, PeerError
from rtseg.models import Route, Router, Store
from rtseg.models.availability import how_to_get, is_available
from rtseg.models.catalogue import Entry
from rtseg.models.labels import forms
from rtseg.models.router import knows
from rtseg.server.chat.errors import RequestError, shown
from rtseg.server.chat.reading import Mode, Wish
from rtseg.server.model_names import names_here, wanted
from rtseg.types import Prompt

MAX_PHRASES = 200
"""In one request; the largest vocabulary of a model that comes with rtseg has 133 words."""

_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered, as the assistant says it: what, why, and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask the models.

    Parameters
    ----------
    mode : of the segmentation.
    prompts : the wanted, then those whose objects are left out.
    routes : of each prompt.
    wanted : how many of the prompts are wanted.
    everything : they are all that the models here know, nothing of it was named.
    """

    mode: Mode
    prompts: tuple[Prompt, ...]
    routes: tuple[Route, ...]
    wanted: int
    everything: bool = False

    @property
    def phrases(self) -> tuple[str, ...]:
        """The words of the wanted prompts."""
        return tuple(prompt.text for prompt in self.prompts[: self.wanted])


def model_named(name: str | None, store: Store) -> str | None:
    """Return the model of the catalogue that a client names; None: it leaves the choice.

    Raises
    ------
    RequestError
        404, as OpenAI has it: there is no such model, or its files are not here.
    """
    try:
        found = wanted(name, store.catalogue)
    except PeerError:
        raise no_such_model(str(name), store) from None
    if found is None:
        return None
    entry = store.catalogue.entry(found)
    if not is_available(entry, store):
        raise RequestError(
            f"the model {found!r} is not on this machine; {how_to_get(entry, store)}",
            code="model_not_found",
            status=404,
            param="model",
        )
    return found


def no_such_model(name: str, store: Store) -> RequestError:
    """Return the error for a model that is not of the catalogue."""
    return RequestError(
        f"no model is called {shown(name)}; there is: {', '.join(names_here(store))}; 'auto' takes "
        "the best for what is asked",
        code="model_not_found",
        status=404,
        param="model",
    )


def choose(
    wish: Wish, labels: Sequence[str], *, router: Router, store: Store, model: str | None = None
) -> Plan | Refusal:
    """Choose prompts.

    Parameters
    ----------
    wish : of the text.
    labels : what the schema names; counts where the text names nothing.
    router, store : of this server.
    model : the only one to ask; by default the best for each phrase.

    Raises
    ------
    RequestError
        More than `MAX_PHRASES` are asked for.
    """
    if wish.other_task:
        return Refusal(
            f"I only outline things in pictures; “{_short(wish.other_task)}” asks for something "
            "else. Say what to outline, such as “segment the people and the cars”."
        )
    phrases = tuple(wish.phrases) or tuple(labels)
    left_out = tuple(_in_full(phrase, phrases) for phrase in wish.without)
    if len(phrases) + len(left_out) > MAX_PHRASES:
        raise RequestError(
            f"expected at most {MAX_PHRASES} things to outline, got {len(phrases)}",
            code="too_many_phrases",
            param="messages",
        )
    all_of_it = (wish.everything and (not phrases or bool(wish.phrases))) or bool(
        left_out and not phrases
    )
    if not phrases and not all_of_it:
        return Refusal(
            "I can't tell what to outline: the request names nothing. Say it in words, such as "
            f"“segment the people and the cars”. I know: {_known_words(store, model)}."
        )
    prompts = [Prompt(phrase, model=model) for phrase in phrases]
    if all_of_it:
        known = _everything(wish.mode, router, store, model)
        if isinstance(known, Refusal):
            return known
        prompts = [*known, *(p for p in prompts if not _is_among(p.text, known))]
    asked = [*prompts, *(Prompt(phrase, model=model) for phrase in left_out)]
    routes: list[Route] = []
    unknown: list[tuple[str, str]] = []
    for place, prompt in enumerate(asked):
        try:
            route = router.route(prompt)
            if wish.mode != "semantic" and (wish.each or len(forms(prompt.text)) > 1):
                prompt = _apart(prompt, route, router, store)
                route = router.route(prompt)
            # Named, a model is found at once: a choice among all takes milliseconds.
            asked[place] = replace(prompt, model=route.model)
            routes.append(route)
        except (PeerError, ModelMissingError) as error:
            unknown.append((prompt.text, str(error)))
    if unknown:
        return _unknown(unknown, router, store, model)
    return Plan(wish.mode, tuple(asked), tuple(routes), len(prompts), everything=all_of_it)


def _apart(prompt: Prompt, route: Route, router: Router, store: Store) -> Prompt:
    """Ask for several things of a kind where they are told apart, even if less well outlined."""
    if prompt.model is not None or not store.catalogue.entry(route.model).merges:
        return prompt
    for candidate in router.candidates(prompt):
        can = candidate.is_here and candidate.is_affordable
        if can and not store.catalogue.entry(candidate.model).merges:
            return replace(prompt, model=candidate.model)
    return prompt


def _in_full(phrase: str, phrases: Sequence[str]) -> str:
    """Say what "the red one" is one of, where that is clear."""
    head, _, last = phrase.rpartition(" ")
    is_one = last.lower() in {"one", "ones"}
    return f"{head} {phrases[0]}".strip() if is_one and len(phrases) == 1 else phrase


def _everything(
    mode: Mode, router: Router, store: Store, model: str | None
) -> list[Prompt] | Refusal:
    """Return prompts for all that is known here."""
    here = [
        entry
        for entry in store.catalogue
        if entry.labels and "text" in entry.takes and is_available(entry, store)
        if model in {None, entry.name}
    ]
    if mode == "panoptic":
        with_stuff = [entry for entry in here if entry.stuff]
        if not with_stuff:
            return _no_panoptic(store, here)
        knowing = max(with_stuff, key=lambda entry: entry.quality)
        return [Prompt(label, model=knowing.name) for label in knowing.labels]
    prompts: list[Prompt] = []
    seen: set[str] = set()
    best: dict[frozenset[str], Prompt | None] = {}
    for entry in here:
        for label in entry.labels:
            folded = set(forms(label))
            if folded & seen:
                continue
            seen |= folded
            # Who is preferred hangs on who knows a label, not on the label.
            who = frozenset(each.name for each in here if knows(each, label))
            if who not in best:
                best[who] = _answerable(Prompt(label, model=model), mode, router, store)
            if (answerable := best[who]) is not None:
                prompts.append(replace(answerable, text=label))
    if not prompts:
        only = f"the model {model!r}" if model else "a model of this machine"
        return Refusal(
            f"I can't outline everything: {only} wants to be told what to look for. Name it, such "
            "as “segment the people and the cars”."
        )
    return prompts


def _answerable(prompt: Prompt, mode: Mode, router: Router, store: Store) -> Prompt | None:
    """Return a prompt with the model that answers it; None: only with something that is not here,
    such as what outlines the boxes of a detector."""
    try:
        route = router.route(prompt)
    except (PeerError, ModelMissingError):
        return None
    if mode != "semantic":
        prompt = _apart(prompt, route, router, store)
    return prompt if prompt.model is not None else replace(prompt, model=route.model)


def _no_panoptic(store: Store, here: Iterable[Entry]) -> Refusal:
    able = [entry for entry in store.catalogue if entry.stuff]
    get = "; ".join(f"{entry.name} does; {how_to_get(entry, store)}" for entry in able[:2])
    words = ", ".join(dict.fromkeys(label for entry in here for label in entry.labels))
    return Refusal(
        "I can't segment a whole scene panoptically: that wants a model that knows stuff (sky, "
        "road, wall …) besides things, and none is here"
        + (f"; {get}" if get else "")
        + ". What you can have is a panoptic map of things that you name, such as “panoptic "
        f"segmentation of the people”, with all else unlabelled. I know: {_cut(words)}."
    )


def _unknown(
    unknown: Sequence[tuple[str, str]], router: Router, store: Store, model: str | None
) -> Refusal:
    """Say which words no model here knows, what it does know, and what could be had."""
    names = _listed([f"“{_short(text)}”" for text, _ in unknown])
    if model is not None:
        return Refusal(f"I can't outline {names}: {unknown[0][1]}.")
    sentences = [f"I can't outline {names}: no model on this machine can."]
    for text, _ in unknown:
        if known := _known_part(text, router):
            sentences.append(
                f"“{known}” I know, but not what else “{_short(text)}” says of it; ask for "
                f"“{known}” alone if all of them will do."
            )
    commands: dict[str, None] = {}
    for text, _ in unknown:
        candidates = router.candidates(Prompt(text))
        light = router.to_pull(text)
        named = [c for c in candidates if c.model == light] or list(candidates[:1])
        for candidate in named:
            commands[f"{candidate.model} could; {candidate.get}."] = None
    sentences += commands
    sentences.append(f"You can ask for: {_known_words(store, model)}.")
    return Refusal(" ".join(sentences))


def _known_part(text: str, router: Router) -> str:
    """Return the longest run of a phrase's words that is known here; empty: none is."""
    tokens = text.split()[:12]
    for length in range(len(tokens) - 1, 0, -1):
        for start in range(len(tokens) - length, -1, -1):  # an English phrase ends in its noun
            part = " ".join(tokens[start : start + length])
            if not part.endswith(("'s", "s'")) and router.is_answered(part):
                return part
    return ""


def _known_words(store: Store, model: str | None) -> str:
    here = [e for e in store.catalogue if model in {None, e.name} and is_available(e, store)]
    if any(entry.open_vocabulary for entry in here):
        return "anything, in a few words"
    words = list(dict.fromkeys(label for entry in here for label in entry.labels))
    return _cut(", ".join(words)) or "nothing by name"


def _cut(words: str) -> str:
    parts = words.split(", ")
    if len(parts) <= _MOST_WORDS:
        return words
    return f"{', '.join(parts[:_MOST_WORDS])} and {len(parts) - _MOST_WORDS} more"


def _is_among(text: str, prompts: Iterable[Prompt]) -> bool:
    folded = set(forms(text))
    return any(folded & set(forms(prompt.text)) for prompt in prompts)


def _listed(names: Sequence[str]) -> str:
    names = [*names[:8], f"{len(names) - 8} more"] if len(names) > 9 else list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"
