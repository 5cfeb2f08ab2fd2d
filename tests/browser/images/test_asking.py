"""Pictures: what is asked for is asked of the server, and outlined where it is."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser, expect

import rtseg
from rtseg import models
from rtseg.models import Answer, Detection, Request, Segmenter, Store
from rtseg.types import Box
from tests.browser.images.conftest import Open, load
from tests.browser.images.image_tab import (
    FAR,
    LARGE,
    LINE_PX,
    SIDES,
    SMALL,
    ImageTab,
    assert_lies_on,
    centre,
    draw,
    encoded,
)
from tests.engine.fakes import (
    THINGS,
    FakeSegmenter,
    bright_things,
)
from tests.server.running import Running, running

pytestmark = pytest.mark.browser


def test_dropped_and_named_every_such_thing_is_outlined_where_it_is(tab: ImageTab) -> None:
    tab.say("thing")
    tab.until_found(2)
    assert tab.asked == [{"object": "thing", "stream": True}]
    assert_lies_on(tab, 1, LARGE)
    assert_lies_on(tab, 2, SMALL)
    expect(tab.chips()).to_have_count(1)
    expect(tab.chips()).to_contain_text("2 found · things")
    expect(tab.rows().first).to_contain_text("90 %")
    assert tab.errors == []


@pytest.mark.parametrize("way", ["choose", "paste"])
def test_a_picture_may_be_chosen_or_pasted(
    open_page: Open, server: Running, tmp_path: Path, way: str
) -> None:
    tab = open_page(server.url)
    if way == "choose":
        path = tmp_path / "drawn.jpg"
        path.write_bytes(encoded(draw(), ".jpg"))
        tab.choose(path)
    else:
        tab.paste(encoded(draw()))
    tab.say("thing")
    tab.until_found(2)
    assert_lies_on(tab, 1, LARGE)
    assert tab.errors == []


def test_a_click_outlines_what_is_under_it(tab: ImageTab) -> None:
    tab.click(centre(SMALL))
    tab.until_found(1)
    (asked,) = tab.asked
    ((x, y),) = asked["spatial_refs"]
    assert (x * SIDES[0], y * SIDES[1]) == pytest.approx(centre(SMALL), abs=1.5)
    assert_lies_on(tab, 1, SMALL)


def test_a_drag_outlines_what_is_in_the_box(tab: ImageTab) -> None:
    tab.drag((LARGE[0] - 20, LARGE[1] - 20), (LARGE[2] + 20, LARGE[3] + 20))
    tab.until_found(1)
    ((x0, y0, x1, y1),) = tab.asked[0]["spatial_refs"]
    box = (x0 * SIDES[0], y0 * SIDES[1], x1 * SIDES[0], y1 * SIDES[1])
    assert box == pytest.approx((80, 100, 280, 320), abs=1.5)
    assert_lies_on(tab, 1, LARGE)


def test_a_correction_asks_again_for_that_prompt_alone(tab: ImageTab) -> None:
    tab.click(centre(SMALL))
    tab.until_found(1)
    tab.click(FAR)  # nothing there
    expect(tab.page.locator(".chip[data-state=away]")).to_have_count(1)
    tab.page.keyboard.press("Delete")
    tab.click(centre(LARGE))
    tab.until_found(2)
    count = len(tab.asked)
    tab.click((LARGE[2] - 10, LARGE[3] - 10), with_shift=True)
    tab.page.wait_for_function(
        "count => document.querySelectorAll('.chip').length === count", arg=2
    )
    tab.until_found(2)
    assert len(tab.asked) == count + 1
    (prompt,) = tab.asked[-1]["prompts"]
    assert [point["positive"] for point in prompt["points"]] == [True, False]
    assert (prompt["points"][1]["x"] * SIDES[0]) == pytest.approx(LARGE[2] - 10, abs=1.5)


def test_undo_and_redo_show_what_is_known_without_asking_again(tab: ImageTab) -> None:
    tab.say("thing")
    tab.until_found(2)
    tab.click(centre(SMALL))  # on an outline: it is chosen, nothing new is asked for
    expect(tab.page.locator(".row [aria-pressed=true]")).to_have_count(1)
    tab.page.keyboard.press("Delete")
    tab.until_found(0)
    assert not tab.line(1).any()
    tab.page.keyboard.press("Control+z")
    tab.until_found(2)
    tab.page.mouse.move(*tab.on_screen(FAR))  # what is pointed at dims the others
    assert_lies_on(tab, 1, LARGE)
    tab.page.keyboard.press("Control+Shift+z")
    tab.until_found(0)
    assert len(tab.asked) == 1


def test_the_keyboard_alone_is_enough(tab: ImageTab) -> None:
    tab.page.locator(".glass").focus()
    # The pointer begins in the middle; a press of an arrow is a fiftieth of a side.
    right = round((centre(SMALL)[0] / SIDES[0] - 0.5) / 0.02)
    for _ in range(right):
        tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowUp")
    tab.page.keyboard.press("Enter")
    tab.until_found(1)
    assert_lies_on(tab, 1, SMALL)


def test_far_in_a_click_still_means_the_place_under_it(tab: ImageTab) -> None:
    x, y = tab.on_screen(centre(SMALL))
    tab.page.mouse.move(x, y)
    for _ in range(4):
        tab.page.mouse.wheel(0, -200)
    expect(tab.page.get_by_role("button", name="All of the picture")).to_be_enabled()
    tab.page.mouse.click(x, y)
    tab.until_found(1)
    ((at_x, at_y),) = tab.asked[0]["spatial_refs"]
    assert (at_x * SIDES[0], at_y * SIDES[1]) == pytest.approx(centre(SMALL), abs=1.5)
    tab.page.keyboard.press("0")
    assert_lies_on(tab, 1, SMALL)


def test_a_finger_taps_on_a_phone(open_page: Open, server: Running) -> None:
    tab = open_page(server.url, viewport=(390, 844), has_touch=True, is_mobile=True)
    tab.drop(encoded(draw()))
    tab.page.touchscreen.tap(*tab.on_screen(centre(LARGE)))
    tab.until_found(1)
    ((x, y),) = tab.asked[0]["spatial_refs"]
    assert (x * SIDES[0], y * SIDES[1]) == pytest.approx(centre(LARGE), abs=3)


def test_a_turned_photograph_is_outlined_as_it_is_seen(open_page: Open, server: Running) -> None:
    # Lying on its side in the file; its EXIF says how it is held.
    lying = Pillow.fromarray(np.rot90(draw()[..., ::-1]).copy())
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    content = io.BytesIO()
    lying.save(content, "JPEG", exif=exif, quality=95)
    tab = open_page(server.url)
    tab.drop(content.getvalue(), "held.jpg", "image/jpeg")
    tab.click(centre(SMALL))
    tab.until_found(1)
    assert_lies_on(tab, 1, SMALL)


def test_two_words_for_one_thing_are_one_chip(tab: ImageTab) -> None:
    tab.say("person, human")
    expect(tab.page.get_by_text("are the same to the model")).to_be_visible()
    expect(tab.chips()).to_have_count(1)
    expect(tab.chips()).to_contain_text("person")
    expect(tab.page.get_by_role("button", name="Redo")).to_be_disabled()


def test_its_box_is_shown_while_the_outline_is_still_made(
    browser: Browser, open_page: Open, store: Store
) -> None:
    gate = threading.Event()

    def slowly(request: Request) -> Answer:
        answer = bright_things(request)
        boxes = tuple(
            Detection(
                0, "thing", 0.9, Box(x0 / SIDES[0], y0 / SIDES[1], x1 / SIDES[0], y1 / SIDES[1])
            )
            for x0, y0, x1, y1 in (LARGE,)
        )
        if request.on_boxes is not None and request.prompts:
            request.on_boxes(boxes)
            assert gate.wait(20)
        return answer

    def load_slowly(name: str) -> Segmenter:
        return FakeSegmenter(slowly, info=THINGS) if name == THINGS.name else load(name)

    with running(load_slowly, store) as server:
        tab = open_page(server.url)
        try:
            tab.drop(encoded(draw()))
            before = tab.canvas()
            tab.say("thing")
            expect(tab.chips()).to_contain_text("found, outlining")
            # White dashes where the box is, and nowhere else.
            changed = (tab.canvas() != before).any(axis=2)
            rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
            x0, y0, x1, _ = tab.frame()
            scale = (x1 - x0) / SIDES[0]
            found = ((columns[0] - x0) / scale, (rows[0] - y0) / scale)
            assert found == pytest.approx(LARGE[:2], abs=LINE_PX)
        finally:
            gate.set()
        tab.until_found(2)


PHOTO = Path(__file__).parents[4] / "shared" / "data" / "photos"


def test_a_person_is_outlined_in_a_photograph(open_page: Open) -> None:
    """With the real model, where it is on this machine."""
    photos = sorted(PHOTO.glob("*.jpg"))
    if not photos or Store().state("person") != "ready":
        pytest.skip(f"needs a photograph in {PHOTO} and: rtseg models pull person")
    answers = {photo: rtseg.segment(photo, "person") for photo in photos[:8]}
    photo, answer = max(answers.items(), key=lambda one: one[1]["score"])
    if not answer["instances"]:
        pytest.skip("no photograph shows a person")
    with running(models.load, Store()) as server:
        tab = open_page(server.url)
        with Pillow.open(photo) as picture:
            tab.size = picture.size
        tab.drop(photo.read_bytes(), photo.name, "image/jpeg")
        tab.say("person")
        tab.until_found(len(answer["instances"]))
        tab.page.get_by_role("button", name="Copy the path").click()
        path = tab.page.evaluate("() => navigator.clipboard.readText()")
        assert path == answer["path"]
        box = answer["bbox"]
        sides = (*tab.size, *tab.size)
        wanted = [part * side for part, side in zip(box.values(), sides, strict=True)]
        assert tab.line_box(1) == pytest.approx(wanted, abs=0.02 * max(tab.size))
