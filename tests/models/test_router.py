from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtseg.errors import ModelMissingError, PeerError, UsageError
from rtseg.models import Catalogue, Entry, Route, Router, Store, builtin
from rtseg.models.sources import FolderSource, HubSource
from rtseg.types import Box, Point, Prompt

TOUCH = (Point(0.5, 0.5),)
BOX = Box(0.1, 0.1, 0.9, 0.9)

_BASE = Entry(
    name="",
    title="",
    note="",
    licence="MIT",
    speed="camera",
    quality=1,
    backend="x",
    devices=("cpu",),
)
_BOXES = frozenset({"point", "box"})
MODELS = {
    entry.name: entry
    for entry in (
        replace(_BASE, name="touch", takes=_BOXES),
        replace(_BASE, name="people", quality=3, merges=True, labels={"person": ("people",)}),
        replace(_BASE, name="finder", quality=5, role="detector", labels={"person": (), "cat": ()}),
        replace(
            _BASE, name="follower", quality=7, speed="interactive", takes=_BOXES, remembers=True
        ),
        replace(_BASE, name="huge", quality=9, speed="gpu", takes=_BOXES, remembers=True),
        replace(_BASE, name="anything", quality=8, speed="gpu", open_vocabulary=True),
        replace(
            _BASE, name="example", quality=4, takes=frozenset({"text", "box"}), labels={"a": ()}
        ),
        replace(_BASE, name="boxed", quality=6, takes=frozenset({"box", "mask"})),
        replace(_BASE, name="needy", quality=6, labels={"dog": ()}, requires=("no_such_module",)),
    )
}

Make = Callable[..., Router]


@pytest.fixture
def router(tmp_path: Path) -> Make:
    """A router of the models named; those of `absent` are in the catalogue only."""

    def make(*names: str, absent: tuple[str, ...] = (), has_gpu: bool = False) -> Router:
        entries = [MODELS[name] for name in names]
        gone = FolderSource("folder", str(tmp_path / "none"))
        entries += [replace(MODELS[name], source=gone) for name in absent]
        return Router(Store(tmp_path, catalogue=Catalogue(entries)), has_gpu=has_gpu)

    return make


@pytest.mark.parametrize(
    ("here", "prompt", "route"),
    [
        # words
        ("touch people", Prompt("people"), Route("people", "person")),
        ("touch people finder", Prompt("cat"), Route("finder", "cat", "touch")),
        ("people anything", Prompt("people"), Route("people", "person")),
        ("people anything", Prompt(" a  red kite "), Route("anything", "a red kite")),
        # a pair is as good as the worse of the two
        ("touch people finder", Prompt("person"), Route("people", "person")),
        ("touch follower people finder", Prompt("person"), Route("finder", "person", "follower")),
        # touches
        ("touch people", Prompt(points=TOUCH), Route("touch", "object")),
        ("touch follower", Prompt(box=BOX), Route("follower", "object")),
        ("huge touch", Prompt(box=BOX), Route("touch", "object")),
        # words with a touch
        ("touch people", Prompt("cat", points=TOUCH), Route("touch", "cat")),
        ("touch people", Prompt("people", box=BOX), Route("people", "person")),
        ("touch people finder", Prompt("person", points=TOUCH), Route("finder", "person", "touch")),
        # a model that is named
        ("touch follower", Prompt(points=TOUCH, model="touch"), Route("touch", "object")),
        (
            "people finder touch",
            Prompt("person", model="finder"),
            Route("finder", "person", "touch"),
        ),
        ("touch people", Prompt("cat", box=BOX, model="touch"), Route("touch", "cat")),
        # not every promptable model takes both
        ("touch boxed", Prompt(points=TOUCH), Route("touch", "object")),
        ("touch boxed", Prompt(points=TOUCH, box=BOX), Route("touch", "object")),
        ("touch boxed", Prompt(box=BOX), Route("boxed", "object")),
        ("touch boxed finder", Prompt("cat"), Route("finder", "cat", "boxed")),
        # a box is an example of what is meant, to a model that takes no points
        ("touch example", Prompt(box=BOX), Route("touch", "object")),
        ("touch example finder", Prompt("cat"), Route("finder", "cat", "touch")),
        ("touch example", Prompt(box=BOX, model="example"), Route("example", "object")),
    ],
)
def test_who_answers(router: Make, here: str, prompt: Prompt, route: Route) -> None:
    assert router(*here.split()).route(prompt) == route
    assert router(*reversed(here.split())).route(prompt) == route, "whatever the order"


