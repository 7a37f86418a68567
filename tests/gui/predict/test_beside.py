"""Several models look at the same files in Predict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.predict.answering import (
    BOXES,
    CLASSES,
    AnsweringEngine,
    ask,
    detections,
    frame,
    shown,
)
from workbench.gui.predict.agreement import agreement_text, found_by
from workbench.gui.predict.picture import PredictionPicture
from workbench.gui.predict.place import PredictPlace
from workbench.gui.widgets.row_view import RIGHT_ROLE

SECOND = replace(BOXES, run="2026-11-21-compact-n", title="Compact #2")
THIRD = replace(BOXES, run="2026-11-22-compact-n", title="Compact #3")


def wheel(picture: PredictionPicture, at: QPointF, angle: int) -> None:
    QApplication.sendEvent(picture, QWheelEvent(
        at, picture.mapToGlobal(at), QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False))


def test_models_are_asked_one_after_the_other_and_shown_beside_each_other(
    open_place: Callable[..., PredictPlace], engine: AnsweringEngine, qtbot: QtBot, night: Path,
    film: Path
) -> None:
    place = open_place(BOXES, SECOND, THIRD, CLASSES)
    page, beside = place.page, place.beside
    large = QImage(1999, 1501, QImage.Format.Format_RGB32)
    large.fill(QColor("#204060"))
    assert large.save(str(night / "d.png"))
    ask(place, engine, qtbot, night)
    box, far = (5.0, 5.0, 30.0, 30.0), (40.0, 5.0, 60.0, 30.0)
    engine.answer([detections(night / "a.png", ("cat", 0.9, box), ("dog", 0.8, far)),
                   detections(night / "b.png", ("cat", 0.7, box)), detections(night / "d.png")],
                  [{"file": str(night / "c.png"), "reason": "c.png is damaged."}])
    qtbot.waitUntil(lambda: not place.job.state and len(place.answers.all) == 4, timeout=20_000)
    assert page.panes.titles[0].isHidden() and page.agreement.isHidden(), "nothing of it with one"
    boxes = page.beside.boxes
    assert [boxes[0].itemText(row) for row in range(boxes[0].count())] == [
        "Compare: none", "Compare: Compact #2", "Compare: Compact #3"], "no other task"
    assert boxes[1].isHidden()

    boxes[0].setCurrentIndex(1)
    boxes[0].activated.emit(1)
    qtbot.waitUntil(lambda: len(engine.asked) == 2, timeout=20_000)
    assert engine.asked[1].run == SECOND.run and not boxes[1].isHidden()
    assert engine.asked[1].files == engine.asked[0].files
    assert page.words.text() == "Compact #2: Loading the model …"
    assert page.panes.others[0]._problem == "Not looked at yet."
    near = (6.0, 5.0, 31.0, 30.0)
    engine.answer([detections(night / "a.png", ("cat", 0.8, near), ("dog", 0.5, box)),
                   *(detections(night / f"{name}.png") for name in "bcd")])
    qtbot.waitUntil(lambda: page.agreement.text() == (
        "Both: 1. Only Compact #1: 2. Only Compact #2: 1."), timeout=20_000)
    assert [title.full_text() for title in page.panes.titles] == [
        "Compact #1   cat, dog", "Compact #2   cat, dog"]
    assert page.panes.agreement.full_text() == "Both: 1. Only Compact #1: 1. Only Compact #2: 1."
    counts = page.counts
    assert {name: counts.data(counts.index(row, 0), RIGHT_ROLE)
            for row, (name, _) in enumerate(counts.rows)} == {"cat": "2 · 1", "dog": "1 · 1"}
    page.chips["differs"].click()
    assert page.chips["differs"].text() == "Models differ 2"
    assert [row[0] for row in shown(place)] == ["a.png", "b.png"]
    page.sliders["score"].set_value(0.75)
    qtbot.waitUntil(lambda: page.agreement.text() == (
        "Both: 1. Only Compact #1: 1. Only Compact #2: 0."), timeout=20_000)

    assert [row[0] for row in shown(place)] == ["a.png"]
    page.chips["all"].click()

    first, other = page.picture, page.panes.others[0]
    page.view.selectRow(2)
    qtbot.waitUntil(lambda: not first.grab().isNull() and first.measured == str(night / "d.png"),
                    timeout=20_000)
    whole = first.viewport.scale
    at = QPointF(first.rect().center() + QPoint(20, 10))
    before = first.viewport.to_image((at.x(), at.y()))
    wheel(other, at, 240)
    assert first.viewport.scale > whole * 1.3, "both are zoomed"
    after = first.viewport.to_image((at.x(), at.y()))
    assert abs(after[0] - before[0]) < abs(before[0]) and other.viewport is first.viewport
    zoomed, most = first.viewport.scale, max(first.width(), first.height())
    qtbot.waitUntil(lambda: not first.grab().isNull() and first.shown_pixels > most,
                    timeout=20_000)
    assert first.viewport.scale == zoomed, "it stays where more of it is decoded"
    left = first.viewport.x
    QTest.mousePress(first, Qt.MouseButton.LeftButton, pos=QPoint(50, 60))
    QTest.mouseMove(first, QPoint(70, 60))
    QTest.mouseRelease(first, Qt.MouseButton.LeftButton, pos=QPoint(70, 60))
    assert first.viewport.x == left + 20
    place._context.actions["use.fit"].run()
    assert first.viewport.scale == whole

    ask(place, engine, qtbot, film)
    assert engine.asked[2].run == BOXES.run
    engine.answer([frame(film, 0, ("cat", 0.9, (5.0, 66.0, 30.0, 90.0)))])
    qtbot.waitUntil(lambda: len(engine.asked) == 4, timeout=20_000)
    assert (engine.asked[3].run, engine.asked[3].files) == (SECOND.run, [str(film)])
    page.cancel_button.click()
    qtbot.waitUntil(lambda: not page.again_button.isHidden(), timeout=20_000)
    page.again_button.click()
    qtbot.waitUntil(lambda: len(engine.asked) == 5, timeout=20_000)
    assert engine.asked[4].run == BOXES.run, "what could not be read is tried again first"
    engine.answer([detections(night / "c.png")])
    qtbot.waitUntil(lambda: len(engine.asked) == 6, timeout=20_000)
    assert (engine.asked[5].run, engine.asked[5].files) == (SECOND.run, [str(film)])
    engine.answer([frame(film, 0, ("cat", 0.9, (5.0, 66.0, 30.0, 90.0)))])
    qtbot.waitUntil(lambda: not beside.job.state and not place.job.state, timeout=20_000)
    assert page.again_button.isHidden()
    page.beside.choose([SECOND, THIRD])
    assert len(page.panes.others) == 2
    qtbot.waitUntil(lambda: engine.asked[-1].run == THIRD.run, timeout=20_000)
    page.model_box.activated.emit(page.model_box.findData(CLASSES.run))
    assert page.beside.isHidden() and not page.panes.others and not beside.others
    assert page.chips["differs"].isHidden()


def test_what_several_models_found_is_told_apart() -> None:
    a, b, c = (0.0, 0.0, 10.0, 10.0), (1.0, 0.0, 11.0, 10.0), (6.0, 0.0, 16.0, 10.0)
    found = found_by([[("cat", a), ("dog", a)], [("cat", b), ("cat", c)], [("cat", a)]])
    assert found == Counter({(0, 1, 2): 1, (0,): 1, (1,): 1})
    assert agreement_text(found, ["A", "B", "C"], False) == (
        "All: 1. Two of them: 0. Only A: 1. Only B: 1. Only C: 0.")
    assert found_by([[("bee", None)], [("ant", None)], [("bee", None)]]) == Counter(
        {(0, 2): 1, (1,): 1})
    assert agreement_text({(0, 1): 7, (): 2}, ["A", "B"], True) == "The same: 7. Different: 2."
