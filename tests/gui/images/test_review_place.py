"""All that is suggested of one class, as crops: the wrong ones are marked, the others accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from workbench.gui.app.context import ImageTarget
from workbench.gui.app.shortcuts import ShortcutMap
from workbench.gui.label.review.place import ReviewPlace
from workbench.project.suggestions import Suggestion, Suggestions, suggestions_of

LEFT = Qt.MouseButton.LeftButton
RUN = "2026-11-20-compact-n"
CAT = Suggestion("cat", (20.0, 40.0, 90.0, 160.0), 0.9, RUN)
OTHER_CAT = Suggestion("cat", (200.0, 40.0, 270.0, 160.0), 0.6, RUN)
DOG = Suggestion("dog", (320.0, 60.0, 390.0, 200.0), 0.7, RUN)
DIM = Suggestion("dog", (320.0, 220.0, 380.0, 280.0), 0.15, RUN)


@pytest.fixture
def store(bench, squares: Path) -> Suggestions:
    bench.open_project(squares)
    made = suggestions_of(bench.session)
    bench.wait(lambda: made._touched is None)
    made.put({"a.png": [CAT, OTHER_CAT, DOG], "c.png": [CAT, DIM]})
    return made


@pytest.fixture
def review(bench, store: Suggestions, qtbot) -> ReviewPlace:
    place = ReviewPlace(bench.context)
    qtbot.addWidget(place)
    place.resize(900, 600)
    place.show()
    place.entered()
    yield place
    place.close_down()


def click(place: ReviewPlace, row: int) -> None:
    rect = place.view.visualRect(place.view.review.index(row))
    QTest.mouseClick(place.view.viewport(), LEFT, pos=rect.center())


def test_what_is_marked_is_rejected_and_the_rest_accepted_in_one_step(
    bench, store: Suggestions, review: ReviewPlace
) -> None:
    assert [review.class_box.itemText(at) for at in range(review.class_box.count())] == [
        "cat · 3", "dog · 1"]
    model = review.view.review
    assert [(key, item.score) for key, item in model.items] == [
        ("a.png", 0.6), ("a.png", 0.9), ("c.png", 0.9)], "the least certain first"
    assert review.said.text() == "3 objects on 2 images"
    click(review, 0)
    assert model.wrong == {("a.png", OTHER_CAT)}
    click(review, 1)
    click(review, 1)
    assert review.button.text() == "Accept 2, reject 1", "a second click takes a mark back"
    QTest.mouseClick(review.button, LEFT)
    assert not review.button.isEnabled(), "it is under way"
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1] == ("ok", "Accepted 2 objects on 2 images; rejected 1.")
    for key in ("a.png", "c.png"):
        assert bench.labels(key).count("<name>cat</name>") == 1, key
    assert store.rejected() == (OTHER_CAT,) and store.classes() == {"dog": 1}
    assert review.class_name == "dog", "the next class follows"
    review._context.actions["review.undo"].run()
    assert bench.session.undo.undo_text is None, "it was one step"
    assert store.rejected() == () and store.classes()["cat"] == 3
    bench.wait(lambda: review.class_box.count() == 2)


def test_keys_mark_several_and_confirm(bench, store: Suggestions, review: ReviewPlace) -> None:
    keys = ShortcutMap(review, bench.context.actions)
    keys.set_place("review")
    review.view.setFocus()
    review.view.set_row(0)
    QTest.keyClick(review.view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert review.view.chosen() == [0, 1]
    QTest.keyClick(review.view, Qt.Key.Key_X)
    assert len(review.view.review.wrong) == 2
    QTest.keyClick(review.view, Qt.Key.Key_Space)
    assert not review.view.review.wrong
    review.all_button.click()
    assert review.button.text() == "Reject 3"
    QTest.keyClick(review.view, Qt.Key.Key_Return)
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1] == ("ok", "Rejected 3 objects.")
    assert store.images() == ["a.png"] and len(store.rejected()) == 3
    bench.saved()
    assert not (bench.session.folder / "c.xml").exists()


def test_a_score_a_class_and_the_way_to_the_image(
    bench, store: Suggestions, review: ReviewPlace
) -> None:
    review._context.actions["review.next_class"].run()
    assert review.class_name == "dog" and len(review.view.review.items) == 1
    review.score.set_value(0.1)
    bench.wait(lambda: len(review.view.review.items) == 2)
    assert store.limits == {"dog": 0.1} and store.least("cat") == 0.4
    click(review, 0)
    review._context.actions["review.open"].run()
    assert bench.went[-1] == ("images", ImageTarget("c.png", box=DIM.box, back="review"))
    review.score.set_value(0.15)
    bench.wait(lambda: not review._soon.isActive())
    assert review.view.review.wrong == {("c.png", DIM)}, "marks stay with what is still shown"


def test_crops_are_painted_and_unreadable_images_are_said(
    bench, store: Suggestions, review: ReviewPlace
) -> None:
    view = review.view
    view.grab()
    bench.wait(lambda: view.sizes.get(str(bench.session.index.path("a.png"))) is not None)
    view.grab()
    bench.wait(lambda: len(view.crops._cache) >= 2)
    rect = view.visualRect(view.review.index(1))
    image = view.viewport().grab(rect).toImage()
    colors = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3)
              for y in range(0, image.height(), 3)}
    assert len(colors) > 4, "there is a picture in it"
    click(review, 1)
    marked = view.viewport().grab(rect).toImage()
    assert marked != image
    QTest.mouseMove(view.viewport(), QPoint(1, 1))


def test_without_suggestions_it_says_what_to_do(bench, squares: Path, qtbot) -> None:
    bench.open_project(squares)
    place = ReviewPlace(bench.context)
    qtbot.addWidget(place)
    place.show()
    place.entered()
    assert place.empty.isVisible()
    place.empty.button.click()
    assert bench.went[-1][0] == "images"
    place.close_down()
