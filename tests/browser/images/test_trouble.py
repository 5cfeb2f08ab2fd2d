"""Pictures: what is not there, not known, refused or gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.images.conftest import Open
from tests.browser.images.image_tab import (
    FAR,
    LARGE,
    SIDES,
    SMALL,
    ImageTab,
    assert_lies_on,
    centre,
    draw,
    encoded,
)
from tests.server.running import Running

pytestmark = pytest.mark.browser


def test_what_is_not_there_is_said_so(tab: ImageTab) -> None:
    dark = np.full((SIDES[1], SIDES[0], 3), 40, np.uint8)
    tab.drop(encoded(dark))
    tab.say("thing")
    expect(
        tab.page.get_by_text("Looked for “thing”: there is none in this picture.")
    ).to_be_visible()
    expect(tab.chips()).to_contain_text("none here")


def test_words_that_no_model_knows_come_back_with_what_can_be_asked(tab: ImageTab) -> None:
    tab.say("quux")
    expect(
        tab.page.get_by_role("alert").get_by_text("Nothing here can outline “quux”")
    ).to_be_visible()
    expect(tab.page.get_by_label("What to outline", exact=True)).to_have_value("quux")
    expect(tab.chips()).to_have_count(0)


def test_a_missing_model_comes_with_the_command_that_gets_it(tab: ImageTab) -> None:
    tab.say("cat")
    expect(tab.page.locator(".refusal .command code")).to_contain_text("rtseg models pull")


def test_a_file_that_is_no_picture_is_told(open_page: Open, server: Running) -> None:
    tab = open_page(server.url)
    tab.drop(b"not a picture", "notes.txt", "text/plain")
    expect(tab.page.get_by_text("This is no picture: notes.txt (text/plain)")).to_be_visible()
    tab.drop(encoded(draw()))
    tab.say("thing")
    tab.until_found(2)


def refusal(status: int, code: str, **headers: str) -> Callable[[Any], None]:
    def fulfil(route: Any) -> None:
        body = json.dumps({"error": {"code": code, "message": "the server said so"}})
        route.fulfill(status=status, content_type="application/json", body=body, headers=headers)

    return fulfil


def test_a_busy_server_is_asked_again_when_it_said_so(tab: ImageTab) -> None:
    tab.page.route(
        "**/v1/segment", refusal(429, "too_many_requests", **{"Retry-After": "2"}), times=1
    )
    tab.say("thing")
    expect(tab.chips()).to_contain_text("again in")
    tab.until_found(2)
    assert len(tab.asked) == 2


def test_a_picture_that_is_too_large_for_the_server_is_sent_smaller(tab: ImageTab) -> None:
    tab.click(centre(SMALL))
    tab.until_found(1)
    tab.page.route("**/v1/segment", refusal(413, "body_too_large"), times=1)
    tab.click(centre(LARGE))
    tab.until_found(2)
    expect(tab.page.get_by_text("Sent at 320 × 240,")).to_be_visible()
    assert tab.pictures[2].startswith("data:image/jpeg")
    tab.page.mouse.move(*tab.on_screen(FAR))
    # What was found before it was made smaller as well as what was found after.
    assert_lies_on(tab, 1, SMALL)
    assert_lies_on(tab, 2, LARGE)


def test_a_server_that_is_gone_is_told_and_tried_again(tab: ImageTab) -> None:
    tab.page.route("**/v1/segment", lambda route: route.abort(), times=1)
    tab.say("thing")
    expect(tab.page.get_by_text("The server does not answer")).to_be_visible()
    tab.page.get_by_role("button", name="Try again").first.click()
    tab.until_found(2)
    expect(tab.page.get_by_text("The server does not answer")).to_be_hidden()
