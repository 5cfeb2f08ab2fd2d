"""The page for pictures: what is asked for is asked of the server, and outlined where it is."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser, Page, expect

import rtseg
from rtseg import models
from rtseg.formats.exporting import FORMATS
from rtseg.models import Answer, Catalogue, Detection, Request, Segmenter, Store
from rtseg.models.catalogue import builtin
from rtseg.types import Box
from tests.browser.conftest import launched
from tests.browser.image_tab import LARGE, SIDES, SMALL, ImageTab, centre, draw, encoded
from tests.browser.tab import WAIT_MS
from tests.engine.fakes import (
    PERSON,
    THINGS,
    TOUCH,
    FakeSegmenter,
    bright_pixels,
    bright_things,
    entry_of,
    what_is_touched,
)
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

Open = Callable[..., ImageTab]
FAR = (560.0, 420.0)
"""Of either thing."""
LINE_PX = 4
"""So far the outer edge of a line may lie from the outline that it draws, picture pixels."""


def load(name: str) -> Segmenter:
    if name == TOUCH.name:
        return FakeSegmenter(what_is_touched, info=TOUCH)
    if name == PERSON.name:
        return FakeSegmenter(bright_pixels, info=PERSON)
    return FakeSegmenter(bright_things, info=THINGS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """All of the fakes, and one that knows "cat" and is not installed."""
    missing = next(entry for entry in builtin() if "cat" in entry.labels)
    entries = (entry_of(TOUCH), entry_of(THINGS), entry_of(PERSON), missing)
    return Store(tmp_path_factory.mktemp("store"), catalogue=Catalogue(entries))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched(None) as browser:
        yield browser


@pytest.fixture(scope="module")
def server(store: Store) -> Iterator[Running]:
    with running(load, store) as server:
        yield server


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    tabs: list[ImageTab] = []

    def open_one(url: str, **options: Any) -> ImageTab:
        tabs.append(ImageTab(browser, url, **options))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.close()


@pytest.fixture
def tab(open_page: Open, server: Running) -> ImageTab:
    """The page with the drawn picture in it."""
    tab = open_page(server.url)
    tab.drop(encoded(draw()))
    expect(tab.page.get_by_label("What to outline", exact=True)).to_be_visible()
    return tab


def plain(server: Running, body: dict[str, Any], image: bytes | None = None) -> dict[str, Any]:
    """What the API answers by itself."""
    picture = Pillow.open(io.BytesIO(image or encoded(draw())))
    kind = Pillow.MIME[picture.format or "PNG"]
    uri = f"data:{kind};base64,{base64.b64encode(image or encoded(draw())).decode()}"
    answer = httpx.post(
        f"{server.url}/v1/segment", json={"image_url": uri, **body}, trust_env=False, timeout=30
    )
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert isinstance(result, dict)
    return result


def assert_lies_on(tab: ImageTab, number: int, thing: tuple[int, ...]) -> None:
    assert tab.line_box(number) == pytest.approx(thing, abs=LINE_PX)


# Bringing a picture and asking.


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


# Taking it away.


def test_what_is_copied_is_what_the_api_answers(tab: ImageTab, server: Running) -> None:
    tab.say("thing")
    tab.until_found(2)
    answer = plain(server, {"object": "thing"})

    def copied(label: str) -> str:
        button = tab.page.get_by_role("button", name=label, exact=True)
        button.click()
        expect(button).to_contain_text("Copied")
        return str(tab.page.evaluate("() => navigator.clipboard.readText()"))

    assert copied("Copy the path") == answer["path"]
    tab.rows().nth(1).get_by_role("button").click()
    assert copied("Copy the path") == answer["instances"][1]["path"]
    assert json.loads(copied("Copy the server’s answer")) == answer
    svg = copied("Copy an SVG document of it")
    assert svg.startswith("<svg ")
    assert answer["instances"][1]["path"] in svg


def test_the_curl_that_is_copied_answers_the_same(
    tab: ImageTab, server: Running, tmp_path: Path
) -> None:
    tab.click(centre(SMALL))
    tab.until_found(1)
    tab.page.get_by_role("button", name="Copy the code").click()
    command = tab.page.evaluate("() => navigator.clipboard.readText()")
    (tmp_path / "drawn.png").write_bytes(encoded(draw()))
    done = subprocess.run(
        ["bash", "--norc", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "no_proxy": "*"},
        check=True,
    )
    tab.page.get_by_role("button", name="Copy the path").click()
    path = tab.page.evaluate("() => navigator.clipboard.readText()")
    assert json.loads(done.stdout)["path"] == path


def test_what_can_be_taken_shows_when_there_is_something(open_page: Open, server: Running) -> None:
    tab = open_page(server.url)
    tab.drop(encoded(draw()))
    hint = tab.page.get_by_text("Say or touch something.")
    download = tab.page.get_by_role("region", name="Download")
    expect(hint).to_be_visible()
    expect(download).to_be_hidden()
    tab.say("thing")
    tab.until_found(2)
    expect(download).to_be_visible()
    expect(hint).to_be_hidden()


def test_every_format_of_the_server_can_be_downloaded(open_page: Open, server: Running) -> None:
    taken: dict[str, bytes] = {}
    formats: list[str] = []
    count = 1 + len(FORMATS)  # and the cut-out
    # Chromium lets a page save ten files in quick succession: two pages share them.
    for part in (range(count // 2), range(count // 2, count)):
        tab = open_page(server.url)
        tab.drop(encoded(draw()))
        tab.say("thing")
        tab.until_found(2)
        section = tab.page.get_by_role("region", name="Download")
        section.get_by_text("More formats").click()
        buttons = section.get_by_role("button")
        assert buttons.count() == count, "the page offers what the server writes"
        for index in part:
            expect(buttons.nth(index)).to_be_enabled()
            with tab.page.expect_download() as download:
                buttons.nth(index).click()
            name = download.value.suggested_filename
            assert name.startswith("drawn-")
            taken[name.removeprefix("drawn-")] = Path(download.value.path()).read_bytes()
        formats += [body["format"] for body in tab.asked if "format" in body]
    assert sorted(formats) == sorted(FORMATS)
    for name, content in taken.items():
        match Path(name).suffix:
            case ".svg":
                assert content.count(b"<path") == 2
            case ".json" | ".jsonl":
                assert "thing" in json.dumps(json.loads(content))
            case ".zip":
                assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
            case ".jpg":
                assert Pillow.open(io.BytesIO(content)).size == SIDES
    panoptic = np.asarray(Pillow.open(io.BytesIO(taken["panoptic.png"])))
    assert [panoptic[round(y), round(x)] for x, y in (centre(LARGE), centre(SMALL))] == [1, 2]

    cut = cv2.imdecode(np.frombuffer(taken["cut-out.png"], np.uint8), cv2.IMREAD_UNCHANGED)
    assert cut is not None
    x0, y0 = LARGE[0], LARGE[1]
    wanted = np.zeros((LARGE[3] - y0, SMALL[2] - x0), np.bool_)
    for left, top, right, bottom in (LARGE, SMALL):
        wanted[top - y0 : bottom - y0, left - x0 : right - x0] = True
    assert cut.shape == (*wanted.shape, 4)
    assert np.mean((cut[..., 3] > 127) == wanted) > 0.995
    assert tuple(cut[20, 20, :3]) == (215, 215, 215)


# What is in the way.


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


KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def guarded(store: Store) -> Iterator[Running]:
    """A server that wants a key."""
    with running(load, store, api={"keys": [KEY]}) as server:
        yield server


def give_key(page: Page) -> None:
    """Give a wrong one, then the right one."""
    expect(page.get_by_role("heading", name="This server wants an API key")).to_be_visible()
    page.get_by_label("API key").fill("no key of this server")
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_role("heading", name="The server does not know this key")).to_be_visible()
    page.get_by_label("API key").fill(KEY)
    page.get_by_role("button", name="Use this key").click()


def test_a_key_is_asked_for_and_kept_for_the_tab(open_page: Open, guarded: Running) -> None:
    tab = open_page(guarded.url)
    tab.drop(encoded(draw()))
    tab.say("thing")
    give_key(tab.page)
    tab.until_found(2)
    tab.page.get_by_role("button", name="Copy the code").click()
    code = tab.page.evaluate("() => navigator.clipboard.readText()")
    assert "$RTSEG_API_KEY" in code
    assert KEY not in code

    tab.page.reload()
    tab.drop(encoded(draw()))
    tab.say("thing")
    tab.until_found(2)


def test_the_live_page_asks_for_the_key_too(browser: Browser, guarded: Running) -> None:
    context = browser.new_context(permissions=["camera"])
    page = context.new_page()
    page.goto(f"{guarded.url}/?autostart=1")
    give_key(page)
    page.wait_for_function("() => window.__rtseg?.state.kind === 'live'", timeout=WAIT_MS)
    context.close()


# For everyone.

_NAMELESS = """() => [...document.querySelectorAll("a[href], button, input, [tabindex='0']")]
  .filter(one => one.checkVisibility() && one.closest("[inert]") === null)
  .filter(one => !(one.getAttribute("aria-label") || one.textContent.trim() || one.title))
  .map(one => one.outerHTML.slice(0, 120))"""
_OVERLAPPING = """() => {
  const box = name => document.querySelector(name).getBoundingClientRect();
  const [dock, chips, head] = [".dock", ".chips", ".image-head"].map(box);
  return [chips.bottom > dock.top + 0.5, head.bottom > chips.top];
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("viewport", [(390, 844), (820, 1180), (1000, 700), (1440, 900)])
def test_it_fits_every_window_and_every_control_has_a_name(
    open_page: Open, server: Running, viewport: tuple[int, int], scheme: str
) -> None:
    tab = open_page(server.url, viewport=viewport, color_scheme=scheme)
    assert tab.page.evaluate(_NAMELESS) == []
    tab.drop(encoded(draw()), "a-photograph-with-quite-a-long-name-that-goes-on.png")
    tab.say("thing, person")
    tab.click(FAR)
    tab.until_found(3)
    assert tab.page.evaluate(_NAMELESS) == []
    assert tab.page.evaluate(_OVERLAPPING) == [False, False]
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.page.evaluate(wide) <= 0
    x0, y0, x1, y1 = tab.frame()
    assert min(x1 - x0, y1 - y0) > 120, "there is room for the picture"
    assert tab.errors == []


def test_the_pages_lead_to_each_other_and_load_below_a_path(
    open_page: Open, server: Running
) -> None:
    tab = open_page(server.url)
    tab.page.get_by_role("link", name="Live camera").click()
    expect(tab.page.get_by_role("button", name="Use camera")).to_be_visible()
    tab.page.get_by_role("link", name="Pictures").click()
    expect(tab.page.get_by_role("button", name="Choose a picture")).to_be_visible()
    assert tab.page.url == f"{server.url}/images"
    tab.page.goto(f"{server.url}/images/?prompts=thing")
    assert tab.page.url == f"{server.url}/images?prompts=thing"
    addresses = tab.page.evaluate(
        "() => [...document.querySelectorAll('[src], link[href], a[href]')]"
        ".map(one => one.getAttribute('src') ?? one.getAttribute('href'))"
    )
    assert addresses
    assert all(address.startswith("./") for address in addresses)


PHOTO = Path(__file__).parents[3] / "shared" / "data" / "photos"


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
