"""From the words of a prompt to a model's own label."""

from __future__ import annotations

import unicodedata

from rtseg.models.catalogue import Entry

_ARTICLES = {"a", "an", "the", "all", "every", "each", "any"}


def label_for(text: str, entry: Entry) -> str | None:
    """Return the entry's label that a text names, by itself or by another word for it; else None.

    Case, surrounding punctuation, white space, a leading article and simple English plurals make
    no difference: `"The  Persons!"` is `"person"`.
    """
    wanted = _forms(text)
    for label, synonyms in entry.labels.items():
        if any(wanted & _forms(word) for word in (label, *synonyms)):
            return label
    return None


def _forms(text: str) -> set[str]:
    """Return the text, folded, with each singular that it may be the plural of."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    words = "".join(c if c.isalnum() or c in "'-" else " " for c in folded).split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    whole = " ".join(words)
    forms = {whole}
    for ending, singular in (("s", ""), ("es", ""), ("ies", "y")):
        if whole.endswith(ending) and len(whole) > len(ending) + 1:
            forms.add(whole.removesuffix(ending) + singular)
    return forms - {""}


_LONGEST = 200
"""Characters looked at; no label is nearly so long."""