def test_with_a_gpu_the_large_ones_answer(router: Make) -> None:
    here = ("touch", "follower", "huge", "people", "anything", "finder")
    assert router(*here, has_gpu=True).route(Prompt(points=TOUCH)).model == "huge"
    assert router(*here, has_gpu=True).route(Prompt("person")) == Route("anything", "person")
    assert router(*here, has_gpu=True).follower() == "huge"
    assert router(*here).follower() == "follower"
    assert router("touch", "huge").follower() is None
    assert router("huge").promptable() == "huge", "slow is better than nothing"


def test_what_is_not_here_is_named_never_chosen(router: Make) -> None:
    both = router("touch", "people", absent=("finder", "follower", "anything"))
    assert both.route(Prompt("person")).model == "people"
    assert both.route(Prompt(points=TOUCH)).model == "touch"
    with pytest.raises(ModelMissingError, match=r"outline 'cat'; finder could: put its files into"):
        both.route(Prompt("cat"))
    with pytest.raises(ModelMissingError, match=r"model 'follower' is not on this machine; put"):
        both.route(Prompt(points=TOUCH, model="follower"))


def test_a_missing_module_is_named_with_the_command(router: Make) -> None:
    message = "outline 'dog'; needy could: get it with: pip install no_such_module$"
    with pytest.raises(ModelMissingError, match=message):
        router("touch", "needy").route(Prompt("dog"))


def test_the_best_and_the_lightest_are_named(router: Make) -> None:
    light = replace(MODELS["people"], name="light", labels={"dog": ()})
    catalogue = Catalogue([MODELS["needy"], replace(light, source=FolderSource("folder", "/none"))])
    with pytest.raises(ModelMissingError, match=r"light could: .*/none.*; or needy could: "):
        Router(Store(catalogue=catalogue)).route(Prompt("dog"))


def test_a_detector_without_an_outliner_waits_for_one(router: Make) -> None:
    with pytest.raises(ModelMissingError, match="finder could: add a model that takes boxes"):
        router("finder").route(Prompt("cat"))
    with pytest.raises(ModelMissingError, match="finder could: put its files into"):
        router("finder", absent=("follower",)).route(Prompt("cat"))
    assert router("finder", "people").route(Prompt("person")).model == "people"
    with pytest.raises(ModelMissingError, match="no promptable model that is installed"):
        router("finder").route(Prompt("cat", model="finder"))
    with pytest.raises(ModelMissingError, match="takes points and boxes is missing"):
        router("people").route(Prompt(points=TOUCH))


@pytest.mark.parametrize("prompt", [Prompt(), Prompt("  \n")])
def test_an_empty_prompt(router: Make, prompt: Prompt) -> None:
    with pytest.raises(PeerError, match="empty prompt") as caught:
        router("touch").route(prompt)
    assert caught.value.code == "invalid_request"


@pytest.mark.parametrize("text", ["zebra", "…", "the", "x" * 100_000, "s", "es"])
def test_words_that_nothing_knows(router: Make, text: str) -> None:
    with pytest.raises(PeerError, match="you can ask for: person, cat; or touch") as caught:
        router("touch", "people", "finder", "needy").route(Prompt(text))
    assert (caught.value.code, caught.value.status) == ("unknown_prompt", 400)
    assert len(str(caught.value)) < 300


def test_a_model_that_does_not_take_the_prompt(router: Make) -> None:
    here = router("touch", "people")
    for prompt in (Prompt("cat", model="people"), Prompt(points=TOUCH, model="people")):
        with pytest.raises(PeerError, match=r"'people' cannot outline .*; it takes: person"):
            here.route(prompt)
    with pytest.raises(PeerError, match="'touch' cannot outline 'cat'; it takes: box or point"):
        here.route(Prompt("cat", model="touch"))
    with pytest.raises(UsageError, match="did you mean people"):
        here.route(Prompt("cat", model="peopl"))


