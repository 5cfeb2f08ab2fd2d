"""From a prompt to the model that answers it."""

from __future__ import annotations

from dataclasses import dataclass

from rtseg.errors import PeerError
from rtseg.models.catalogue import Catalogue, builtin
from rtseg.models.labels import label_for
from rtseg.types import Prompt


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers a prompt.

    Parameters
    ----------
    model : name in the catalogue, for `rtseg.models.load`.
    label : that model's own word for what the prompt names.
    """

    model: str
    label: str


def route(prompt: Prompt, catalogue: Catalogue | None = None) -> Route:
    """Return the first model of the catalogue that knows what the prompt names.

    Parameters
    ----------
    prompt : as the user wrote it.
    catalogue : by default the one that comes with rtseg.

    Raises
    ------
    PeerError
        `unknown_prompt`, status 400: no model knows it. The message names what can be asked for.
    """
    known: list[str] = []
    for entry in catalogue or builtin():
        if label := label_for(prompt.text, entry):
            return Route(entry.name, label)
        known.extend(entry.labels)
    asked = prompt.text if len(prompt.text) <= 80 else prompt.text[:79] + "…"
    raise PeerError(
        f"no model here can outline {asked!r}; you can ask for: {', '.join(known)}",
        code="unknown_prompt",
        status=400,
    )
