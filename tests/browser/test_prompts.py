"""Say it or touch it: what the hands do reaches the server, and what is meant gets its outline."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

from rtseg import geometry
from rtseg.bench.camera import CameraFile
from rtseg.server.run import bind
from rtseg.types import BoolMask
from tests.browser import things
from tests.browser.conftest import OpenTab, launched
from tests.browser.scene import FPS, SIZE
from tests.browser.tab import CAMERA, Tab, until
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

NOTHING: dict[str, Any] = {"models": {"default_prompts": []}}
PORTRAIT = (420, 700)
STILL = (things.STILL_XY[0] + things.SIDE_PX / 2, things.STILL_XY[1] + things.SIDE_PX / 2)
"""Middle of the thing that stands, source pixels."""
BESIDE = (STILL[0] + 0.6 * things.SIDE_PX, STILL[1])
"""Near its right edge, outside."""
FAR = (280.0, 60.0)
"""Of either thing."""
LEAST_IOU = 0.85
TICKS_PER_MS = 90

_SUBSCRIBE = """() => {
  window.seen = [];
  window.__rtseg.subscribe(packet => {
    if (packet.kind === "frame" && packet.capturedAt !== null) {
      window.seen.push([packet.frame.frameId, packet.capturedAt]);
    }
  });
}"""


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CameraFile]:
    camera = things.write_things(tmp_path_factory.mktemp("things"))
    yield camera
    camera.path.unlink()


@pytest.fixture(scope="module")
def browser(camera: CameraFile) -> Iterator[Browser]:
    with launched(camera.path) as browser:
        yield browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = things.store(tmp_path_factory.mktemp("store"))
    with running(things.load, store, **NOTHING) as server:
        yield server


@pytest.fixture
def tab(browser: Browser, server: Running, open_tab: OpenTab) -> Tab:
    """The page as one finds it, mirrored, with nothing asked for."""
    tab = open_tab(browser, server.url, CAMERA)
    tab.until_live()
    return tab


def until_clocked(tab: Tab) -> None:
    """Wait until the page knows when its frames were captured."""
    tab.until_live()
    tab.until("() => window.__rtseg.frameOnScreen !== null")


def on_screen(
    tab: Tab, at_px: tuple[float, float], *, is_mirrored: bool = True
) -> tuple[float, float]:
    """Where a place of the picture is in a window that the picture covers; CSS pixels."""
    size = tab.page.viewport_size
    assert size is not None
    width, height = size["width"], size["height"]
    scale = max(width / SIZE[0], height / SIZE[1])
    x = (width - SIZE[0] * scale) / 2 + at_px[0] * scale
    y = (height - SIZE[1] * scale) / 2 + at_px[1] * scale
    return (width - x if is_mirrored else x), y


def click(tab: Tab, at_px: tuple[float, float], *, with_shift: bool = False) -> None:
    if with_shift:
        tab.page.keyboard.down("Shift")
    tab.page.mouse.click(*on_screen(tab, at_px))
    if with_shift:
        tab.page.keyboard.up("Shift")


def asked(tab: Tab, fits: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Wait until the newest list that the page sent is this one."""
    for _ in range(200):
        if tab.asked and fits(tab.asked[-1]):
            return tab.asked[-1]
        tab.page.wait_for_timeout(50)
    raise AssertionError(f"last asked for: {tab.asked[-1:]}")


def shown(tab: Tab) -> int:
    """The index, among those that the browser told of, of the camera frame on the screen."""
    return int(tab.page.evaluate("() => window.__watch.take().previews.length")) - 1


def say(tab: Tab, words: str) -> None:
    field = tab.page.get_by_label("What to outline", exact=True)
    field.fill(words)
    field.press("Enter")


def chips(tab: Tab) -> Locator:
    return tab.page.get_by_role("list", name="What is outlined").get_by_role("listitem")


def until_found(tab: Tab, count: int = 1) -> None:
    expect(chips(tab)).to_have_count(count)
    for chip in chips(tab).all():
        expect(chip).to_contain_text("in view")


def outlines(tab: Tab) -> dict[int, BoolMask]:
    """What the newest packet outlines, filled, by track id."""
    latest = tab.page.evaluate(
        """() => window.__rtseg.latest.objects.map(
          ({ trackId, rings }) => [trackId, rings.map(ring => Array.from(ring))]
        )"""
    )
    found = {}
    for track_id, rings in latest:
        path = geometry.Path(tuple(np.asarray(ring, np.int32).reshape(-1, 2) for ring in rings))
        found[track_id] = geometry.fill(path, SIZE[::-1])
    return found


