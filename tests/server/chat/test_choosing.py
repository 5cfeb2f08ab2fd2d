"""Which models are asked, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rtseg.models.catalogue import Catalogue, builtin
from rtseg.models.router import Router
from rtseg.models.sources import FolderSource
from rtseg.models.store import Store
from rtseg.server.chat.choosing import MAX_PHRASES, Plan, Refusal, choose, model_named
from rtseg.server.chat.errors import RequestError
from rtseg.server.chat.reading import Wish, read


def store_with(home: Path, *here: str) -> Store:
    """A store of the built-in catalogue in which these need no files; all others are missing."""
    return Store(
        home,
        catalogue=Catalogue(
            replace(entry, source=None, files=(), requires=())
            if entry.name in here
            else replace(entry, source=FolderSource("folder", str(home / "nowhere")))
            for entry in builtin()
        ),
    )


def chosen(
    home: Path,
    text: str,
    *here: str,
    labels: tuple[str, ...] = (),
    model: str | None = None,
    has_gpu: bool = True,
) -> Plan | Refusal:
    store = store_with(home, "touch", *here)
    router = Router(store, has_gpu=has_gpu)
    return choose(read(text), labels, router=router, store=store, model=model)


def plan(*arguments: object, **more: object) -> Plan:
    found = chosen(*arguments, **more)  # type: ignore[arg-type]
    assert isinstance(found, Plan), found
    return found


def refusal(*arguments: object, **more: object) -> str:
    found = chosen(*arguments, **more)  # type: ignore[arg-type]
    assert isinstance(found, Refusal), found
    return found.message


def test_words_go_to_the_models_that_know_them(tmp_path: Path) -> None:
    found = plan(tmp_path, "Segment the face and the cars", "face", "yolox-nano")
    assert found.phrases == ("face", "cars")
    assert [route.model for route in found.routes] == ["face", "yolox-nano"]
    assert not found.everything


def test_things_one_by_one_go_to_a_model_that_tells_them_apart(tmp_path: Path) -> None:
    here = ("person", "yolox-nano")
    assert plan(tmp_path, "the person", *here).routes[0].model == "person"
    assert plan(tmp_path, "each person", *here).routes[0].model == "yolox-nano"
    assert plan(tmp_path, "all the people", *here).routes[0].model == "yolox-nano"
    assert plan(tmp_path, "semantic: each person", *here).routes[0].model == "person"
    assert plan(tmp_path, "each person", "person").routes[0].model == "person"
    assert plan(tmp_path, "each person", *here, model="person").routes[0].model == "person"


def test_an_open_model_gets_the_whole_phrase(tmp_path: Path) -> None:
    found = plan(tmp_path, "the two cats on the left", "sam3", "yolox-nano")
    assert found.prompts[0].text == "two cats on the left"
    assert found.routes[0].model == "sam3"


def test_a_relation_that_no_model_understands_is_refused_with_the_reason(tmp_path: Path) -> None:
    said = refusal(tmp_path, "Segment the two cats on the left and the dog", "yolox-nano")
    assert "I can't outline “two cats on the left”: no model on this machine can." in said
    assert "“two cats” I know, but not what else" in said
    assert "“dog”" not in said
    assert "You can ask for: person, bicycle, car" in said


def test_one_unknown_word_refuses_the_whole(tmp_path: Path) -> None:
    said = refusal(tmp_path, "the cars, the unicorn and the gryphon", "yolox-nano")
    assert "“unicorn” and “gryphon”" in said
    assert "sam3 could;" in said


def test_the_command_that_gets_a_model_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path)  # nothing is pulled
    found = choose(read("the cars"), (), router=Router(store), store=store)
    assert isinstance(found, Refusal)
    assert "rtseg models pull yolox-nano" in found.message


def test_panoptic_scenes_want_a_model_that_knows_stuff(tmp_path: Path) -> None:
    said = refusal(tmp_path, "panoptic segmentation of this scene", "yolox-nano")
    assert "eomt-large does" in said
    assert "“panoptic segmentation of the people”" in said
    found = plan(tmp_path, "panoptic segmentation of this scene", "yolox-nano", "eomt-large")
    assert {route.model for route in found.routes} == {"eomt-large"}
    assert len(found.prompts) == 133
    assert found.everything
    assert found.mode == "panoptic"


def test_panoptic_segmentation_of_things_wants_none(tmp_path: Path) -> None:
    found = plan(tmp_path, "panoptic segmentation of people and cars", "yolox-nano")
    assert (found.mode, found.phrases) == ("panoptic", ("people", "cars"))


def test_everything_is_what_the_models_here_know(tmp_path: Path) -> None:
    found = plan(tmp_path, "segment everything", "face", "yolox-nano")
    assert {"face", "car", "toothbrush"} <= set(found.phrases)
    assert found.everything
    assert found.wanted == len(found.prompts)
    assert "wants to be told what to look for" in refusal(tmp_path, "segment everything", "sam3")


def test_what_the_schema_lists_counts_where_the_text_names_nothing(tmp_path: Path) -> None:
    labels = ("car", "dog")
    assert plan(tmp_path, "Segment everything", "yolox-nano", labels=labels).phrases == labels
    assert plan(tmp_path, "", "yolox-nano", labels=labels).phrases == labels
    assert plan(tmp_path, "the cat", "yolox-nano", labels=labels).phrases == ("cat",)


def test_what_is_left_out_is_looked_for_too(tmp_path: Path) -> None:
    found = plan(tmp_path, "all animals except dogs", "yolox-nano")
    assert [prompt.text for prompt in found.prompts] == ["animals", "dogs"]
    assert found.wanted == 1
    found = plan(tmp_path, "everything but the dog", "yolox-nano")
    assert found.prompts[-1].text == "dog"
    assert found.wanted == len(found.prompts) - 1
    assert "“red cars”" in refusal(tmp_path, "all cars except the red ones", "yolox-nano")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Describe this image", "“Describe this image” asks for something else"),
        ("hello", "the request names nothing"),
        ("Segment them", "the request names nothing"),
        ("", "the request names nothing"),
    ],
)
def test_what_is_no_request_for_outlines(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path, text, "yolox-nano")


def test_too_many_things(tmp_path: Path) -> None:
    store = store_with(tmp_path, "touch", "yolox-nano")
    wish = Wish(phrases=tuple(f"thing {number}" for number in range(MAX_PHRASES + 1)))
    with pytest.raises(RequestError, match="at most 200 things to outline, got 201"):
        choose(wish, (), router=Router(store), store=store)


@pytest.mark.parametrize(
    ("name", "chosen_model"),
    [
        (None, None),
        ("", None),
        ("auto", None),
        ("vlm-agent-1", None),
        ("vlmrun-orion-1:auto", None),
        ("moondream-3", None),
        ("owner/model", None),
        ("model@2", None),
        ("face", "face"),
    ],
)
def test_models_by_name(tmp_path: Path, name: str | None, chosen_model: str | None) -> None:
    assert model_named(name, store_with(tmp_path, "face")) == chosen_model


@pytest.mark.parametrize(
    ("name", "says"), [("gpt-4o", "there is: auto, face"), ("sam3", "is not on this machine")]
)
def test_models_that_are_not_here(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        model_named(name, store_with(tmp_path, "face"))
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


def test_the_model_that_is_named_is_the_only_one_asked(tmp_path: Path) -> None:
    assert plan(tmp_path, "cars", "yolox-nano", model="yolox-nano").routes[0].model == "yolox-nano"
    said = refusal(tmp_path, "the cars", "face", "yolox-nano", model="face")
    assert "model 'face' cannot outline 'cars'" in said
