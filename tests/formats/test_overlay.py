"""Outlines in pictures."""

from __future__ import annotations

import numpy as np
import pytest

from rtseg.errors import UsageError
from rtseg.formats import Outlined, draw
from rtseg.formats.overlay import anchor_of, line_width_px
from rtseg.formats.palette import bgr_of
from rtseg.formats.tags import Tag, draw_tags
from rtseg.types import BoolMask, Image

GREY = 100


def picture(width: int = 320, height: int = 240) -> Image:
    return np.full((height, width, 3), GREY, np.uint8)


def rectangle(x0: int, y0: int, x1: int, y1: int, size: tuple[int, int] = (320, 240)) -> BoolMask:
    mask = np.zeros((size[1], size[0]), np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def test_the_line_runs_on_the_edge_and_the_inside_is_tinted() -> None:
    before = picture()
    drawn = draw(before, [Outlined(1, "", 1.0, rectangle(100, 80, 200, 180))], tags=[""])
    assert (before == GREY).all()
    line = np.array(bgr_of(1))
    for column in (99, 100):  # on both sides of the edge
        assert np.abs(drawn[130, column].astype(int) - line).max() < 60
    inside = drawn[130, 150].astype(int)
    assert np.allclose(inside, GREY * 0.74 + line * 0.26, atol=2)
    assert (drawn[130, 80] == GREY).all()
    assert (drawn[130, 97] < GREY).all()  # the dark line beside the bright one


def test_the_border_of_the_picture_is_no_outline() -> None:
    drawn = draw(picture(), [Outlined(1, "", 1.0, rectangle(0, 0, 320, 120))], tags=[""])
    inside = drawn[60, 160].astype(int)
    assert np.abs(drawn[60, 0].astype(int) - inside).max() <= 1
    assert np.abs(drawn[0, 160].astype(int) - inside).max() <= 1
    assert np.abs(drawn[119, 160].astype(int) - inside).max() > 40


def test_holes_have_a_line_and_no_tint() -> None:
    mask = rectangle(60, 40, 260, 200) & ~rectangle(120, 90, 200, 150)
    drawn = draw(picture(), [Outlined(2, "", 1.0, mask)], tags=[""])
    assert (drawn[120, 160] == GREY).all()
    assert np.abs(drawn[90, 160].astype(int) - np.array(bgr_of(2))).max() < 60


def strength(*, age_ms: int = 0, state: str | None = None) -> int:
    """How much of an outline is seen."""
    one = Outlined(1, "", 1.0, rectangle(100, 80, 200, 180), age_ms=age_ms, state=state)
    return int(np.abs(draw(picture(), [one], tags=[""]).astype(int) - GREY).sum())


def test_old_evidence_is_pale() -> None:
    assert strength(age_ms=5000) < 0.6 * strength()


def test_what_a_tracker_says_of_it_counts_and_not_its_age() -> None:
    assert strength(age_ms=5000, state="followed") == strength()
    assert strength(age_ms=5000, state="uncertain") == strength(state="uncertain")
    assert strength(age_ms=5000) < strength(state="uncertain") < 0.8 * strength()


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (40, 30), (854, 480), (3840, 2160)])
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    mask = rectangle(0, 0, max(1, size[0] // 2), max(1, size[1] // 2), size)
    drawn = draw(picture(*size), [Outlined(1, "a very long label of a thing", 0.5, mask)])
    assert drawn.shape == (size[1], size[0], 3)
    assert (drawn != GREY).any()


def test_lines_grow_with_the_picture() -> None:
    assert line_width_px(854, 480) == pytest.approx(2.0, abs=0.1)
    assert line_width_px(3840, 2160) == pytest.approx(9.1, abs=0.1)
    assert line_width_px(64, 48) == 1.5


def changed(canvas: Image) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero((canvas != GREY).any(axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


@pytest.mark.parametrize("anchor", [(0, 0), (320, 240), (0, 240), (320, 0), (160, 120)])
def test_tags_stay_whole_inside_the_picture(anchor: tuple[int, int]) -> None:
    middle, here = picture(), picture()
    draw_tags(middle, [Tag("person 92 %", (0, 255, 0), (160.0, 120.0))])
    draw_tags(here, [Tag("person 92 %", (0, 255, 0), (float(anchor[0]), float(anchor[1])))])
    plates = [
        np.count_nonzero((c[..., 1] > 200) & (c[..., 0] < 60) & (c[..., 2] < 60))
        for c in (middle, here)
    ]
    assert plates[0] > 500
    assert plates[1] == pytest.approx(plates[0], rel=0.02)


def test_tags_of_one_place_do_not_cover_each_other() -> None:
    one, three = picture(), picture()
    tag = Tag("person", (0, 255, 0), (160.0, 120.0))
    draw_tags(one, [tag])
    draw_tags(three, [tag] * 3)
    plates = [np.count_nonzero((c[..., 1] > 200) & (c[..., 0] < 60)) for c in (one, three)]
    assert plates[1] == pytest.approx(3 * plates[0], rel=0.02)


def test_a_long_label_is_cut_and_a_small_picture_has_none() -> None:
    wide, tiny = picture(), picture(12, 8)
    draw_tags(wide, [Tag("a label " * 20, (0, 255, 0), (160.0, 120.0))])
    x0, _, x1, _ = changed(wide)
    assert 150 < x1 - x0 <= 320
    draw_tags(tiny, [Tag("person", (0, 255, 0), (6.0, 4.0))])
    assert (tiny == GREY).all()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(UsageError, match="the size of the picture"):
        draw(picture(), [Outlined(1, "", 1.0, rectangle(0, 0, 5, 5, (10, 10)))])


def test_a_speck_above_does_not_lift_the_tag() -> None:
    mask = rectangle(100, 120, 200, 220)
    without = anchor_of(Outlined(1, "", 1.0, mask))
    mask[20:24, 300:304] = True
    x, y = anchor_of(Outlined(1, "", 1.0, mask))
    assert (x, y) == pytest.approx(without, abs=2)
    assert (x, y) == pytest.approx((150, 120), abs=2)