@settings(deadline=None)
@given(
    text=st.text(max_size=30) | st.sampled_from(["person", "cats", "dog"]),
    touched=st.booleans(),
    here=st.sets(st.sampled_from(sorted(MODELS))),
    has_gpu=st.booleans(),
)
def test_any_prompt_has_a_route_or_one_of_two_errors(
    text: str, touched: bool, here: set[str], has_gpu: bool
) -> None:
    gone = FolderSource("folder", "/no/such/folder")
    catalogue = Catalogue(
        entry if name in here else replace(entry, source=gone) for name, entry in MODELS.items()
    )
    router = Router(Store("/no/such/home", catalogue=catalogue), has_gpu=has_gpu)
    prompt = Prompt(text, points=TOUCH if touched else ())
    try:
        route = router.route(prompt)
    except PeerError as error:
        assert error.code in ("unknown_prompt", "invalid_request")  # noqa: PT017
        assert not touched
    except ModelMissingError as error:
        assert " could: " in str(error)  # noqa: PT017
    else:
        entry = catalogue.entry(route.model)
        assert route.model in here - {"needy"}
        assert route.label
        assert (route.outliner is not None) == (entry.role == "detector")
        assert route.outliner in {None, *here}
        if not touched:
            assert "text" in entry.takes


BUILTIN = builtin()  # read once, and not within an example's deadline


@given(st.text())
def test_any_text_to_the_builtin_catalogue(text: str) -> None:
    router = Router(Store("/no/such/home", catalogue=BUILTIN))
    try:
        router.route(Prompt(text))
    except PeerError as error:
        assert error.code in ("unknown_prompt", "invalid_request")  # noqa: PT017
    except ModelMissingError as error:
        assert "get it with: " in str(error)  # noqa: PT017


def test_people_are_named_in_the_builtin_catalogue() -> None:
    with pytest.raises(ModelMissingError, match="rtseg models pull person"):
        Router(Store("/no/such/home")).route(Prompt("people"))
    assert builtin().entry("touch").is_promptable


def test_candidates_say_why_and_how(router: Make) -> None:
    here = router("touch", "people", absent=("anything", "finder"))
    people, finder, anything = here.candidates(Prompt("person"))
    assert (people.model, people.is_here, people.get) == ("people", True, "")
    assert "all of a kind as one outline" in people.why
    assert (finder.outliner, finder.quality, finder.is_here) == ("touch", 1, False)
    assert "finds boxes, which touch outlines" in finder.why
    assert finder.get.startswith("put its files into")
    assert "wants a GPU, there is none here, not on this machine" in anything.why
    assert [c.model for c in here.candidates(Prompt("cat", points=TOUCH))] == ["touch"]
    assert here.candidates(Prompt("", points=TOUCH))[0].is_affordable


def test_a_gated_candidate_says_so(entry: Entry, tmp_path: Path) -> None:
    gated = replace(entry, source=HubSource("hub", "a/b", gated=True), requires=())
    (candidate,) = Router(Store(tmp_path, catalogue=Catalogue([gated]))).candidates(Prompt("thing"))
    assert "asked for access first" in candidate.why


def test_what_is_fetched_unasked(router: Make, store: Store, entry: Entry) -> None:
    heavy = replace(entry, name="heavy", requires=("torch",))
    slow = replace(entry, name="slow", speed="gpu")
    catalogue = Catalogue([heavy, slow, entry])
    fresh = Router(Store(store.home, catalogue=catalogue))
    assert fresh.to_pull("gizmo") == "fake"
    assert fresh.to_pull("zebra") is None
    assert Router(Store(store.home, catalogue=Catalogue([heavy, slow]))).to_pull("gizmo") is None
    assert router("people").to_pull("person") is None
    assert router("touch", absent=("people",)).to_pull("person") is None, "a folder of the user's"
    better = replace(entry, name="better", quality=6)
    catalogue = Catalogue([entry, better, heavy])
    assert Router(Store(store.home, catalogue=catalogue)).to_pull("gizmo") == "better"
    assert Router(Store("/no/such/home")).to_pull("person") == "person"