def assert_outlines_still(tab: Tab) -> int:
    """The one outline that there is lies on the thing that stands; gives its track id."""
    ((track_id, mask),) = outlines(tab).items()
    assert geometry.iou(mask, things.square(things.STILL_XY)) >= LEAST_IOU
    return track_id


@pytest.mark.parametrize("viewport", [SIZE, PORTRAIT], ids=["as_the_camera", "portrait"])
@pytest.mark.parametrize("is_mirrored", [False, True], ids=["as_it_is", "mirrored"])
def test_a_click_asks_for_what_is_under_it_and_brings_its_outline(
    browser: Browser,
    server: Running,
    open_tab: OpenTab,
    viewport: tuple[int, int],
    is_mirrored: bool,
) -> None:
    parameters = CAMERA | {"mirror": int(is_mirrored)}
    tab = open_tab(browser, server.url, parameters, viewport=viewport)
    until_clocked(tab)
    tab.until_says("Say what to outline, or touch it.")
    # A narrow window shows the middle of the picture alone.
    at_px = STILL if viewport == SIZE else (250.0, 120.0)
    tab.page.mouse.click(*on_screen(tab, at_px, is_mirrored=is_mirrored))
    # At once, before any answer.
    expect(tab.page.locator(".touch")).to_be_visible()
    (prompt,) = asked(tab, bool)
    (point,) = prompt["points"]
    assert point["x"] == pytest.approx(at_px[0] / SIZE[0], abs=2e-3)
    assert point["y"] == pytest.approx(at_px[1] / SIZE[1], abs=2e-3)
    assert point["positive"] is True
    assert isinstance(point["frame"], int)
    if viewport == SIZE:
        until_found(tab)
        assert_outlines_still(tab)
        expect(tab.page.locator(".touch")).to_have_count(0)
    assert tab.errors == []


def test_a_click_names_the_frame_that_was_on_the_screen(tab: Tab) -> None:
    until_clocked(tab)
    # Outlines, so that there are frames to be named.
    say(tab, "thing")
    until_found(tab)
    tab.page.evaluate(_SUBSCRIBE)
    tab.watch()
    tab.until("() => window.__watch.take().previews.length > 3")
    errors = []
    for _ in range(4):
        count = len(tab.asked)
        before = shown(tab)
        click(tab, FAR)
        after = shown(tab)
        asked(tab, lambda _: len(tab.asked) > count)  # noqa: B023
        wanted = tab.asked[count][-1]["points"][0]["frame"]
        tab.until("wanted => window.seen.some(([id]) => ((id - wanted) | 0) > 0)", wanted)
        near, at = min(
            tab.page.evaluate("() => window.seen"), key=lambda seen: abs(seen[0] - wanted)
        )
        previews = tab.page.evaluate("() => window.__watch.take().previews")
        captured = at + (wanted - near) / TICKS_PER_MS
        index = min(range(len(previews)), key=lambda i: abs(previews[i]["at"] - captured))
        errors.append(abs(previews[index]["at"] - captured))
        assert before - 1 <= index <= after
        # The tracker may have passed that very frame over; else its name is the server's own.
        is_there = abs(near - wanted) < 1000 / FPS / 4 * TICKS_PER_MS
        assert not is_there or abs(near - wanted) <= 2 * TICKS_PER_MS
        tab.until_says("Nothing was found there.")
        expect(chips(tab)).to_have_count(1)
    assert statistics.median(errors) <= 2


def test_more_clicks_say_more_about_the_selected_thing_and_it_stays_itself(tab: Tab) -> None:
    click(tab, STILL)
    until_found(tab)
    track_id = assert_outlines_still(tab)
    (first,) = tab.asked[-1]

    click(tab, (STILL[0] + 20, STILL[1] + 10))
    (second,) = asked(tab, lambda prompts: len(prompts[0]["points"]) == 2)
    click(tab, FAR, with_shift=True)
    (third,) = asked(tab, lambda prompts: len(prompts[0]["points"]) == 3)
    assert first["id"] == second["id"] == third["id"]
    assert third["points"][:2] == second["points"]
    assert [point["positive"] for point in third["points"]] == [True, True, False]
    assert third["points"][2]["x"] == pytest.approx(FAR[0] / SIZE[0], abs=2e-3)
    until_found(tab)
    assert assert_outlines_still(tab) == track_id

    # With nothing selected there is nothing that it could be about.
    tab.page.get_by_role("button", name=re.compile("^object in view")).click()
    count = len(tab.asked)
    click(tab, FAR, with_shift=True)
    tab.until_says("Touch a thing first")
    assert len(tab.asked) == count


