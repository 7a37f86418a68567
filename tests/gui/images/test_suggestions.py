"""Suggestions of a model on the canvas: drawn, accepted, rejected and corrected by hand."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from tests.support.reach import out_of_reach
from workbench.gui.app.context import ImageTarget, Message
from workbench.gui.app.shortcuts import ShortcutMap
from workbench.gui.label.suggest_job import Outcome
from workbench.gui.style import tokens
from workbench.gui.widgets.fitting import Fitting
from workbench.project.suggestions import Suggestion, Suggestions, suggestions_of

RUN = "2026-11-20-compact-n"
LEFT_CAT = Suggestion("cat", (20.0, 40.0, 90.0, 160.0), 0.9, RUN)
RIGHT_DOG = Suggestion("dog", (320.0, 60.0, 390.0, 200.0), 0.7, RUN)
DIM = Suggestion("dog", (320.0, 220.0, 380.0, 280.0), 0.15, RUN)


@pytest.fixture
def store(bench, squares: Path) -> Suggestions:
    """Two images with suggestions; the first has two boxes of a person, too."""
    bench.open_project(squares)
    made = suggestions_of(bench.session)
    bench.wait(lambda: made._touched is None)
    made.put({"a.png": [LEFT_CAT, RIGHT_DOG, DIM], "c.png": [LEFT_CAT]})
    assert bench.place.editor.key == "a.png"
    return made


@pytest.fixture
def keys(bench) -> ShortcutMap:
    """The keys of the place, as the window installs them."""
    made = ShortcutMap(bench.place, bench.context.actions)
    made.set_place("images")
    return made


def labels_of(bench) -> list[str]:
    return [item.label for item in bench.place.editor.objects]


def test_they_are_drawn_and_said_and_no_labels(bench, store: Suggestions) -> None:
    desk = bench.place.editor.suggestions
    assert desk.shown == (LEFT_CAT, RIGHT_DOG), "the best first, and none below the threshold"
    assert labels_of(bench) == ["big", "small"]
    notice = bench.place.viewer.notice
    assert notice.text.startswith("2 suggestions from ")
    assert notice.choices == ["Accept all", "Reject all"]
    assert notice.height() < 2 * tokens.CONTROL_HEIGHT, "as high as its one line"
    image = bench.canvas.grab().toImage()
    corner = bench.at(LEFT_CAT.box[0], LEFT_CAT.box[1])
    bare = bench.at(60, 20)
    ratio = image.devicePixelRatio()
    near = [image.pixelColor(round((corner.x() + x) * ratio), round((corner.y() + y) * ratio))
            for x in range(-2, 3) for y in range(-2, 3)]
    cat = bench.canvas.pens.color("cat")
    assert any(_alike(color, cat) for color in near), "its dashes have the colour of the class"
    assert not _alike(image.pixelColor(bare), cat)
    assert not (bench.session.folder / "c.xml").exists()
    bench.saved()
    assert ">cat<" not in bench.labels("a.png")


def _alike(a: QColor, b: QColor) -> bool:
    return max(abs(a.red() - b.red()), abs(a.green() - b.green()), abs(a.blue() - b.blue())) < 30


def test_enter_accepts_all_and_then_goes_on(bench, store: Suggestions) -> None:
    bench.canvas.setFocus()
    bench.press_key(Qt.Key.Key_Return)
    assert labels_of(bench) == ["big", "small", "cat", "dog"]
    assert bench.place.editor.suggestions.shown == () and store.images() == ["c.png"]
    assert "<name>cat</name>" in bench.labels("a.png")
    assert "<name>made_by</name><value>2026-11-20-compact-n</value>" in bench.labels("a.png")
    accepted = bench.place.editor.objects[2]
    assert accepted.attributes == {"made_by": LEFT_CAT.run, "score": 0.9}
    bench.press_key(Qt.Key.Key_Return)
    bench.wait_for_picture()
    assert bench.place.editor.key == "c.png"
    bench.run("undo")
    bench.wait_for_picture()
    assert bench.place.editor.key == "a.png", "it shows where it was undone"
    assert labels_of(bench) == ["big", "small"]
    assert bench.place.editor.suggestions.shown == (LEFT_CAT, RIGHT_DOG)
    bench.run("redo")
    assert labels_of(bench) == ["big", "small", "cat", "dog"]
    assert bench.place.editor.suggestions.shown == ()


def test_a_and_x_are_about_the_one_under_the_mouse(
    bench, store: Suggestions, keys: ShortcutMap
) -> None:
    bench.canvas.setFocus()
    bench.hover(50, 100)
    assert bench.place.editor.suggestions.pointed == 0
    bench.press_key(Qt.Key.Key_A)
    assert labels_of(bench) == ["big", "small", "cat"] and bench.place.editor.selection == ()
    bench.hover(350, 100)
    bench.press_key(Qt.Key.Key_X)
    assert labels_of(bench) == ["big", "small", "cat"]
    assert bench.place.editor.suggestions.shown == ()
    bench.run("undo")
    assert bench.place.editor.suggestions.shown == (RIGHT_DOG,)
    bench.hover(350, 100)
    bench.press_key(Qt.Key.Key_Delete)
    assert bench.place.editor.suggestions.shown == ()
    bench.hover(10, 290)
    bench.press_key(Qt.Key.Key_S)
    bench.wait_for_picture()
    assert bench.place.editor.key == "c.png"
    bench.press_key(Qt.Key.Key_A)
    bench.wait_for_picture()
    assert bench.place.editor.key == "b.png", "beside all of them A is what it always was"


def test_a_drag_corrects_and_accepts(bench, store: Suggestions) -> None:
    bench.drag((390, 130), (370, 130))  # its right edge
    chosen, = bench.place.editor.selected
    assert chosen.label == "dog" and chosen.box == (320, 60, 370, 200)
    bench.drag((50, 100), (60, 120))  # from its middle
    chosen, = bench.place.editor.selected
    assert chosen.label == "cat" and chosen.box == (30, 60, 100, 180)
    assert store.images() == ["c.png"]
    bench.run("undo")
    assert bench.place.editor.suggestions.shown == (LEFT_CAT,)
    bench.click(50, 100)
    assert labels_of(bench) == ["big", "small", "dog"], "a click alone changes nothing"


def test_a_box_that_is_drawn_on_top_takes_its_place(bench, store: Suggestions) -> None:
    bench.place.editor.set_current_class("cat")
    bench.run("draw")
    bench.drag((22, 42), (92, 158))
    assert bench.place.editor.suggestions.shown == (RIGHT_DOG,)


def test_the_buttons_of_the_notice(bench, store: Suggestions) -> None:
    bench.place.viewer.notice.press("Reject all")
    assert labels_of(bench) == ["big", "small"] and store.images() == ["c.png"]
    assert bench.place.viewer.notice.text == ""
    assert store.suggest({"a.png": [LEFT_CAT, RIGHT_DOG]}, RUN) == 2, "it was told once"
    bench.run("undo")
    bench.place.viewer.notice.press("Accept all")
    assert labels_of(bench) == ["big", "small", "cat", "dog"]


def test_the_list_shows_those_with_suggestions_the_least_certain_first(
    bench, store: Suggestions
) -> None:
    media = bench.place.media
    chip = media.chips["suggested"]
    bench.wait(lambda: not chip.isHidden())
    assert chip.text() == "Suggested 2"
    chip.click()
    samples = media.view.samples
    assert [samples.key(row) for row in range(samples.rowCount())] == ["a.png", "c.png"]
    words = [media.view.delegate.words(samples, key, samples.summary(key))
             for key in ("a.png", "b.png", "c.png")]
    assert words == ["2 suggested · least .70", "no labels yet", "1 suggested · least .90"]
    store.put({"c.png": [LEFT_CAT._replace(score=0.5)], "b.png": [RIGHT_DOG]})
    bench.wait(lambda: samples.rowCount() == 3)
    assert [samples.key(row) for row in range(3)] == ["c.png", "a.png", "b.png"]
    orders = media.order_box
    assert [orders.itemData(at) for at in range(orders.count())] == ["certain", "many", "name"]
    choose(orders, "many")
    assert samples.key(0) == "a.png"
    store.suggest({"b.png": [LEFT_CAT._replace(run="other")], "c.png": [LEFT_CAT]}, "other")
    store.suggest({"b.png": [RIGHT_DOG], "c.png": [LEFT_CAT]}, RUN)
    bench.wait(lambda: orders.findData("differ") >= 0)
    choose(orders, "differ")
    assert samples.key(0) == "b.png"
    assert media.view.delegate.words(samples, "b.png", None) == "1 suggested · 2 of 2 differ"
    media.chips["all"].click()
    assert samples.order == "name" and orders.currentData() == "name"
    words = media.view.delegate.words(samples, "a.png", samples.summary("a.png"))
    assert words == "2 objects · 2 classes · 2 suggested"
    chip.click()
    assert samples.order == "differ", "each has its own"
    store.clear()
    bench.wait(lambda: samples.rowCount() == 0)


def test_the_next_images_are_asked_about_before_they_are_opened(
    bench, model: None, store: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.label.images import suggest_panel

    monkeypatch.setattr(suggest_panel, "AHEAD", 2)
    panel, asked = bench.place.suggest_panel, []
    monkeypatch.setattr(panel.job, "start", lambda _model, keys: asked.append(list(keys)))
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    panel.ahead.click()
    assert asked == [["b.png"]], "the first has labels"
    bench.open("b.png")
    assert asked == [["b.png"], ["c.png"]], "each is asked about once"
    panel.job.ended.emit(Outcome(boxes=1, images=1))
    bench.open("c.png")
    assert len(asked) == 2 and bench.said == [], "nobody asked to be told"
    panel.job.ended.emit(Outcome(cancelled=True))
    assert not panel.ahead.isChecked()


def choose(box, data: str) -> None:
    """Choose an entry as a person does."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def test_one_key_accepts_all_and_goes_on(
    bench, model: None, store: Suggestions, keys: ShortcutMap
) -> None:
    panel = bench.place.suggest_panel
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    bench.canvas.setFocus()
    bench.press_key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    bench.wait_for_picture()
    assert bench.place.editor.key == "c.png"
    assert "<name>cat</name>" in bench.labels("a.png")
    bench.wait(lambda: panel.said.text() == "1 object on 1 image · 1 of 2 images reviewed")
    bench.press_key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert "<name>cat</name>" in bench.labels("c.png")
    assert bench.said[-1] == ("ok", "No other image in this list has suggestions.")
    bench.wait(lambda: panel.said.text() == "2 of 2 images reviewed")


