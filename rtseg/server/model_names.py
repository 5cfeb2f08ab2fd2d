"""Which model a request names: one of rtseg's, or none in particular."""

from __future__ import annotations

from rtseg.errors import PeerError
from rtseg.models import Catalogue, Store
from rtseg.models.availability import is_available

_OF_SERVICES = ("moondream", "vlm")


def names_here(store: Store) -> list[str]:
    """Return what a request may name: `auto`, and the models that are on this machine."""
    return ["auto", *(entry.name for entry in store.catalogue if is_available(entry, store))]


def wanted(name: str | None, catalogue: Catalogue) -> str | None:
    """Return the model of the catalogue that a name means; None: the router chooses.

    Code that was written for a service names that service's models (`moondream3-preview`,
    `vlmrun-orion-1:auto`, `owner/model@revision`). rtseg has none of these, and such code asks for
    an outline and not for that very network: the best that is here answers it.

    Raises
    ------
    PeerError
        `unknown_model`: it is a name of neither.
    """
    if name is None or not name.strip() or name == "auto":
        return None
    if any(entry.name == name for entry in catalogue):
        return name
    if name.lower().startswith(_OF_SERVICES) or "/" in name or "@" in name:
        return None
    known = ", ".join(entry.name for entry in catalogue)
    raise PeerError(
        f'model: no model is called {name[:80]!r}; leave it out or say "auto" for the best that is '
        f"here, or name one of: {known}",
        code="unknown_model",
    )
