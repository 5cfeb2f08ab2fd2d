"""What a request in plain English asks to have outlined.

::

    read("Give me masks for every chair; also the table").phrases     # ("chair", "table")
    read("panoptic segmentation of this scene").everything            # True
    read("segment all cars except the red one").without               # ("red one",)

Nothing that could change what is meant is dropped: of "the two cats on the left", "the", "two" and
the picture that they are in are politeness to a model that outlines every cat, "on the left" is
not, and stays in the phrase for a model that understands it or for a refusal that names it.

A text is cut into sentences, these into pieces at commas and "and", and each piece loses what
requests are wrapped in. What is left of it is a phrase, or nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rtseg.models.labels import forms
from rtseg.server.chat import words

Mode: TypeAlias = Literal["instance", "semantic", "panoptic"]
"""A mask for each object; a class for each pixel; an object or a region for each pixel."""

_QUOTED = re.compile(
    r"\"([^\"\n]{1,200})\"|“([^”\n]{1,200})”|«([^»\n]{1,200})»|`([^`\n]{1,200})`|"
    r"(?<!\w)['‘]([^'’\n]{1,200})['’](?!\w)"
)
_MARK = re.compile(r"⟦(\d+)⟧")
_PARENTHESES = re.compile(r"\(([^()]{0,500})\)")
_LONGEST_ALL = 24
"""Words; longer ways to say "everything" are none."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a text asks for.

    Parameters
    ----------
    mode : the kind of segmentation that it names, else `"instance"`.
    phrases : what to outline, in the order and mostly in the words of the text.
    everything : it asks for all that there is; beside phrases, for these among it.
    without : what is to be left out of that.
    each : it wants things of a kind one by one.
    other_task : the sentence that asks for something other than outlines; empty if none does, or
        if another sentence asks for outlines.
    """

    mode: Mode = "instance"
    phrases: tuple[str, ...] = ()
    everything: bool = False
    without: tuple[str, ...] = ()
    each: bool = False
    other_task: str = ""


def read(text: str) -> Wish:
    """Read a request.

    Parameters
    ----------
    text : in English; other languages come out as phrases that no model knows. It takes longer
        than its length grows: bound it.
    """
    text, quoted = _quotes(_unlisted(text))
    named_mode = _mode(text)
    phrases: dict[str, None] = {}
    without: dict[str, None] = {}
    everything = is_wide = False
    other_task = told = ""
    for sentence in _sentences(text):
        if words.WHAT_IS_THERE.match(sentence):
            everything = True
            continue
        asked, left_out = _with_exceptions(_request(sentence))
        if not asked and not left_out:
            is_there = words.THERE_IS.match(sentence)
            told = is_there[1] if is_there else told
            continue
        if told and _means_them(asked):
            asked = told
        if words.ELSEWHERE.match(asked) and not left_out:
            other_task = other_task or sentence
            continue
        for piece in _pieces(asked):
            if _is_everything(piece):
                everything = True
                is_wide |= "including" in asked.lower()
            elif phrase := _phrase(piece, quoted):
                _add(phrases, phrase)
        for piece in _pieces(left_out):
            phrase = _phrase(piece, quoted)
            if phrase and phrase.lower() != "background":  # that is what is left anyway
                _add(without, phrase)
    if named_mode and not phrases and not other_task:
        everything = True  # "panoptic segmentation": of what is there
    return Wish(
        named_mode or "instance",
        tuple(phrases),
        everything and (is_wide or not phrases),
        tuple(without),
        bool(words.EACH.search(text)),
        "" if phrases or everything else _unquote(other_task, quoted),
    )


def _add(phrases: dict[str, None], phrase: str) -> None:
    """Add a phrase, unless it is there in another number: "the cars, one mask per car"."""
    folded = set(forms(phrase))
    if not any(folded & set(forms(known)) for known in phrases):
        phrases[phrase] = None


def _means_them(asked: str) -> bool:
    tokens = {_plain(token) for token in asked.split()}
    return bool(tokens & {"it", "them", "these", "those"}) and not _core(asked)


def phrases_of(text: str) -> tuple[str, ...]:
    """Return what a list of words names: `"person, car and traffic_light"`."""
    return read(text).phrases


def _quotes(text: str) -> tuple[str, list[str]]:
    """Put a mark in place of everything in quotes: that is a name, whatever it is made of."""
    found: list[str] = []

    def keep(match: re.Match[str]) -> str:
        found.append(" ".join(next(filter(None, match.groups())).split()))
        return f"⟦{len(found) - 1}⟧"

    return _QUOTED.sub(keep, text.replace("⟦", "[").replace("⟧", "]")), found


def _unquote(text: str, quoted: list[str]) -> str:
    return _MARK.sub(lambda match: f"“{quoted[int(match[1])]}”", text)


def _unlisted(text: str) -> str:
    """Take the brackets off lists, `["car", "bus"]` and `{car, bus}`, and `(s)` off plurals."""
    text = re.sub(r"[ \t\f\v\xa0]+", " ", text.replace("’", "'").replace("\r", "\n"))
    text = re.sub(r"\((e?s)\)", r"\1", text)
    text = re.sub(r"\*\*|__|^#+\s*", "", text, flags=re.MULTILINE)  # Markdown
    text = re.sub(r"^[ \t]*(?:[-*•–]|\(?\d{1,3}[.)])[ \t]+", "; ", text, flags=re.MULTILINE)
    text = words.EXAMPLE.sub(" ", text)
    for _ in range(3):  # a list in an object in a list
        text = re.sub(r"\s*[\[{]([^\[\]{}]{0,2000})[\]}]", r" \1", text)
    text = re.sub(r"\"(\w{1,50})\"\s*:", r"\1:", text)
    text = re.sub(r"\bbounding[ -]box(es)?\b", r"bbox\1", text, flags=re.IGNORECASE)
    return re.sub(r"(?<=\w)_(?=\w)", " ", text)


def _mode(text: str) -> Mode | None:
    """Return the mode that a text names."""
    match = re.search(
        r"\b(panoptic|semantic)(?:ally)?\b|\b(instance)(?=[- ](?:level|wise|segment|mask))|"
        r"\b(?:label|classify|assign)\w* (?:each|every|all|the) (pixel)",
        text,
        re.IGNORECASE,
    )
    if match is None:
        return None
    kind = (match[1] or match[2] or "semantic").lower()
    return "panoptic" if kind == "panoptic" else "semantic" if kind == "semantic" else "instance"


def _sentences(text: str) -> list[str]:
    text = re.sub(r"\b(e\.g|i\.e|etc|vs)\.", lambda m: m[0].replace(".", "․"), text)
    text = re.sub(r"\n\s*;", ";", text)  # a list goes on
    parts = re.split(r"[.!?]+(?=\s|$|[⟦\"])|\n+", text)
    return [part.replace("․", ".").strip(" ,;:") for part in parts if part.strip(" ,;:-*")]


def _request(sentence: str) -> str:
    """Return the part of a sentence that asks; empty if it only tells."""
    sentence = words.IN_ORDER.sub("", words.INTO.sub("", sentence))
    sentence = _colons(words.IN_THE_PICTURE.sub(" ", " " + sentence).strip(" ,;:"))
    if not words.CHATTER.match(sentence):
        return sentence
    # "Here is a photo, please segment the cars": what follows the first command.
    for match in re.finditer(r"[\w'-]+", sentence):
        if match[0].lower() in words.COMMANDS - {"like", "where"} and match.start():
            before = sentence[: match.start()]
            if re.search(r"(?:[,;:]|\b(?:and|so|to|please|you|want|need|like)\b)\s*$", before):
                return sentence[match.start() :]
            if re.match(r"^(?:i|we|you)\b", sentence, re.I) and match[0].lower() in {
                "want",
                "need",
            }:
                return sentence[match.start() :]
    return ""


def _colons(sentence: str) -> str:
    """Leave the head of a list out: "the following classes: car, bus"."""
    head, colon, rest = sentence.partition(":")
    if not colon or not rest.strip():
        return head
    announces = re.search(
        r"\b(?:following|these|categor(?:y|ies)|class(?:es)?|labels?|objects?|things|items)\b",
        head,
        re.I,
    )
    if announces or not _core(head):
        keep = " semantic " if "semantic" in head.lower() else " "
        return keep.strip() + " " + _colons(rest.strip())
    return f"{head}, {_colons(rest.strip())}"


def _with_exceptions(sentence: str) -> tuple[str, str]:
    """Split a sentence into what is asked for and what is not."""
    sentence = words.ALL_BUT.sub(r"\1 except", sentence)
    sentence = words.ONLY_NOT.sub(" except ", sentence)
    match = words.EXCEPT.search(sentence)
    if match is None:
        return sentence, ""
    rest = sentence[match.end() :]
    again = re.search(
        r"(?:[,;]\s*|\s(?=and |but ))(?:but |and |instead )*(?:please )?(?:only )?"
        r"(?:segment|outline|mask|find|detect)\b",
        rest,
        re.IGNORECASE,
    )
    if again is None:
        return sentence[: match.start()], rest
    return f"{sentence[: match.start()]}, {rest[again.start() :]}", rest[: again.start()]


def _pieces(text: str) -> list[str]:
    """Cut at commas and conjunctions, but not within what is said of one thing."""
    text = _PARENTHESES.sub(_opened, text)
    parts = [part.strip() for part in words.BETWEEN.split(text) if part.strip()]
    glue = [match[0].strip() for match in words.BETWEEN.finditer(text)]
    pieces: list[str] = []
    hanging = ""
    for number, part in enumerate(parts):
        bare = part.lower().split()
        joint = glue[number - 1].lower() if 0 < number <= len(glue) else ""
        if hanging:
            part = f"{hanging} and {part}"
            hanging = ""
        elif (
            pieces
            and joint == "and"
            and words.JOINS.search(pieces[-1])
            and bare[0] not in {"the", "a", "an", "all", "every", "each", "any", "then", "return"}
            and _core(part)
        ):
            pieces[-1] = f"{pieces[-1]} and {part}"
            continue
        ahead = glue[number].lower() if number < len(glue) else ""
        is_adjective = _plain(part.split()[-1]) in words.ADJECTIVES and all(
            _plain(token) in words.LEAD for token in part.split()[:-1]
        )
        if is_adjective and ahead == "and" and number + 1 < len(parts):
            hanging = part
            continue
        pieces.append(part)
    return pieces


def _opened(match: re.Match[str]) -> str:
    inside = match[1]
    if not any(_core(piece) for piece in words.BETWEEN.split(inside)):
        return " "  # "(one mask each)"
    if re.match(r"\s*(?:e\.g\.|i\.e\.|such as|like|including|for example)", inside):
        return " "
    return f", {inside}," if words.BETWEEN.search(inside) else f" {inside} "


def _is_everything(piece: str) -> bool:
    tokens = piece.lower().split()
    if len(tokens) > _LONGEST_ALL:
        return False
    # With and without what a request begins with, of which "all" may be the end.
    return any(
        words.EVERYTHING.fullmatch(" ".join(tokens[start:]))
        for start in range(len(tokens))
        if all(token in words.LEAD for token in tokens[:start])
    ) and not (tokens and tokens[-1] in {"all"} and len(tokens) > 3)


def _phrase(piece: str, quoted: list[str]) -> str:
    """Return what a piece names; empty if it names nothing."""
    marks = [quoted[int(number)] for number in _MARK.findall(piece)]
    if marks and not _core(_MARK.sub(" ", piece)):
        return ", ".join(marks)
    return _core(_MARK.sub(lambda match: quoted[int(match[1])], piece))


def _core(piece: str) -> str:
    """Take off what a piece is wrapped in."""
    piece = " ".join(piece.strip(" ,;:.-–—*\"'").split())
    piece = words.FOR_EACH.sub(r"\1", piece)
    tokens = piece.split()
    if all(_plain(token) in words.ABOUT_THE_ANSWER for token in tokens):
        return ""
    start = 0
    while start < len(tokens) and _plain(tokens[start]) in words.LEAD:
        ahead = _plain(tokens[start + 1]) if start + 1 < len(tokens) else ""
        is_placed = not words.PLACING & {_plain(token) for token in tokens[:start]}
        if _plain(tokens[start]) in words.THINGS_TOO and ahead in words.WHERE and is_placed:
            break  # "the label on the bottle" is no bottle
        shorter = words.OF_A_KIND.sub("", " ".join(tokens[start:])).split()
        if shorter and len(shorter) < len(tokens) - start:
            tokens, start = shorter, 0
            continue
        start += 1
    tokens = words.OF_A_KIND.sub("", " ".join(tokens[start:])).split()
    for place in range(1, len(tokens)):
        after = [_plain(token) for token in tokens[place:]]
        # "people with masks" may wear them.
        is_ambiguous = after[0] == "with" and set(after[1:]) <= {"mask", "masks", "a", "the"}
        is_wrapping = all(token in words.ABOUT_THE_ANSWER for token in after)
        if after[0] in words.TRAILS and not is_ambiguous and len(after) > 1 and is_wrapping:
            tokens = tokens[:place]
            break
    while True:
        rest = words.ON_THE_END.sub("", " ".join(tokens)).split()
        if len(rest) > 1 and _plain(rest[-1]) in words.LAST:
            rest.pop()
        if not rest or rest == tokens:
            break
        tokens = rest
    if all(_plain(token) in words.PRONOUNS | words.ABOUT_THE_ANSWER for token in tokens):
        return ""
    return " ".join(tokens).strip(" ,;:.-\"'")


def _plain(token: str) -> str:
    return token.lower().strip(".,;:!?()\"'")