def test_images_worth_labelling_first_are_said_with_the_reason(
    bench, store: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.label.images import label_next_job

    looks = {key: np.eye(1, 8, at, dtype=np.float32) for at, key in enumerate(
        bench.session.index.keys())}
    looks["c.png"] = looks["b.png"] + np.float32(0.01)

    def features(_task, question, keys, _check):
        known = [looks[key] for key in keys]
        return list(range(len(keys))), np.concatenate(known) if known else np.zeros((0, 0))

    monkeypatch.setattr(label_next_job, "_features", features)
    media, samples = bench.place.media, bench.place.media.view.samples
    bench.wait(lambda: media.order_box.findData("next") >= 0)
    choose(media.order_box, "next")
    assert media.looking_line.isVisible() and media.looking.text() == "Looking at images …"
    bench.wait(lambda: not media.looking_line.isVisible())
    assert [samples.key(row) for row in range(3)] == ["b.png", "c.png", "a.png"]
    reason = samples.reason("c.png")
    assert reason == "nearly the same as b.png"
    words = media.view.delegate.words(samples, "b.png", samples.summary("b.png"))
    assert words == samples.reason("b.png") == "unlike those before it"
    assert "nearly the same" in samples.data(samples.index(samples.row("c.png")),
                                             Qt.ItemDataRole.ToolTipRole)
    assert not samples.reason("a.png"), "it has labels"
    choose(media.order_box, "next")
    media.stop_button.click()
    assert not media.looking_line.isVisible() and not bench.place.label_next.busy
    choose(media.order_box, "name")
    assert [samples.key(row) for row in range(3)] == ["a.png", "b.png", "c.png"]
    bench.session.images.change_many(["b.png", "c.png"], lambda _: (DIM.labeled(),), "label")
    bench.wait(lambda: not bench.session.index.unlabelled_count())
    monkeypatch.setattr(label_next_job, "_features", None)  # nothing is looked at
    choose(media.order_box, "next")
    bench.wait(lambda: not bench.place.label_next.busy)
    assert "Every image has labels already." in bench.said[-1][1]


def test_hidden_boxes_hide_them_too(bench, store: Suggestions) -> None:
    bench.run("hide_boxes")
    bench.hover(50, 100)
    assert bench.place.editor.suggestions.pointed is None
    bench.run("hide_boxes")
    desk, states = bench.place.editor.suggestions, bench.place.editor.states
    bench.hover(50, 100)
    assert desk.pointed == 0
    states.toggle_hidden("cat")
    assert desk.shown == (RIGHT_DOG,)
    bench.hover(51, 101)
    assert desk.pointed is None and desk.accept_all()
    assert store.of("a.png") == (LEFT_CAT,), "what is hidden is not accepted"
    states.show_all()
    assert desk.shown == (LEFT_CAT,)


@pytest.fixture
def model(bench, squares: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with one trained model."""
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.label import suggest_card

    monkeypatch.setattr(suggest_card, "trained_models", lambda _folder: [
        TrainedModel(LEFT_CAT.run, "Compact #1", "detection", ("cat", "dog"))])


def test_models_of_a_project_that_was_left_are_not_offered(
    bench, model: None, store: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.label import suggest_card

    panel, real = bench.place.suggest_panel, suggest_card.trained_models
    bench.wait(lambda: not panel.isHidden())
    looked, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> list[object]:
        looked.set()
        assert go_on.wait(30)
        return list(real(folder))

    monkeypatch.setattr(suggest_card, "trained_models", slow)
    panel.look_for_models()
    assert looked.wait(30)
    bench.context.session = None
    panel.set_session(None)
    go_on.set()
    bench.wait(lambda: not panel._reader.busy)
    assert panel.isHidden()


def test_accepting_above_a_score_in_the_whole_project_is_one_step(
    bench, model: None, store: Suggestions
) -> None:
    panel = bench.place.suggest_panel
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    assert panel.said.text() == "3 objects on 2 images"
    panel.score.set_value(0.8)
    assert store.threshold == 0.8 and bench.place.editor.suggestions.shown == (LEFT_CAT,)
    bench.wait(lambda: panel.accept_link.text() == "Accept all 2 above 0.80")
    panel.accept_link.click()
    bench.wait(lambda: bench.said[-1:] == [("info", "Accepted 2 objects on 2 images.")])
    assert labels_of(bench) == ["big", "small", "cat"]
    assert "<name>cat</name>" in bench.labels("c.png")
    assert store.rejected() == ()
    bench.run("undo")
    assert labels_of(bench) == ["big", "small"]
    assert bench.place.editor.suggestions.shown == (LEFT_CAT,)
    bench.saved()
    assert not (bench.session.folder / "c.xml").exists()


def test_each_class_has_a_score_that_begins_where_its_validation_says(
    bench, model: None, store: Suggestions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.label import suggest_card
    from workbench.project.operating import OperatingScore

    monkeypatch.setattr(TrainedModel, "names_now", lambda *_about: {})
    panel = bench.place.suggest_panel
    monkeypatch.setattr(panel.job, "start", lambda _model, _keys, **_options: None)
    monkeypatch.setattr(suggest_card, "score_of", lambda *_about: OperatingScore(
        0.5, classes={"cat": 0.95, "dog": 0.1}))
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    panel.button.click()
    bench.wait(lambda: store.limits == {"cat": 0.95, "dog": 0.1})
    assert bench.place.editor.suggestions.shown == (RIGHT_DOG, DIM)
    bench.wait(lambda: panel.accept_link.text() == "Accept all 2 shown")
    bench.wait(lambda: panel.score.slider.accessibleName() == "One score for all classes")
    assert panel.score.value() == 0.1, "of several the lowest"
    limits = panel.limits
    assert not limits.area.isVisible()
    limits.link.click()
    assert list(limits.sliders) == ["dog", "cat"] and limits.sliders["cat"].value() == 0.95
    bench.wait(lambda: limits.sliders["cat"].visibleRegion().boundingRect().height() > 20)
    limits.sliders["cat"].set_value(0.5)
    assert store.limits == {"cat": 0.5, "dog": 0.1} and store.sums() == (4, 2)
    panel.button.click()
    bench.wait(lambda: not panel._own.busy)
    assert store.limits["cat"] == 0.5, "what a person chose stays"
    bench.wait(panel.origin.isVisible)
    panel.origin.click()
    bench.wait(lambda: store.limits["cat"] == 0.95)
    panel.score.set_value(0.3)
    assert store.limits == {}
    bench.wait(lambda: limits.sliders["cat"].value() == 0.3)
    assert panel.score.slider.accessibleName() == "Score"
    bench.wait(panel.origin.isVisible)
    panel.origin.click()
    bench.wait(lambda: store.limits == {"cat": 0.95, "dog": 0.1})
    bench.wait(lambda: not panel.origin.isVisible())
    limits.link.click()
    assert limits.link.text() == "Scores as found in Results…"


def test_the_score_of_the_model_is_shown_before_anything_is_suggested(
    bench, model: None, squares: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.gui.app.models import TrainedModel
    from workbench.gui.label import suggest_card
    from workbench.project.operating import OperatingScore

    monkeypatch.setattr(TrainedModel, "names_now", lambda *_about: {})
    monkeypatch.setattr(suggest_card, "score_of", lambda *_about: OperatingScore(0.22))
    bench.open_project(squares)
    panel, store = bench.place.suggest_panel, suggestions_of(bench.session)
    bench.wait(panel.open_button.isVisible)
    panel.open_button.click()
    bench.wait(lambda: panel.score.value() == 0.22)
    bench.wait(lambda: panel.score.slider.accessibleName() == "Score, as found in Results")
    panel.score.set_value(0.4)
    panel.begin_at_own(panel.model)
    bench.wait(lambda: not panel._own.busy)
    assert store.by_hand and store.threshold == 0.4, "what a person chose stays, also the usual one"


def test_what_is_rejected_in_the_whole_project_can_be_allowed_again(
    bench, model: None, store: Suggestions
) -> None:
    panel = bench.place.suggest_panel
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    assert not bench.context.actions["images.forget_rejected"].enabled()
    panel.reject_link.click()
    assert bench.said[-1] == ("info", "Rejected 3 objects.")
    assert store.suggest({"a.png": [LEFT_CAT, RIGHT_DOG, DIM]}, RUN) == 2
    bench.run("forget_rejected")
    assert store.suggest({"a.png": [LEFT_CAT, RIGHT_DOG, DIM]}, RUN) == 0


def test_after_asking_and_after_s_enter_accepts(
    bench, model: None, store: Suggestions, keys: ShortcutMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, window = bench.place.suggest_panel, bench.place.window()
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    monkeypatch.setattr(panel.job, "start", lambda _model, _keys, **_options: None)
    panel.button.setFocus()
    panel.button.click()
    assert window.focusWidget() is bench.canvas
    panel.score.setFocus()
    bench.run("next_suggested")
    assert window.focusWidget() is bench.canvas


def test_what_was_suggested_on_several_images_leads_to_the_first(
    bench, model: None, store: Suggestions
) -> None:
    panel = bench.place.suggest_panel
    bench.wait(lambda: not panel.isHidden() and panel.form.isVisible())
    offered: list[Message] = []
    bench.context.announced.connect(offered.append)
    went: list[tuple[str, object]] = []
    bench.context.place_requested.connect(lambda *asked: went.append(asked))
    with_some = next(key for key in bench.session.index if store.of(key))
    without = next(key for key in bench.session.index if not store.of(key))
    panel.job.ended.emit(Outcome(looked_at=[without, with_some]))
    assert offered[-1].action_text == "Show the first" and offered[-1].action is not None
    offered[-1].action()
    assert went == [("images", ImageTarget(with_some))]
    panel.job.ended.emit(Outcome(looked_at=[with_some]))
    assert not offered[-1].action_text, "one is there"


@pytest.mark.parametrize(("outcome", "words"), [
    (Outcome(boxes=1, images=1, nothing=2),
     "Suggested: 1 object on 1 image; nothing new on 2 images."),
    (Outcome(nothing=1), "Suggested: nothing new on 1 image."),
    (Outcome(boxes=3, images=2, rejected=1),
     "Suggested: 3 objects on 2 images; 1 object rejected before."),
    (Outcome(cancelled=True), "Cancelled. Suggested so far: nothing."),
])
def test_what_came_of_it_is_said_without_noughts(outcome: Outcome, words: str) -> None:
    assert outcome.sentence() == words


def test_what_is_selected_has_the_panel_scroll_and_not_the_page(
    bench, model: None, store: Suggestions
) -> None:
    page = Fitting(bench.place)
    page.resize(1180, 640)
    page.show()
    panel = bench.place.suggest_panel
    bench.wait(lambda: panel.form.isVisible() and panel.review_link.isVisible())
    canvas = bench.canvas.geometry()
    bench.click(250, 200)
    assert bench.place.selected.isVisible()
    bench.qtbot.waitUntil(lambda: not out_of_reach(page))
    assert page.verticalScrollBar().maximum() == 0 and bench.canvas.geometry() == canvas
    assert page.rect().contains(bench.place.viewer.zoom_bar.mapTo(page, QPoint(0, 20)))
    page.takeWidget()


def test_without_a_model_nothing_is_offered(bench, squares: Path) -> None:
    bench.open_project(squares)
    bench.wait(lambda: bench.place.suggest_panel is not None)
    assert bench.place.suggest_panel.isHidden()
    assert not bench.context.actions["images.suggest"].enabled()
