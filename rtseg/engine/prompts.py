"""A session's prompts: declared as a whole list, each joined to the model that answers it.

Clients do not send commands ("add", "correct", "remove") but the list that they want. What has
changed is found here, so that a list may be sent again after a broken connection, and an undo is
the list of before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rtseg.config import SessionConfig
from rtseg.errors import PeerError
from rtseg.models import Entry, ModelInfo, Route
from rtseg.models.router import knows
from rtseg.types import Prompt, TrackId

MAX_ID_CHARS = 64
MAX_POINTS = 64


@dataclass(frozen=True, slots=True)
class Routed:
    """A prompt and who answers it.

    Parameters
    ----------
    prompt : as the client wrote it.
    route : the router's choice.
    info : the model of `route`, loaded.
    entry : the model of `route`, in the catalogue.
    """

    prompt: Prompt
    route: Route
    info: ModelInfo
    entry: Entry

    @property
    def is_by_words(self) -> bool:
        """The model looks for the words; else it outlines what is touched."""
        return knows(self.entry, self.prompt.text)

    @property
    def is_quick(self) -> bool:
        """It outlines at camera rate by itself: nobody else needs to follow what it finds."""
        return self.entry.speed == "camera" and self.entry.role == "segmenter"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A prompt of a session.

    Parameters
    ----------
    key : its id, the client's or ours; unique in the session.
    routed : what it says and who answers.
    track_id : the object of a touched prompt, for its life; None for words alone.
    """

    key: str
    routed: Routed
    track_id: TrackId | None

    @property
    def prompt(self) -> Prompt:
        """What it says."""
        return self.routed.prompt

    @property
    def model(self) -> str:
        """Name of the model that answers."""
        return self.routed.route.model

    def as_json(self, objects: Sequence[TrackId]) -> dict[str, Any]:
        """The form that clients see, docs/http.md."""
        return self.prompt.as_json() | {
            "id": self.key,
            "label": self.routed.route.label,
            "model": self.routed.info.name,
            "objects": list(objects),
        }


def check(prompts: Sequence[Prompt], bounds: SessionConfig) -> None:
    """Refuse what no session takes.

    Raises
    ------
    PeerError
        `invalid_request`: too many prompts, an id that is too long or that two prompts have; and
        as `check_prompt`.
    """
    if len(prompts) > bounds.max_prompts:
        raise _invalid(f"expected at most {bounds.max_prompts} prompts, got {len(prompts)}")
    ids = [prompt.id for prompt in prompts if prompt.id]
    for name in ids:
        if len(name) > MAX_ID_CHARS:
            raise _invalid(f"expected an id of 1 to {MAX_ID_CHARS} characters, got {len(name)}")
        if ids.count(name) > 1:
            raise _invalid(f"expected each id once in a list of prompts, got {name!r} twice")
    for prompt in prompts:
        check_prompt(prompt, bounds)


def check_prompt(prompt: Prompt, bounds: SessionConfig) -> None:
    """Refuse a prompt that no model is asked.

    Raises
    ------
    PeerError
        `invalid_request`: too many points, words that are too long, an empty prompt, words or an
        id that no text can hold.
    """
    # JSON can say half a character, and no answer could say it again.
    for words in (prompt.text, prompt.id or ""):
        if any("\ud800" <= character <= "\udfff" for character in words):
            raise _invalid(f"expected whole characters, got half of one (a surrogate): {words!r}")
    if len(prompt.points) > MAX_POINTS:
        raise _invalid(f"expected at most {MAX_POINTS} points, got {len(prompt.points)}")
    if len(prompt.text) > bounds.max_text_chars or prompt.is_empty:
        raise _invalid(
            f"expected a prompt of 1 to {bounds.max_text_chars} characters, or a point or a "
            f"box, got {len(prompt.text)} characters; say what to outline, such as 'person', "
            "or touch it"
        )
    if prompt.points and prompt.box is None and not any(p.is_positive for p in prompt.points):
        raise _invalid(
            "expected at least one point on the object, got only points that are not on it"
        )


def merge(
    before: Sequence[Wanted], routed: Sequence[Routed], new_id: Callable[[], TrackId]
) -> tuple[Wanted, ...]:
    """Join a new list of prompts to the one before.

    A prompt goes on as an earlier one if it has that one's id, or, without an id, says the same:
    the same touches, or words that mean the same to the same model. It keeps its objects then, if
    the same model answers it as the same kind of prompt.
    """
    by_key = {wanted.key: wanted for wanted in before}
    unclaimed = [wanted for wanted in before if wanted.key not in {r.prompt.id for r in routed}]
    taken = {r.prompt.id for r in routed} | by_key.keys()
    merged: dict[str, Wanted] = {}
    for item in routed:
        if item.prompt.id:
            earlier = by_key.get(item.prompt.id)
            key = item.prompt.id
        else:
            if any(_says_the_same(kept.routed, item) for kept in merged.values()):
                continue
            earlier = next((w for w in unclaimed if _says_the_same(w.routed, item)), None)
            key = earlier.key if earlier else _unused(taken)
            taken.add(key)
        merged[key] = _go_on(key, earlier, item, new_id)
    return tuple(merged.values())


def _go_on(key: str, earlier: Wanted | None, item: Routed, new_id: Callable[[], TrackId]) -> Wanted:
    goes_on = (
        earlier is not None
        and earlier.routed.route == item.route
        and earlier.prompt.is_touch == item.prompt.is_touch
    )
    if earlier is not None and goes_on:
        return replace(earlier, routed=item)
    return Wanted(key, item, new_id() if item.prompt.is_touch else None)


def _says_the_same(a: Routed, b: Routed) -> bool:
    if a.prompt.is_touch or b.prompt.is_touch:
        return replace(a.prompt, id="") == replace(b.prompt, id="")
    return a.route == b.route


def _unused(taken: set[str]) -> str:
    number = 1
    while str(number) in taken:
        number += 1
    return str(number)


def _invalid(message: str) -> PeerError:
    return PeerError(message, code="invalid_request")
