"""What of a conversation counts: the newest words of the user, and the picture they are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rtseg.server.chat.errors import RequestError, shown

MAX_TEXT_CHARS = 8000
"""Of the words of one message; a request for outlines takes a line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a conversation comes to.

    Parameters
    ----------
    text : of the newest message of the user that has words; of the system's if none has.
    image_url : of the newest message of the user that has a picture.
    """

    text: str
    image_url: str


def read_messages(messages: Sequence[Mapping[str, Any]]) -> Asked:
    """Read a conversation in OpenAI's form.

    A message without a picture is about the last picture before it. Earlier requests are done;
    what the assistant said, and what the system says of its manners, makes no difference.

    Raises
    ------
    RequestError
        There is no picture, or several in one message; a part is neither text nor a picture.
    """
    text = system = image_url = ""
    for number, message in enumerate(messages):
        where = f"messages[{number}]"
        role = message.get("role")
        if role in {"system", "developer"}:
            system = " ".join(said for kind, said in _parts(message, where) if kind == "text")
        if role != "user":
            continue
        words: list[str] = []
        images: list[str] = []
        for kind, said in _parts(message, where):
            (words if kind == "text" else images).append(said)
        if len(images) > 1:
            raise RequestError(
                f"{where}.content: expected one picture, got {len(images)}: an answer could not "
                "say which of them an object is in; send one request for each picture",
                code="several_images",
                param=where,
            )
        image_url = images[0] if images else image_url
        text = "\n".join(words) if any(word.strip() for word in words) else text
    if not image_url:
        raise RequestError(
            'expected a picture in a message of the user, a part {"type": "image_url", '
            '"image_url": {"url": "https://…" or "data:image/jpeg;base64,…"}}, got none',
            code="no_image",
            param="messages",
        )
    text = text or system
    if len(text) > MAX_TEXT_CHARS:
        raise RequestError(
            f"expected at most {MAX_TEXT_CHARS} characters of text, got {len(text)}; "
            "say what to outline, such as 'the cars and the people'",
            code="text_too_long",
            param="messages",
        )
    return Asked(text, image_url)


def _parts(message: Mapping[str, Any], where: str) -> Iterator[tuple[str, str]]:
    """Yield ("text", words) and ("image", address)."""
    content = message.get("content")
    if content is None:
        return
    if isinstance(content, str):
        yield "text", content
        return
    for number, part in enumerate(content):
        at = f"{where}.content[{number}]"
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in {"text", "input_text", "output_text"} and isinstance(part.get("text"), str):
            yield "text", part["text"]
        elif kind in {"image_url", "input_image"}:
            address = part.get("image_url")
            url = address.get("url") if isinstance(address, Mapping) else address
            if not isinstance(url, str):
                raise RequestError(
                    f'{at}.image_url: expected {{"url": "https://…" or "data:image/…"}}, '
                    f"got {shown(address)}",
                    param=at,
                )
            yield "image", url
        elif kind != "refusal":
            raise RequestError(
                f'{at}: expected a part of the type "text" or "image_url", got '
                f"{shown(kind if kind is not None else part)}",
                param=at,
            )
