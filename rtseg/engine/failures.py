"""Failures that go on are told once."""

from __future__ import annotations


class Failures:
    """What fails now, of a frame or of a model's work."""

    def __init__(self) -> None:
        self._failing: set[tuple[str, str]] = set()

    def begins(self, code: str, model: str = "") -> bool:
        """Take that something failed; True if it worked the last time, so that this is news.

        Parameters
        ----------
        code : of the message that tells it, docs/http.md.
        model : whose; "" where it is nobody's.
        """
        is_news = (code, model) not in self._failing
        self._failing.add((code, model))
        return is_news

    def ends(self, code: str, model: str = "") -> None:
        """Take that something worked."""
        self._failing.discard((code, model))