def test_a_box_is_drawn_around_a_thing(tab: Tab) -> None:
    until_clocked(tab)
    x, y = things.STILL_XY
    corner, opposite = (x - 20.0, y - 30.0), (x + things.SIDE_PX + 20.0, y + things.SIDE_PX + 30.0)
    tab.page.mouse.move(*on_screen(tab, corner))
    tab.page.mouse.down()
    tab.page.mouse.move(*on_screen(tab, STILL), steps=3)
    expect(tab.page.locator(".rubber")).to_be_visible()
    tab.page.mouse.move(*on_screen(tab, opposite), steps=3)
    assert tab.asked[-1] == []
    tab.page.mouse.up()
    expect(tab.page.locator(".rubber")).to_be_hidden()
    (prompt,) = asked(tab, bool)
    box = prompt["box"]
    assert "points" not in prompt
    assert [box["x_min"], box["x_max"]] == pytest.approx(
        [corner[0] / SIZE[0], opposite[0] / SIZE[0]], abs=2e-3
    )
    assert [box["y_min"], box["y_max"]] == pytest.approx(
        [corner[1] / SIZE[1], opposite[1] / SIZE[1]], abs=2e-3
    )
    assert isinstance(box["frame"], int)
    until_found(tab)
    assert_outlines_still(tab)


def test_a_drag_that_is_given_up_asks_for_nothing(tab: Tab) -> None:
    tab.page.mouse.move(*on_screen(tab, FAR))
    tab.page.mouse.down()
    tab.page.mouse.move(*on_screen(tab, STILL), steps=3)
    tab.page.keyboard.press("Escape")
    expect(tab.page.locator(".rubber")).to_be_hidden()
    tab.page.mouse.up()
    assert tab.state == "live"
    assert tab.asked == [[]]
    expect(chips(tab)).to_have_count(0)


@pytest.mark.parametrize("way", ["×", "Delete", "Escape"])
def test_a_thing_is_removed_and_comes_back_by_undo(tab: Tab, way: str) -> None:
    click(tab, STILL)
    until_found(tab)
    wanted = tab.asked[-1]
    if way == "×":
        tab.button("Remove object").click()
    else:
        tab.page.keyboard.press(way)
    expect(chips(tab)).to_have_count(0)
    assert asked(tab, lambda prompts: prompts == []) == []
    tab.until_bare()
    tab.page.keyboard.press("Escape")  # once too often: the camera goes on
    assert tab.state == "live"

    tab.page.keyboard.press("Control+z")
    assert asked(tab, bool) == wanted
    until_found(tab)
    tab.page.keyboard.press("Control+z")
    asked(tab, lambda prompts: prompts == [])
    expect(tab.button("Undo")).to_be_disabled()
    tab.button("Redo").click()
    assert asked(tab, bool) == wanted
    tab.page.keyboard.press("Control+Shift+z")
    assert asked(tab, lambda prompts: prompts == []) == []
    expect(tab.button("Redo")).to_be_disabled()


def test_words_are_asked_for_each_and_share_a_chip_for_all_their_objects(tab: Tab) -> None:
    field = tab.page.get_by_label("What to outline", exact=True)
    say(tab, "thing")
    (prompt,) = asked(tab, bool)
    assert prompt == {"id": prompt["id"], "text": "thing"}
    expect(field).to_have_value("")
    chip = chips(tab)
    expect(chip).to_have_count(1)
    expect(chip).to_contain_text("2 in view")
    colours = chip.locator(".dots i").evaluate_all(
        "dots => dots.map(dot => getComputedStyle(dot).backgroundColor)"
    )
    assert len(set(colours)) == len(colours) == 2
    masks = list(outlines(tab).values())
    assert max(geometry.iou(mask, things.square(things.STILL_XY)) for mask in masks) >= LEAST_IOU

    # A click on one of them selects the words; it asks for nothing more.
    count = len(tab.asked)
    name = chip.get_by_role("button").first
    expect(name).to_have_attribute("aria-pressed", "false")
    click(tab, STILL)
    expect(name).to_have_attribute("aria-pressed", "true")
    click(tab, STILL, with_shift=True)
    tab.until_says("outlines every one of them")
    assert len(tab.asked) == count


