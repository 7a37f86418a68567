"""Texts that are longer than the room for them."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics, QHelpEvent, QTextDocument
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from workbench.gui.style.painting import shortened
from workbench.gui.widgets import ElidedLabel
from workbench.gui.widgets.inputs import ElidedBox


def test_a_long_text_ends_in_dots_and_is_whole_in_the_tooltip(qtbot: QtBot) -> None:
    text = "a very long name of a file that does not fit.jpg"
    shown = ElidedLabel(text)
    qtbot.addWidget(shown)
    shown.resize(80, 20)
    shown.show()
    assert shown.text().endswith("…")
    assert shown.full_text() == shown.toolTip() == shown.accessibleName() == text


def test_a_text_of_parts_loses_whole_ones_where_it_is_too_long(qtbot: QtBot) -> None:
    text = "9 min left · epoch 3 of 19 · 4.3 images/s"
    shown = ElidedLabel(text, between=" · ")
    qtbot.addWidget(shown)
    shown.show()
    advance = shown.fontMetrics().horizontalAdvance
    seen = []
    for width in (advance(text) + 4, advance(text) - 4, advance("9 min left") + 4, 40):
        shown.resize(width, 20)
        seen.append(shown.text())
    assert seen[:3] == [text, "9 min left · epoch 3 of 19", "9 min left"]
    assert seen[3].endswith("…") and shown.toolTip() == text


def test_names_that_look_like_html_are_shown_as_they_are(qtbot: QtBot) -> None:
    text = "cells <b>bold</b> & others,\na very long name of a class"
    shown = ElidedLabel(text)
    qtbot.addWidget(shown)
    shown.resize(80, 20)
    shown.show()
    document = QTextDocument()
    document.setHtml(shown.toolTip())
    assert document.toPlainText() == text == shown.full_text()


def test_a_box_of_choices_leaves_out_the_middle_where_room_is_short(qtbot: QtBot) -> None:
    box = ElidedBox()
    qtbot.addWidget(box)
    whole_text = "validation · 87 images"
    box.addItem(whole_text)
    box.resize(300, 30)
    assert box.shown_text() == whole_text
    whole = box.grab().toImage()
    box.resize(90, 30)
    start, end = box.shown_text().split("…")
    assert start and end and whole_text.startswith(start) and whole_text.endswith(end)
    assert len(end) > len(start), "names differ at their end"
    assert box.fontMetrics().horizontalAdvance(box.shown_text()) <= 90
    assert box.grab().toImage() != whole.copy(0, 0, 90, 30)


def test_the_tooltip_of_a_box_of_choices_says_what_is_left_out(qtbot: QtBot) -> None:
    box = ElidedBox()
    qtbot.addWidget(box)
    box.addItem("compact-lite0 of 30 November (still training)")
    box.setToolTip("The model that predicts")
    box.resize(120, 30)
    box.show()
    where = box.rect().center()
    asked = QHelpEvent(QHelpEvent.Type.ToolTip, where, box.mapToGlobal(where))
    QApplication.sendEvent(box, asked)
    assert QToolTip.text() == f"{box.currentText()}\nThe model that predicts"
    QToolTip.hideText()


def test_names_that_stand_below_each_other_are_told_apart_where_they_are_cut(qtbot: QtBot) -> None:
    metrics = QFontMetrics(QApplication.font())
    for form in ("a long recording of one stack_z{:02d}.png", "stack_z{:02d}_of_the_second_day.png",
                 "cells.tif-c1-0000{:02d}-maximum of all of its channels.png", "IMG_{:04d}.JPG"):
        names = [form.format(number) for number in range(1, 7)]
        for room in (60, 90, 120):
            shown = [shortened(metrics, name, room, names[max(0, at - 1):at + 2])
                     for at, name in enumerate(names)]
            assert len({*shown}) == len(names), shown
            assert all(metrics.horizontalAdvance(text) <= room for text in shown)
    assert shortened(metrics, "a.png", 300, ["b.png"]) == "a.png"
