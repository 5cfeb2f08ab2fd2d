"""The plate knows the background that was seen, says what is not that, and knows its limits."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from rtseg.tracking.appearance import Lab
from rtseg.tracking.camera import Homography
from rtseg.tracking.plate import Glimpse, View, evidence_of_plate, taken_by, views_of
from tests.tracking.scenes import texture

HEIGHT, WIDTH = 180, 320
WHOLE = (0, 0, WIDTH, HEIGHT)
FAR = texture(HEIGHT * 2, WIDTH * 2, 1)
NEAR = np.clip(texture(HEIGHT, WIDTH, 2) * 0.8 + (0, 10, 60), 0, 255).astype(np.uint8)
PAN_PX = 3.0


def shift(x: float, y: float) -> Homography:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def disc(x: float, y: float, radius: float = 24) -> npt.NDArray[np.bool_]:
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray((xs - x) ** 2 + (ys - y) ** 2 <= radius**2, np.bool_)


def picture(t: int, on: npt.NDArray[np.bool_] | None = None, world: Lab = FAR) -> Lab:
    """Draw the frame at `t` of a pan to the right, with an object on it."""
    move = shift(-PAN_PX * t - 40, -40)[:2]
    back = cv2.warpAffine(world, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
    image = np.asarray(back if on is None else np.where(on[..., None], NEAR, back), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2LAB), np.uint8)


def glimpse(t: int, on: npt.NDArray[np.bool_] | None = None, *, is_judged: bool = True) -> Glimpse:
    taken = taken_by((disc(0, 0, 0) if on is None else on).astype(np.float32))
    return Glimpse(picture(t, on), shift(PAN_PX, 0), {1: taken}, {1} if is_judged else set())


def asked(now: Lab, *views: View, near: npt.NDArray[np.bool_] | None = None) -> Lab:
    away = np.ones((HEIGHT, WIDTH), np.bool_) if near is None else ~near
    return evidence_of_plate(now, views, WHOLE, away)


def test_an_object_apart_from_a_panning_camera_is_told_from_what_was_behind_it() -> None:
    then, on = disc(90, 90), disc(180, 90)
    frames = [glimpse(8 - age, then) for age in range(1, 9)]
    now = picture(8, on)
    odds = asked(now, *views_of(frames, Glimpse(now, shift(PAN_PX, 0)), 1), near=then | on)
    left_behind = disc(90 - 8 * PAN_PX, 90, 20)
    assert np.mean(odds[disc(180, 90, 20)] > 1) > 0.9
    assert np.mean(odds[disc(240, 40, 20)] < -1) > 0.95  # what nobody ever stood on
    assert np.mean(odds[left_behind] < 0.5) > 0.95


def test_where_an_object_has_been_is_known_from_before_it_came() -> None:
    first, then, on = disc(60, 90), disc(150, 90), disc(240, 90)
    frames = [glimpse(4, then), *(glimpse(4 - age, first) for age in range(1, 5))]
    now = picture(5, on)
    place = disc(150 - PAN_PX, 90, 18)
    whole = views_of(frames, Glimpse(now, shift(PAN_PX, 0)), 1)
    assert np.mean(asked(now, *whole, near=on)[place] < -1) > 0.95
    last_only = views_of(frames[:1], Glimpse(now, shift(PAN_PX, 0)), 1)
    assert not asked(now, *last_only, near=on)[place].any()  # unknown: nobody saw it free


def test_a_place_that_no_view_has_is_unknown() -> None:
    view = View(picture(33), np.zeros((HEIGHT, WIDTH), np.uint8), shift(-33 * PAN_PX, 0))
    odds = asked(picture(0), view)
    assert not odds[:, :97].any()
    assert (odds[:, 101:] < -1).mean() > 0.95


def test_a_wrong_camera_motion_makes_it_silent_not_wrong() -> None:
    busy = np.random.default_rng(1).integers(0, 255, (HEIGHT * 2, WIDTH * 2, 3)).astype(np.uint8)
    busy = np.asarray(cv2.resize(busy[::4, ::4], (WIDTH * 2, HEIGHT * 2)), np.uint8)
    view = View(picture(0, world=busy), np.zeros((HEIGHT, WIDTH), np.uint8), shift(25, 14))
    odds = asked(picture(0, world=busy), view)
    assert not odds.any()


def test_what_waves_in_the_wind_is_not_taken_for_an_object() -> None:
    calm = picture(0)
    waving = calm.copy()
    noise = np.random.default_rng(2).normal(0, 30, (HEIGHT, WIDTH // 2))
    waving[:, : WIDTH // 2, 0] = (waving[:, : WIDTH // 2, 0] + noise).clip(0, 255)
    odds = asked(waving, View(calm, np.zeros((HEIGHT, WIDTH), np.uint8), np.eye(3)))
    assert np.mean(odds[:, : WIDTH // 2 - 20] > 2) < 0.06
    assert np.mean(odds[:, WIDTH // 2 + 20 :] < -1) > 0.95


def test_without_texture_background_fits_everywhere_and_an_object_of_its_colour_too() -> None:
    plain = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    odds = asked(plain, View(plain, taken_by(disc(90, 90).astype(np.float32)), np.eye(3)))
    assert not odds[disc(90, 90)].any()
    assert (odds[:, 160:] < -1).all()


def test_nobody_to_ask_says_nothing() -> None:
    now = picture(0)
    assert not asked(now).any()
    view = View(now, np.zeros((HEIGHT, WIDTH), np.uint8), np.eye(3))
    assert not asked(now, view, near=np.ones((HEIGHT, WIDTH), np.bool_)).any()


def test_a_part_is_asked_as_the_whole_is() -> None:
    view = View(picture(0), np.zeros((HEIGHT, WIDTH), np.uint8), shift(4 * PAN_PX, 0))
    now = picture(4, disc(180, 90))
    away = ~disc(180, 90, 30)
    part = np.s_[40:140, 120:260]
    some = evidence_of_plate(
        np.ascontiguousarray(now[part]), [view], (120, 40, 260, 140), away[part]
    )
    agreed = np.sign(evidence_of_plate(now, [view], WHOLE, away)[part]) == np.sign(some)
    assert agreed[10:-10, 10:-10].mean() > 0.95


def test_views_end_where_the_camera_motion_is_unknown() -> None:
    now = Glimpse(picture(3), shift(PAN_PX, 0))
    frames = [glimpse(2), glimpse(1), glimpse(0)]
    assert len(views_of(frames, now, 1)) == 3
    frames[0].camera = None
    assert len(views_of(frames, now, 1)) == 1
    now.camera = None
    assert views_of(frames, now, 1) == []


def test_what_a_model_has_judged_is_asked_first_and_little_of_the_rest() -> None:
    now = Glimpse(picture(40), shift(0, 0))
    frames = [glimpse(0, is_judged=age in {7, 19, 31, 39}) for age in range(1, 41)]
    for age, past in enumerate(frames, 1):
        past.camera = shift(0.5 * age, 0)
    views = views_of(frames, now, 1)
    expected = [frames[age - 1].picture for age in (7, 19, 31, 4)]
    assert [id(view.picture) for view in views] == [id(seen) for seen in expected]


def test_a_frame_that_nobody_has_looked_at_is_no_witness() -> None:
    now = Glimpse(picture(1), shift(PAN_PX, 0))
    assert views_of([Glimpse(picture(0), None)] * 8, now, 1) == []


def test_a_frame_from_before_an_object_was_named_may_show_it() -> None:
    now = Glimpse(picture(1), shift(PAN_PX, 0))
    assert len(views_of([glimpse(0)], now, 1)) == 1
    assert views_of([glimpse(0)] * 8, now, 2) == []


def test_every_object_of_a_frame_hides_its_place() -> None:
    past = glimpse(0, disc(60, 90))
    past.taken[2] = taken_by(disc(200, 90).astype(np.float32))
    (view,) = views_of([past], Glimpse(picture(0), np.eye(3)), 1)
    assert view.taken[disc(60, 90)].all()
    assert view.taken[disc(200, 90)].all()
    assert not view.taken[disc(130, 40)].any()


def test_around_an_object_is_taken_too() -> None:
    taken = taken_by(disc(90, 90, 24).astype(np.float32)) > 0
    assert taken[disc(90, 90, 26)].mean() > 0.99
    assert not taken[~disc(90, 90, 29)].any()
