"""The page in the Firefox that users have: it connects, and the outline is over the person."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from rtseg import geometry
from rtseg.bench import stamp
from rtseg.server.page import PAGE
from rtseg.types import BoolMask
from tests.browser.firefox.bidi import Firefox, find_firefox, launched
from tests.browser.scene import FPS, SIZE, Scene
from tests.server.running import Running, running

pytestmark = pytest.mark.browser

_FILE_INPUT = 'input[type="file"][accept="video/*"]'
_HAS_OUTLINE = "window.__rtseg?.latest?.objects.some(({ rings }) => rings.length > 0) ?? false"
_COUNT = 30


@dataclass(frozen=True)
class Shown:
    """What stood on the screen: the number of the picture, and the outline over it."""

    number: int
    outline: BoolMask
    told: dict[str, Any]


@pytest.fixture(scope="module")
def clip(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene as a file that every Firefox plays; frame n carries the stamp n."""
    path = tmp_path_factory.mktemp("clip") / "clip.webm"
    quick = {"deadline": "realtime", "cpu-used": "8"}
    with av.open(str(scene.camera.path)) as source, av.open(str(path), "w") as file:
        stream = file.add_stream("libvpx", rate=FPS, options=quick)
        stream.width, stream.height = SIZE
        stream.pix_fmt, stream.bit_rate = "yuv420p", 4_000_000
        for frame in source.decode(video=0):
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    executable = find_firefox()
    if executable is None:
        pytest.skip("needs a Firefox on the path, or its address in RTSEG_FIREFOX")
    if not (PAGE / "index.html").is_file():
        pytest.skip("needs the page: run `make page`")
    with launched(executable, tmp_path_factory.mktemp("firefox")) as firefox:
        yield firefox.size(960, 540)


@pytest.fixture(scope="module")
def server(scene: Scene) -> Iterator[Running]:
    with running(scene.load, scene.store) as server:
        yield server


def watch(firefox: Firefox, showing: str) -> list[Shown]:
    """Collect what is on the screen, once it is shown as wished."""
    firefox.until(_HAS_OUTLINE)
    script = (Path(__file__).parents[3] / "rtseg/bench/onscreen/presentations.js").read_text()
    cells = f"{{ cells: {stamp.CELLS}, cellsPerWidth: {stamp.CELLS_PER_WIDTH} }}"
    firefox.evaluate(f"(window.__rtsegWork = {{ ms: 0, benchMs: 0 }}, ({script})({cells}), null)")
    there = f"""window.__rtsegPresented.take().presentations
        .filter(({{ showing, rings }}) => showing === "{showing}" && rings.length > 0)"""
    firefox.until(f"{there}.length >= {_COUNT}")
    found = []
    for told in firefox.evaluate(there):
        number = stamp.number_of(told["cells"])
        if number is not None:
            rings = [
                np.rint(np.asarray(ring)).astype(np.int32).reshape(-1, 2) for ring in told["rings"]
            ]
            outline = geometry.fill(geometry.Path(tuple(rings)), SIZE[::-1])
            found.append(Shown(number, outline, told))
    assert len(found) >= _COUNT / 2, "the stamps cannot be read"
    return found


def likeness(one: Shown, scene: Scene, back: int, ahead: int = 1) -> float:
    """How well an outline covers the person of the picture, or of one of its neighbours."""
    numbers = range(one.number - back, one.number + ahead + 1)
    return max(geometry.iou(one.outline, scene.mask(n % scene.camera.frames)) for n in numbers)


def test_live_the_outline_is_over_the_person(
    firefox: Firefox, server: Running, scene: Scene, clip: Path
) -> None:
    """On a busy machine it lags behind by as much as it says."""
    firefox.errors.clear()
    firefox.open(f"{server.url}?showing=live")
    firefox.choose_files(_FILE_INPUT, [clip])
    scores = []
    for one in watch(firefox, "live"):
        behind = (one.told["gapMs"] or 0) * FPS / 1000
        scores.append(likeness(one, scene, back=math.ceil(behind) + 2))
    assert float(np.median(scores)) >= 0.75
    assert firefox.errors == []


def test_in_step_the_outline_is_that_of_the_very_picture(
    firefox: Firefox, server: Running, scene: Scene, clip: Path
) -> None:
    firefox.errors.clear()
    firefox.open(f"{server.url}?showing=instep")
    firefox.choose_files(_FILE_INPUT, [clip])
    scores = [
        likeness(one, scene, back=1) for one in watch(firefox, "in step") if one.told["gapMs"] == 0
    ]
    assert len(scores) >= 3
    assert float(np.median(scores)) >= 0.8
    assert firefox.errors == []


def test_its_camera_connects_and_its_pictures_have_names(firefox: Firefox, server: Running) -> None:
    """Firefox's own camera is a pattern: what is outlined there says nothing."""
    firefox.errors.clear()
    firefox.open(f"{server.url}?autostart=1")
    firefox.until("window.__rtseg?.counters.frames > 30")
    firefox.until("window.__rtseg.frameOnScreen !== null")
    assert firefox.errors == []
