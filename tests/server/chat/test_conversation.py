"""What of a conversation counts."""

from __future__ import annotations

from typing import Any

import pytest

from rtseg.server.chat.conversation import MAX_TEXT_CHARS, Asked, read_messages
from rtseg.server.chat.errors import RequestError

PNG = "data:image/png;base64,AAAA"


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def image(url: str = PNG) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


def user(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


def test_one_message() -> None:
    assert read_messages([user(text("cars"), image())]) == Asked("cars", PNG)


def test_a_later_message_is_about_the_picture_before_it() -> None:
    messages = [
        user(text("cars"), image("https://a/1.jpg")),
        user(text("cats"), image("https://a/2.jpg")),
        {"role": "assistant", "content": '{"segmentations": []}'},
        {"role": "user", "content": "and the dogs"},
    ]
    assert read_messages(messages) == Asked("and the dogs", "https://a/2.jpg")


def test_a_picture_after_its_words() -> None:
    messages = [{"role": "user", "content": "Segment the cars"}, user(image())]
    assert read_messages(messages) == Asked("Segment the cars", PNG)


def test_what_the_system_says_counts_only_where_the_user_says_nothing() -> None:
    system = {"role": "system", "content": "Segment the cars."}
    assert read_messages([system, user(text("the dog"), image())]).text == "the dog"
    assert read_messages([system, user(image())]).text == "Segment the cars."
    developer = {"role": "developer", "content": [text("Segment the cars.")]}
    assert read_messages([developer, user(image())]).text == "Segment the cars."


def test_text_parts_stand_on_lines_of_their_own() -> None:
    assert read_messages([user(text("cars"), image(), text("dogs"))]).text == "cars\ndogs"


def test_an_address_may_stand_alone() -> None:
    part = {"type": "input_image", "image_url": PNG}
    assert read_messages([user(text("cars"), part)]).image_url == PNG


@pytest.mark.parametrize(
    ("messages", "code", "says"),
    [
        ([{"role": "user", "content": "cars"}], "no_image", "expected a picture"),
        ([{"role": "assistant", "content": "cars"}], "no_image", "expected a picture"),
        ([user(image(), image())], "several_images", r"messages\[0\].*got 2"),
        ([user(text("a" * (MAX_TEXT_CHARS + 1)), image())], "text_too_long", "8000"),
        ([user({"type": "image_url"})], "invalid_request", r"messages\[0\].content\[0\].image_url"),
        ([user({"type": "image_url", "image_url": {"url": 5}})], "invalid_request", "image_url"),
        ([user({"type": "input_audio"})], "invalid_request", "'input_audio'"),
        ([user({"type": "video_url", "video_url": {}})], "invalid_request", "'video_url'"),
        ([user({})], "invalid_request", "text"),
    ],
)
def test_what_cannot_be_read(messages: list[dict[str, Any]], code: str, says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        read_messages(messages)
    assert (caught.value.code, caught.value.status) == (code, 400)
