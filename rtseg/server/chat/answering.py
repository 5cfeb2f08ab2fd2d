"""From a request to an answer: the shell around the pure modules, which waits for models."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any

from rtseg.engine import Engine
from rtseg.errors import RtsegError
from rtseg.formats import Outlined
from rtseg.server.chat.body import ChatBody
from rtseg.server.chat.choosing import Plan, Refusal, choose, model_named
from rtseg.server.chat.completion import Head, pieces
from rtseg.server.chat.conversation import read_messages
from rtseg.server.chat.errors import explain
from rtseg.server.chat.reading import read
from rtseg.server.chat.scene import MaskFile, lay_out
from rtseg.server.chat.schemas import (
    Node,
    NothingThereError,
    check,
    default_schema,
    fill,
    labels_in,
)
from rtseg.server.errors import unforeseen
from rtseg.server.events import DONE, event
from rtseg.server.intake import data_uri
from rtseg.server.masks import Masks, new_session_id
from rtseg.server.pictures import Pictures
from rtseg.server.waiting import together
from rtseg.types import Image


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A request that can be answered, or has been refused: nothing in it is wrong.

    Parameters
    ----------
    head : of its completion.
    plan : what to look for; or why not.
    node : the schema of the answer.
    image : (H, W, 3) uint8 BGR.
    """

    head: Head
    plan: Plan | Refusal
    node: Node
    image: Image


async def understand(body: ChatBody, pictures: Pictures) -> Question:
    """Read a request, and get its picture; no model runs yet.

    Raises
    ------
    RequestError
        It cannot be answered as it is.
    PeerError
        Its picture cannot be had.
    """
    plan, node, image_url = await pictures.run(_read, body, pictures.engine)
    # The picture is looked at even where it is refused: what is wrong with it is the client's
    # to know, whatever the words are.
    image = await pictures.open(image_url)
    head = Head(body.model or "auto", int(time.time()), new_session_id())
    return Question(head, plan, node, image)


def _read(body: ChatBody, engine: Engine) -> tuple[Plan | Refusal, Node, str]:
    """Return what to look for, the schema of the answer, and where the picture is."""
    body.check()
    model = model_named(body.model, engine.store)
    own_schema = body.schema_node()
    asked = read_messages([message.model_dump() for message in body.messages])
    wish = read(asked.text)
    labels = labels_in(own_schema) if own_schema is not None else ()
    plan = choose(wish, labels, router=engine.router, store=engine.store, model=model)
    node = own_schema if own_schema is not None else default_schema(wish.mode)
    if isinstance(plan, Plan):
        check(node, plan.mode, () if plan.everything else plan.phrases)
    return plan, node, asked.image_url


async def answer(
    question: Question, pictures: Pictures, masks: Masks, base_url: str
) -> dict[str, Any]:
    """Return the whole completion.

    Raises
    ------
    RtsegError
        A model failed, or a mask could not be kept.
    """
    head = question.head
    if isinstance(question.plan, Refusal):
        return head.whole(refusal=question.plan.message, read_as={})
    try:
        parts = await _look(question, question.plan, pictures)
    except NothingThereError as nothing:
        return head.whole(refusal=_not_found(nothing), read_as=_read_as(question.plan))
    publisher = _Publisher(pictures, masks, base_url, head.session_id)
    return head.whole(content=await publisher.whole(parts), read_as=_read_as(question.plan))


async def stream(
    question: Question, pictures: Pictures, masks: Masks, base_url: str, *, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the events of a completion; each mask's line leaves when its file is there."""
    head = question.head
    yield head.chunk(role="assistant", content="", with_usage=with_usage)
    try:
        if isinstance(question.plan, Refusal):
            yield head.chunk(refusal=question.plan.message, with_usage=with_usage)
        else:
            publisher = _Publisher(pictures, masks, base_url, head.session_id)
            try:
                parts = await _look(question, question.plan, pictures)
            except NothingThereError as nothing:
                yield head.chunk(refusal=_not_found(nothing), with_usage=with_usage)
            else:
                for part in parts:
                    yield head.chunk(content=await publisher.text(part), with_usage=with_usage)
    except Exception as error:
        # The status is sent already; OpenAI's clients raise on an event with an error in it.
        told = error if isinstance(error, RtsegError) else unforeseen(error, "a streamed chat")
        yield event(explain(told)[1])
        return
    yield head.chunk(finish_reason="stop", with_usage=with_usage)
    if with_usage:
        yield head.usage()
    yield DONE


async def _look(question: Question, plan: Plan, pictures: Pictures) -> list[str | MaskFile]:
    """Return the answer's JSON in pieces, its masks still to be published."""
    found = await pictures.find(question.image, plan.prompts)
    with pictures.stage("outline"):
        return await pictures.run(_write, question, plan, found)


def _write(question: Question, plan: Plan, found: Sequence[Outlined]) -> list[str | MaskFile]:
    shape = (question.image.shape[0], question.image.shape[1])
    scene = lay_out(plan, found, shape, question.head.session_id)
    return pieces(fill(question.node, scene))


def _not_found(nothing: NothingThereError) -> str:
    return (
        f"I looked, and it is not there: {nothing}. A schema with a list, or with a field that "
        "may be null, can say so."
    )


def _read_as(plan: Plan) -> dict[str, Any]:
    """Say how the words were understood, beside the answer."""
    wanted = plan.prompts[: plan.wanted]
    return {
        "mode": plan.mode,
        "everything": plan.everything,
        "phrases": [] if plan.everything else [prompt.text for prompt in wanted],
        "left_out": [prompt.text for prompt in plan.prompts[plan.wanted :]],
        "models": sorted({route.model for route in plan.routes}),
    }


class _Publisher:
    """Writes and publishes masks, each once."""

    def __init__(self, pictures: Pictures, masks: Masks, base_url: str, session_id: str) -> None:
        self._pictures = pictures
        self._masks = masks
        self._base_url = base_url
        self._session_id = session_id
        self._texts: dict[tuple[str, int], str] = {}

    async def whole(self, parts: Sequence[str | MaskFile]) -> str:
        """Return an answer as JSON text; its masks are published side by side."""
        files = {part.key: part for part in parts if isinstance(part, MaskFile)}
        await together(*map(self.text, files.values()))
        return "".join([await self.text(part) for part in parts])

    async def text(self, part: str | MaskFile) -> str:
        """Return a piece of an answer as JSON text."""
        if isinstance(part, str):
            return part
        if part.key not in self._texts:
            self._texts[part.key] = json.dumps(await self._published(part))
        return self._texts[part.key]

    async def _published(self, mask: MaskFile) -> str:
        png = await self._pictures.run(mask.png)
        match mask.form:
            case "url":
                return await self._masks.publish(png, base_url=self._base_url)
            case "artifact":
                return await self._masks.keep(png, session_id=self._session_id)
            case "data_uri":
                return data_uri(png, "image/png")
            case "base64":
                return base64.b64encode(png).decode()
