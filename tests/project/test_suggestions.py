"""What a model suggests: kept over a restart, never a label, and never on what is labelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.project.helpers import Owner, add_image, add_labels, box
from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.outlines import Keypoints, Polygon
from workbench.core.shapes import Box, Region
from workbench.project import suggestion_file, suggestions
from workbench.project.cache import cache_folder
from workbench.project.review import Reviewed, judge
from workbench.project.session import Session
from workbench.project.suggestion_file import read_kept
from workbench.project.suggestion_steps import AddSuggestions, SuggestionStep
from workbench.project.suggestions import (
    FILE,
    FOLLOWED,
    SuggestedRegion,
    Suggestion,
    Suggestions,
    fresh,
    suggestion,
    suggestions_of,
)

RUN = "run"
CAT = Suggestion("cat", (2.0, 2.0, 20.0, 20.0), 0.9, "run")
DOG = Suggestion("dog", (30.0, 5.0, 60.0, 40.0), 0.6, "run")
DIM = Suggestion("dog", (5.0, 30.0, 15.0, 40.0), 0.2, "run")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "workbench.toml").write_text("", "utf-8")
    for name in ("a.png", "b.png"):
        add_image(tmp_path, name)
    return tmp_path


def test_they_survive_a_restart(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    store.put({"a.png": [DIM, CAT], "b.png": [DOG]})  # before the file was looked at
    store.set_threshold(0.5)
    store.flush()
    again = suggestions_of(open_session(folder))
    owner.until(lambda: bool(again.images()))
    assert again.threshold == 0.5
    assert again.images() == ["a.png", "b.png"] and again.sums() == (2, 2)
    assert again.of("a.png") == (CAT,)
    again.set_threshold(0.1)
    assert again.sums() == (3, 2)
    assert again.of("a.png") == (CAT, DIM), "what was below the threshold is kept, too"
    assert again.certainty("a.png") == 0.2 and again.certainty("c.png") == 1.0


def test_outlines_survive_a_restart(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    leaf = suggestion("leaf", (0, 0, 50, 50), 0.8, (64, 48), "run", Polygon((
        ((3.26, 2.5), (40.06, 9.0), (20.0, 60.0)), ((15.0, 10.0), (20.0, 10.0), (18.0, 14.3)))))
    assert leaf is not None and leaf.shape is not None
    assert leaf.box == (3, 2, 41, 48), "the whole pixels around it, in the image"
    store.put({"a.png": [DIM, leaf, CAT], "b.png": [leaf]})
    store.set_threshold(0.1)
    store.flush()
    again = suggestions_of(open_session(folder))
    owner.until(lambda: bool(again.images()))
    assert again.of("a.png") == (CAT, leaf, DIM) and again.of("b.png") == (leaf,)
    labelled = again.of("b.png")[0].labeled()
    assert labelled.shape == leaf.shape and labelled.attributes == {"made_by": "run", "score": 0.8}


def test_key_points_survive_a_restart(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    found = Keypoints(((3.3, 2.5), (40.1, 9.0), (0.0, 0.0)), (2, 2, 0), Box(1, 1, 50.2, 50))
    cat = suggestion("cat", (1, 1, 50.2, 50), 0.8, (64, 48), "run", found)
    assert cat is not None and cat.box == (1, 1, 50, 48)
    assert cat.shape == replace(found, box=Box(1, 1, 50, 48)), "its box is on whole pixels, too"
    leaf = suggestion("leaf", (0, 0, 50, 50), 0.7, (64, 48), "run", Polygon((
        ((3.3, 2.5), (40.1, 9.0), (20.0, 40.0)),)))
    assert leaf is not None
    store.put({"a.png": [DIM, leaf, cat], "b.png": [cat]})
    store.set_threshold(0.1)
    store.flush()
    again = suggestions_of(open_session(folder))
    owner.until(lambda: bool(again.images()))
    assert again.of("a.png") == (cat, leaf, DIM) and again.of("b.png") == (cat,)
    dragged = cat.labeled((1, 1, 98, 48), (64, 48)).shape
    assert isinstance(dragged, Keypoints) and dragged.visibility == (2, 0, 0), "out of the image"
    away = cat.labeled((62, 1, 64, 48), (62, 48)).shape
    assert away == Box(62, 1, 64, 48)


def test_changes_that_follow_quickly_are_all_written(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    owner.drain()
    for _ in range(20):
        store.put({"a.png": [CAT, DOG]})
        store.put({"a.png": [DOG]})
    store.put({"b.png": [CAT]})
    store.flush()
    data = json.loads((cache_folder(folder) / FILE).read_text("utf-8"))
    assert {key: len(found) for key, (_, found) in data["images"].items()} == {
        "a.png": 1, "b.png": 1}


@pytest.mark.parametrize("text", ["", "{", '{"images": []}', '{"threshold": 1, "images": {"a": 1}}',
                                  "[1]", '{"threshold": "x", "images": {}}',
                                  '{"threshold": 0.4, "images": {}, "masks": {"a.png": [["cat", '
                                  '0, 0, 9, 9, 1, [0, 0, 3, 3], [2, 5]]]}}',
                                  '{"threshold": 0.4, "images": {}, "outlines": {"a.png": ["r", '
                                  '[["cat", 0, 0, 9, 9, 1, "1 2 3 nan 5 6"]]]}}'])
def test_a_file_that_cannot_be_read_is_put_aside(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session], text: str
) -> None:
    file = cache_folder(folder) / FILE
    file.write_text(text, "utf-8")
    store = suggestions_of(open_session(folder))
    store.put({"a.png": [CAT]})
    owner.drain()
    store.flush()
    assert store.of("a.png") == (CAT,)
    assert file.with_name(f"{FILE}.unreadable").read_text("utf-8") == text


def test_a_file_that_is_too_large_is_put_aside(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = cache_folder(folder) / FILE
    file.write_text("kept", "utf-8")
    monkeypatch.setattr(suggestion_file, "_LIMIT", 3)
    store = suggestions_of(open_session(folder))
    store.put({"a.png": [CAT]})
    owner.drain()
    store.flush()
    assert file.with_name(f"{FILE}.unreadable").read_text("utf-8") == "kept"


def test_what_a_full_disk_refused_is_written_when_the_project_is_closed(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = suggestions_of(open_session(folder))
    told: list[str] = []
    store.failed.connect(told.append)

    def full(*_: object) -> None:
        raise WorkbenchError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(suggestions, "save_kept", full)
        store.put({"a.png": [CAT]})
        owner.until(lambda: bool(told))
    store.flush()
    assert read_kept(folder).suggested == {"a.png": (CAT,)}


def test_two_windows_keep_what_either_judged(folder: Path, owner: Owner) -> None:
    one, two = Suggestions(folder, owner.post), Suggestions(folder, owner.post)
    for store in (one, two):
        store.flush()
    owner.drain()
    one.put({"a.png": [CAT, DOG]})
    one.flush()
    two.put({"b.png": [DOG]})
    two.flush()
    one.put({"a.png": [DOG]}, {"a.png": (CAT,)})
    one.flush()
    two.put({"b.png": [CAT]})
    owner.until(lambda: two.of("a.png") == (DOG,) and not two._writer.busy)
    two.flush()
    kept = read_kept(folder)
    assert kept.suggested == {"a.png": (DOG,), "b.png": (CAT,)}
    assert kept.rejected == {"a.png": (CAT,)}
    assert two.rejected("a.png") == (CAT,)


def test_a_class_that_another_window_renamed_is_so_here(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    (folder / "workbench.toml").write_text('classes = ["cat", "dog"]\n', "utf-8")
    one, two = open_session(folder), open_session(folder)
    owner.ready(one)
    owner.ready(two)
    here, there = suggestions_of(one), suggestions_of(two)
    for store in (here, there):
        store.flush()
    owner.drain()
    here.put({"a.png": [CAT, DOG], "b.png": [CAT]}, {"b.png": (DIM,)})
    here.flush()
    there.look_again()
    owner.until(lambda: there.of("a.png") == (CAT, DOG))
    there.put({"a.png": [CAT]})  # which is judged there
    there.flush()
    one.rename_class("cat", "feline")
    new = CAT._replace(label="feline")
    owner.settled(one)
    here.flush()
    assert here.of("a.png") == (new, DOG) and here.of("b.png") == (new,), "its own rename stays"
    two.index.refresh()  # somebody comes back to the window
    owner.until(lambda: there.of("b.png") == (new,))
    assert there.of("a.png") == (new,) and there.rejected("b.png") == (DIM,)
    there.put({"b.png": [DOG]})
    there.flush()
    assert read_kept(folder).suggested == {"a.png": (new,), "b.png": (DOG,)}


def test_what_was_rejected_is_not_suggested_again_by_the_same_model(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    session = open_session(folder)
    store = suggestions_of(session)
    owner.drain()
    store.put({"a.png": [CAT, DOG], "b.png": [CAT]})
    session.undo.push(SuggestionStep(store, {"a.png": (DOG,)}, "reject", {"a.png": (CAT,)}))
    again = CAT._replace(box=(3.0, 2.0, 20.0, 21.0), score=0.88)  # the same thing on another device
    assert store.suggest({"a.png": [again, DOG], "b.png": [CAT]}, RUN) == 1
    assert store.of("a.png") == (DOG,) and store.of("b.png") == (CAT,)
    assert store.suggest({"a.png": [again._replace(run="newer")]}, RUN) == 0, "it may know better"
    assert store.suggest({"a.png": [again._replace(label="dog")]}, RUN) == 0
    store.flush()

    later = suggestions_of(open_session(folder))
    assert later.suggest({"a.png": [CAT, DOG]}, RUN) == 0, "what was rejected is not read yet"
    owner.until(lambda: bool(later.rejected()))
    assert later.of("a.png") == (DOG,)
    assert later.suggest({"a.png": [CAT]}, RUN) == 1

    session.undo.undo()
    assert store.rejected() == () and store.suggest({"a.png": [CAT]}, RUN) == 0
    session.undo.redo()
    assert store.suggest({"a.png": [CAT]}, RUN) == 1
    store.forget_rejected()
    assert store.suggest({"a.png": [CAT]}, RUN) == 0


def test_what_was_followed_stays_beside_what_a_model_suggests(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    session = open_session(folder)
    store = suggestions_of(session)
    owner.drain()
    cat, dog = CAT._replace(score=1.0, run=FOLLOWED), DOG._replace(score=1.0, run=FOLLOWED)
    assert store.new_among({"a.png": (cat, dog)}) == {"a.png": (cat, dog)}
    session.undo.push(AddSuggestions(store, {"a.png": (cat, dog)}, "follow"))
    store.suggest({"a.png": (CAT,)}, RUN)
    assert store.of("a.png") == (dog, CAT), "the model found the cat itself"
    assert store.new_among({"a.png": (cat, dog)}) == {}, "both are suggested already"
    session.undo.undo()
    assert store.of("a.png") == (CAT,), "what the model said since stays"
    session.undo.redo()
    assert store.of("a.png") == (dog, CAT)
    store.flush()
    assert read_kept(folder).suggested == {"a.png": (dog, CAT)}


def test_progress_counts_the_images_on_which_all_is_judged(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    session = open_session(folder)
    store = suggestions_of(session)
    owner.drain()
    store.suggest({"a.png": [CAT, DOG], "b.png": [CAT]}, RUN)
    assert store.progress() == (0, 2)
    session.undo.push(SuggestionStep(store, {"a.png": (DOG,)}, "reject", {"a.png": (CAT,)}))
    assert store.progress() == (0, 2), "one is left there"
    session.undo.push(SuggestionStep(store, {"a.png": ()}, "accept"))
    assert store.progress() == (1, 2)
    store.flush()
    later = suggestions_of(open_session(folder))
    owner.until(lambda: bool(later.images()))
    assert later.progress() == (1, 2)
    session.undo.undo()
    assert store.progress() == (0, 2)
    session.undo.redo()
    session.undo.push(SuggestionStep(store, {"b.png": ()}, "accept"))
    assert store.progress() == (2, 2)
    store.suggest({"a.png": [CAT._replace(label="dog")]}, RUN)
    assert store.progress() == (0, 1), "another round began"


def test_images_about_which_two_models_disagree_are_known(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    owner.drain()
    store.suggest({"a.png": [CAT, DOG, DIM], "b.png": []}, RUN)
    assert not store.any_differ
    moved = CAT._replace(box=(3.0, 2.0, 21.0, 20.0), run="other")
    store.suggest({"a.png": [moved, CAT._replace(label="dog", run="other")], "b.png": [moved]},
                  "other")
    assert store.differ("a.png") == (2, 4), "what is not shown does not count"
    assert store.differ("b.png") == (1, 1) and store.disagreement("b.png") == 1.0
    store.suggest({"a.png": [moved]}, "other")
    assert store.differ("a.png") == (2, 4), "the same model has no other view"
    store.flush()
    later = suggestions_of(open_session(folder))
    owner.until(lambda: later.any_differ)
    assert later.disagreement("a.png") == 0.5


def test_suggestions_follow_a_class_that_is_renamed_or_removed(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    (folder / "workbench.toml").write_text('classes = ["cat", "dog"]\n', "utf-8")
    session = open_session(folder)
    owner.ready(session)
    store = suggestions_of(session)
    store.put({"a.png": [CAT, DOG], "b.png": [DOG]}, {"b.png": (CAT,)})
    store.set_limits({"cat": 0.25, "dog": 0.3}, RUN)
    owner.drain()
    session.rename_class("cat", "feline")
    assert store.limits == {"feline": 0.25, "dog": 0.3} and store.origin == RUN
    new = CAT._replace(label="feline")
    assert store.of("a.png") == (new, DOG) and store.rejected("b.png") == (new,)
    session.remove_class("dog")
    assert store.of("a.png") == (new,) and store.images() == ["a.png"]
    for _ in range(2):
        session.undo.undo()
    assert store.of("a.png") == (CAT, DOG) and store.of("b.png") == (DOG,)
    assert store.rejected("b.png") == (CAT,) and store.limits == {"cat": 0.25, "dog": 0.3}
    owner.settled(session)
    assert list(session.classes) == ["cat", "dog"]
    store.flush()
    assert session.close()

    session = open_session(folder)  # where nobody has looked at them yet
    owner.ready(session)
    session.rename_class("cat", "feline")
    store = suggestions_of(session)
    assert store.of("a.png") == (new, DOG) and store.limits == {"feline": 0.25, "dog": 0.3}
    store.flush()
    assert read_kept(folder).suggested["a.png"] == (new, DOG)
    session.undo.undo()
    assert store.of("a.png") == (CAT, DOG) and store.rejected("b.png") == (CAT,)


def test_classes_have_their_own_least_score(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    store = suggestions_of(open_session(folder))
    owner.drain()
    store.put({"a.png": [CAT, DOG, DIM], "b.png": [DIM]})
    store.set_limits({"dog": 0.15, "cat": 0.95})
    assert store.of("a.png") == (DOG, DIM) and store.images() == ["a.png", "b.png"]
    assert store.sums() == (3, 2) and store.classes() == {"cat": 0, "dog": 3}
    store.flush()
    again = suggestions_of(open_session(folder))
    owner.until(lambda: bool(again.images()))
    assert again.limits == {"dog": 0.15, "cat": 0.95} and again.sums() == (3, 2)
    again.lower_to(0.5)
    assert again.limits == {"dog": 0.15, "cat": 0.5} and again.sums() == (4, 2)
    again.set_threshold(0.5)
    assert again.limits == {} and again.of("a.png") == (CAT, DOG)
    assert not again.has("b.png")


def test_what_is_labelled_is_not_suggested() -> None:
    near, far = box("cat", 2, 2, 20, 21), box("cat", 40, 2, 60, 21)
    assert fresh([CAT, DOG], [near]) == (DOG,)
    assert fresh([CAT, DOG], [far]) == (CAT, DOG)
    assert fresh([CAT], [box("dog", 2, 2, 20, 20)]) == (CAT,), "it is of another class"


def test_a_detection_lies_on_whole_pixels_inside_the_image() -> None:
    found = suggestion("cat", (-3.2, 4.4, 99.0, 20.6), 0.5, (64, 48), "run")
    assert found is not None and found.box == (0.0, 4.0, 64.0, 21.0)
    assert suggestion("cat", (70, 4, 99, 20), 0.5, (64, 48), "run") is None
    made = found.labeled()
    assert made.label == "cat" and made.attributes == {"made_by": "run", "score": 0.5}


def test_accepting_everywhere_is_one_step_that_takes_the_suggestions_along(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    by_hand = add_labels(folder, "b.png", ["dog"]).read_bytes()
    session = open_session(folder)
    owner.ready(session)
    store = suggestions_of(session)
    store.put({"a.png": [CAT, DIM], "b.png": [DOG]})
    taken = {key: store.of(key) for key in store.images()}
    changed: list[int] = []
    session.images.change_many(
        taken, lambda document: (*document.annotation.objects,
                                 *(item.labeled() for item in taken[document.key])),
        "accept", then=changed.append,
        besides=lambda keys: session.undo.push(SuggestionStep(
            store, {key: store.without(key, taken[key]) for key in keys}, "accept")))
    owner.until(lambda: bool(changed))
    assert changed == [2] and store.images() == []
    assert session.undo.undo_text == "accept"
    assert [item.label for item in session.document("b.png").annotation.objects] == ["dog", "dog"]
    session.undo.undo()
    assert session.undo.undo_text is None, "it was one step"
    assert store.of("a.png") == (CAT,) and store.of("b.png") == (DOG,)
    assert session.document("a.png").annotation.objects == ()
    owner.settled(session)
    assert session.saver.flush(60) and (folder / "b.xml").read_bytes() == by_hand
    session.undo.redo()
    assert store.images() == []


def test_what_is_labelled_already_is_taken_away_when_it_is_accepted(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    by_hand = add_labels(folder, "b.png", ["dog"]).read_bytes()
    session = open_session(folder)
    owner.ready(session)
    store = suggestions_of(session)
    owner.until(lambda: store._touched is None)
    there = session.document("b.png").annotation.objects[0]
    same = Suggestion("dog", there.box, 0.8, RUN)
    store.put({"b.png": [same]})
    told: list[Reviewed] = []
    judge(session, store, {"b.png": (same,)}, {}, told.append)
    owner.until(lambda: bool(told))
    assert told[0].sentence() == "All of these were labelled already."
    assert store.images() == [], "it would be asked about for ever"
    session.undo.undo()
    assert store.of("b.png") == (same,) and (folder / "b.xml").read_bytes() == by_hand


def test_areas_of_which_every_pixel_is_painted_are_taken_away_when_they_are_accepted(
    folder: Path, owner: Owner, open_session: Callable[[Path], Session]
) -> None:
    session = open_session(folder)
    owner.ready(session)
    store = suggestions_of(session)
    owner.until(lambda: store._touched is None)
    whole, part = (Polygon((((0., 0.), (side, 0.), (side, side), (0., side)),))
                   for side in (30., 9.))
    session.edit("b.png", [LabeledObject("soil", whole)], "paint")
    area = Suggestion("leaf", part.bounds(), 0.8, RUN, shape=part)
    store.put({"b.png": [area]})
    told: list[Reviewed] = []
    judge(session, store, {"b.png": (area,)}, {}, told.append, joined=True)
    owner.until(lambda: bool(told))
    assert told[0].sentence() == "All of these were labelled already."
    assert store.images() == [], "it would be asked about for ever"


def test_a_call_above_a_labelled_one_is_suggested() -> None:
    def found(low: float = 0.0, high: float = 1.0) -> SuggestedRegion:
        return SuggestedRegion("wren", (1.0, low, 2.0, high), 0.9, RUN)

    def labelled(low: float | None, high: float | None) -> list[LabeledObject]:
        return [LabeledObject("wren", Region(1.1, 2.0, low, high))]

    above, same, all_heights = found(5000, 7000), found(1000, 2500), found()
    assert fresh([above, same, all_heights], labelled(900, 2400)) == (above,)
    assert fresh([above, same, all_heights], labelled(None, None)) == ()