def test_words_are_suggested_and_chosen_by_keyboard(tab: Tab) -> None:
    tab.page.keyboard.press("/")
    field = tab.page.get_by_role("combobox", name="What to outline")
    expect(field).to_be_focused()
    tab.page.keyboard.type("th")
    option = tab.page.get_by_role("option", name="thing", exact=True)
    expect(option).to_be_visible()
    tab.page.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    tab.page.keyboard.press("Enter")
    assert [prompt["text"] for prompt in asked(tab, bool)] == ["thing"]
    expect(field).to_be_focused()
    tab.page.keyboard.press("Control+z")  # an empty field has nothing of its own to undo
    asked(tab, lambda prompts: prompts == [])


def test_what_nothing_can_outline_is_told_in_the_servers_words_and_the_rest_goes_on(
    tab: Tab,
) -> None:
    field = tab.page.get_by_label("What to outline", exact=True)
    say(tab, "thing, unicorn")
    card = tab.page.get_by_role("alert").filter(visible=True)
    expect(card).to_contain_text("Nothing here can outline “unicorn”")
    expect(card).to_contain_text("you can ask for: thing")
    assert [prompt["text"] for prompt in asked(tab, lambda p: len(p) == 1)] == ["thing"]
    until_found(tab)
    expect(field).to_have_value("unicorn")
    assert tab.state == "live"

    say(tab, "cat")
    expect(card).to_contain_text("The model for “cat” is not on the server yet")
    expect(card.locator("code")).to_contain_text("rtseg models pull")
    card.get_by_role("button", name="All right").click()
    expect(card).to_have_count(0)
    until_found(tab)


def test_the_keyboard_touches_too(tab: Tab) -> None:
    picture = tab.page.get_by_role("application")
    picture.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("ArrowUp")
    expect(tab.page.locator(".crosshair")).to_be_visible()
    tab.page.keyboard.press("Enter")
    (prompt,) = asked(tab, bool)
    (point,) = prompt["points"]
    # To the right on the screen is to the left in a picture that is mirrored.
    assert (point["x"], point["y"]) == pytest.approx((0.48, 0.48))
    assert tab.page.locator(".crosshair").bounding_box() is not None


def test_a_long_press_says_what_does_not_belong(tab: Tab) -> None:
    click(tab, STILL)
    until_found(tab)
    client = tab.context.new_cdp_session(tab.page)
    x, y = on_screen(tab, BESIDE)
    client.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    )
    (prompt,) = asked(tab, lambda prompts: len(prompts[0]["points"]) == 2)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert [point["positive"] for point in prompt["points"]] == [True, False]
    tab.page.wait_for_timeout(100)
    assert tab.asked[-1] == [prompt]  # lifting the finger is no click


def test_a_touch_of_the_paused_picture_is_looked_for_when_it_goes_on(tab: Tab) -> None:
    tab.page.keyboard.press("Space")
    tab.until_says("Paused.")
    click(tab, STILL)
    expect(chips(tab)).to_have_count(1)
    assert not any(tab.asked)
    tab.button("Go on").click()
    (prompt,) = asked(tab, bool)
    assert "frame" not in prompt["points"][0]
    until_found(tab)
    assert_outlines_still(tab)


def test_a_new_connection_keeps_what_was_asked_for(
    browser: Browser, open_tab: OpenTab, tmp_path: Path
) -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    configuration = NOTHING | {"server": {"port": port}}
    with running(things.load, things.store(tmp_path), **configuration) as server:
        tab = open_tab(browser, server.url, CAMERA)
        until_clocked(tab)
        click(tab, STILL)
        until_found(tab)
        (before,) = tab.asked[-1]
    tab.until("() => window.__rtseg.state.kind === 'reconnecting'")
    expect(chips(tab)).to_have_count(1)
    with running(things.load, things.store(tmp_path), **configuration):
        tab.until_live()
        (after,) = asked(tab, lambda prompts: bool(prompts) and "box" in prompts[0])
        assert after["id"] == before["id"]
        # Where it was last, in no frame of the connection that is gone.
        assert "frame" not in after["box"]
        assert after["box"]["x_min"] == pytest.approx(things.STILL_XY[0] / SIZE[0], abs=0.02)
        until_found(tab)
        assert_outlines_still(tab)
        until(lambda: tab.state == "live")
