"""The widgets every place is made of."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QCursor,
    QEnterEvent,
    QGuiApplication,
    QHelpEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.errors import UsageError
from workbench.core.schema import Field, Schema
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    Card,
    Chip,
    ChipGroup,
    EmptyState,
    FlowLayout,
    IconButton,
    LabeledSlider,
    MessageBar,
    MetricLabel,
    PrimaryButton,
    ProgressLine,
    QuietButton,
    SchemaForm,
    SearchField,
    column,
)
from workbench.gui.widgets.menu import WHY, Menu
from workbench.gui.widgets.notice import Notice
from workbench.gui.widgets.row_view import RowModel, RowView
from workbench.gui.widgets.tables import Column, Records
from workbench.gui.widgets.tips import wrapped_tip

SCHEMA = Schema(
    Field("epochs", "int", 25, "Epochs", minimum=1, maximum=500),
    Field("lr", "float", 0.01, "Learning rate", help="How far a step goes.", unit="a step"),
    Field("flip", "bool", True, "Mirror"),
    Field("layers", "choice", "all", "Layers", choices=(("all", "All"), ("head", "Head only"))),
    Field("note", "text", "", "Note", advanced=True),
)


@pytest.fixture
def form(qtbot: QtBot) -> SchemaForm:
    made = SchemaForm(SCHEMA)
    qtbot.addWidget(made)
    made.show()
    return made


def typed(form: SchemaForm, name: str, text: str, qtbot: QtBot) -> None:
    control = form.editor(name).control
    assert isinstance(control, QLineEdit)
    control.selectAll()
    qtbot.keyClicks(control, text)


def test_a_form_starts_at_the_defaults(form: SchemaForm) -> None:
    assert form.values() == SCHEMA.defaults()
    assert form.differences() == {}


def test_typing_changes_the_value_and_says_which(form: SchemaForm, qtbot: QtBot) -> None:
    with qtbot.waitSignal(form.changed) as heard:
        typed(form, "epochs", "7", qtbot)
    assert heard.args == ["epochs"]
    assert form.differences() == {"epochs": 7}


def test_a_value_that_does_not_fit_is_told_below_it_and_not_taken(
        form: SchemaForm, qtbot: QtBot) -> None:
    typed(form, "epochs", "0", qtbot)
    assert not form.is_valid()
    assert "at least 1" in form.editor("epochs").problem
    assert form.values()["epochs"] == 25
    typed(form, "epochs", "12", qtbot)
    assert form.is_valid()
    assert form.values()["epochs"] == 12


def test_a_form_shows_given_values_without_announcing_them(form: SchemaForm, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({"lr": "0.5", "layers": "head", "flip": False})
    assert form.values() == {**SCHEMA.defaults(), "lr": 0.5, "layers": "head", "flip": False}
    combo = form.editor("layers").control
    assert isinstance(combo, QComboBox)
    assert combo.currentText() == "Head only"
    with pytest.raises(UsageError):
        form.set_values({"layers": "tail"})


def test_reset_goes_back_to_the_defaults(form: SchemaForm, qtbot: QtBot) -> None:
    form.set_values({"epochs": 3})
    typed(form, "lr", "x", qtbot)
    form.reset()
    assert form.is_valid()
    assert form.values() == SCHEMA.defaults()


def test_zero_is_shown_as_what_it_stands_for(qtbot: QtBot) -> None:
    form = SchemaForm(Schema(Field("seconds", "float", 0.0, "Clip length", zero="automatic")))
    qtbot.addWidget(form)
    control = form.editor("seconds").control
    assert isinstance(control, QLineEdit)
    assert (control.text(), control.placeholderText()) == ("", "automatic")
    assert form.is_valid() and form.values() == {"seconds": 0.0}
    qtbot.keyClicks(control, "2")
    assert form.values() == {"seconds": 2.0}
    control.clear()
    control.textEdited.emit("")
    assert form.is_valid() and form.values() == {"seconds": 0.0}


def test_advanced_settings_are_behind_more(form: SchemaForm, qtbot: QtBot) -> None:
    note = form.editor("note")
    assert not note.isVisible()
    more = next(item for item in form.findChildren(QWidget) if item.property("text") == "More")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert note.isVisible()


def test_controls_of_a_form_have_names(form: SchemaForm) -> None:
    for field in SCHEMA:
        control = form.editor(field.name).control
        assert control.accessibleName() == field.label
        assert control.accessibleDescription() == field.help


def test_the_wheel_does_not_change_a_choice(form: SchemaForm, qtbot: QtBot) -> None:
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    combo = form.editor("layers").control
    event = QWheelEvent(QPointF(3, 3), QPointF(3, 3), QPoint(0, -120), QPoint(0, -120),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(combo, event)
    assert form.values()["layers"] == "all"


def test_one_chip_of_a_group_is_chosen(qtbot: QtBot) -> None:
    group = ChipGroup()
    qtbot.addWidget(group)
    for id in ("all", "todo", "verified"):
        group.add(id, id.title(), 1234)
    assert group.selected == "all"
    assert group["all"].text() == "All 1,234"
    with qtbot.waitSignal(group.changed) as heard:
        qtbot.mouseClick(group["todo"], Qt.MouseButton.LeftButton)
    assert heard.args == ["todo"]
    assert group.selection == ["todo"]
    # a second click does not switch it off
    qtbot.mouseClick(group["todo"], Qt.MouseButton.LeftButton)
    assert group.selection == ["todo"]


def test_the_keyboard_goes_along_to_the_chip_that_is_clicked(qtbot: QtBot) -> None:
    box, group, field = QWidget(), ChipGroup(), QLineEdit()
    qtbot.addWidget(box)
    box.setLayout(column(group, field))
    for id in ("a", "b"):
        group.add(id, id)
    with qtbot.waitActive(box):
        box.show()
    group["a"].setFocus()
    qtbot.mouseClick(group["b"], Qt.MouseButton.LeftButton)
    assert group.selected == "b" and group["b"].hasFocus()
    field.setFocus()
    qtbot.mouseClick(group["a"], Qt.MouseButton.LeftButton)
    assert group.selected == "a" and field.hasFocus(), "where it was elsewhere it stays there"


def test_the_arrow_of_a_rising_order_points_up(qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    Theme("light").apply(app)
    table = Records((Column("A", str, str), Column("B", str, str)), "Letters")
    qtbot.addWidget(table)
    table.resize(300, 100)
    table.show()
    header = table.horizontalHeader()

    def arrow(order: Qt.SortOrder) -> list[int]:
        """How wide the arrow is in each of its lines."""
        table.sortByColumn(-1, order)
        plain = header.grab().toImage()
        table.sortByColumn(0, order)
        there = header.grab().toImage()
        lines = [[x for x in range(there.width()) if there.pixel(x, y) != plain.pixel(x, y)]
                 for y in range(there.height())]
        return [line[-1] - line[0] for line in lines if line]

    rising, falling = arrow(Qt.SortOrder.AscendingOrder), arrow(Qt.SortOrder.DescendingOrder)
    assert rising.index(max(rising)) > falling.index(max(falling))


def test_a_table_of_thousands_is_sorted_by_one_look_at_each(qtbot: QtBot) -> None:
    asked: list[int] = []

    def value(record: int) -> tuple[str, int]:
        asked.append(record)
        return ("odd" if record % 2 else "even", record)

    table = Records((Column("A", value, str), Column("B", str, str)), "Numbers")
    qtbot.addWidget(table)
    numbers = list(range(3000, 0, -1))
    table.show_records(numbers)
    table.choose(lambda record: record in (7, 8))
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert [table.record(row) for row in (0, 1499, 1500, 2999)] == [2, 3000, 1, 2999]
    assert sorted(table.chosen()) == [7, 8], "what is selected stays so"
    table.show_records(numbers[:2000])
    table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert table.record(0) == 2999 and table.record(2000) is None
    assert len(asked) == 3000 + 2000 + 2000
    table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
    assert table.record(0) == 3000


def test_a_long_name_does_not_widen_what_its_chip_lies_in(qtbot: QtBot) -> None:
    chip = Chip("x" * 5000, count=12)
    qtbot.addWidget(chip)
    assert chip.sizeHint().width() < 1000 and chip.text().endswith("… 12")
    assert chip.toolTip() == "x" * 5000


def test_any_number_of_chips_where_the_group_is_not_exclusive(qtbot: QtBot) -> None:
    group = ChipGroup(exclusive=False)
    qtbot.addWidget(group)
    for id in "abc":
        group.add(id, id)
    qtbot.mouseClick(group["a"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(group["c"], Qt.MouseButton.LeftButton)
    assert group.selection == ["a", "c"]


def test_chips_go_on_in_the_next_row(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    flow = FlowLayout(box)
    for number in range(6):
        flow.addWidget(Chip(f"Chip number {number}"))
    wide, narrow = flow.heightForWidth(2000), flow.heightForWidth(150)
    assert narrow > 3 * wide


def test_a_slider_speaks_while_it_moves(qtbot: QtBot) -> None:
    slider = LabeledSlider("Score", 0.0, 1.0, 0.25)
    qtbot.addWidget(slider)
    values: list[float] = []
    slider.value_changed.connect(values.append)
    slider.slider.setSliderDown(True)
    slider.slider.setSliderPosition(42)
    assert values == [0.42]
    slider.set_value(0.9, announce=False)
    assert values == [0.42]
    assert slider.value() == 0.9
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    assert values[-1] == 0.91
    wheel = QWheelEvent(QPointF(5, 5), QPointF(5, 5), QPoint(), QPoint(0, 120),
                        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
                        Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(slider.slider, wheel)
    assert values[-1] == 0.91 and not wheel.isAccepted(), "what it lies in is scrolled"
    slider.reset()
    assert slider.value() == 0.25
    assert slider.slider.accessibleName() == "Score"


def test_a_message_offers_one_thing_to_do(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    done: list[str] = []
    bar.show_message("info", "3 boxes deleted.", "Undo", lambda: done.append("undone"))
    assert bar.isVisible()
    assert bar.text == "3 boxes deleted."
    qtbot.mouseClick(bar.action_button, Qt.MouseButton.LeftButton)
    assert done == ["undone"]
    assert not bar.isVisible()


def test_the_button_of_an_earlier_message_does_not_stay(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("info", "one", "Undo", lambda: None)
    bar.show_message("bad", "two")
    assert not bar.action_button.isVisible()
    with qtbot.waitSignal(bar.closed):
        qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)


def test_a_metric_shows_its_difference_and_keeps_its_height(qtbot: QtBot) -> None:
    metric = MetricLabel("mAP")
    qtbot.addWidget(metric)
    before = metric.sizeHint().height()
    metric.set_value(0.8734, 0.021)
    assert metric.text() == "0.873"
    assert metric.difference_text() == "+0.021"
    metric.set_value(0.85, -0.0234)
    assert metric.difference_text() == "−0.023"
    metric.set_value(None)
    assert metric.text() == "–"
    assert metric.sizeHint().height() == before


def test_a_long_tooltip_has_several_lines() -> None:
    """As wide as the screen, nobody reads it."""
    assert wrapped_tip("the area < of both") == "the area < of both"
    tip = wrapped_tip("far " * 40 + "< there\nnear")
    assert tip.startswith("<p>") and "&lt; there<br>near" in tip


def test_progress_tells_how_far_it_is(qtbot: QtBot) -> None:
    line = ProgressLine()
    qtbot.addWidget(line)
    line.set_fraction(1.7)
    assert line.fraction == 1.0
    assert line.accessibleDescription() == "100%"
    line.set_fraction(None)
    assert line.accessibleDescription() == "unknown"
    line.show()
    line.grab()


def test_escape_empties_a_search_and_then_leaves_it(qtbot: QtBot) -> None:
    search = SearchField("Filter")
    qtbot.addWidget(search)
    search.show()
    qtbot.keyClicks(search, "cat")
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert search.text() == ""
    with qtbot.waitSignal(search.left):
        qtbot.keyClick(search, Qt.Key.Key_Escape)


def test_buttons_do_not_take_the_keyboard_from_the_canvas(qtbot: QtBot) -> None:
    for button in (PrimaryButton("Train"), QuietButton("Copy", "copy"), Chip("All"),
                   IconButton("trash", "Delete")):
        qtbot.addWidget(button)
        assert button.focusPolicy() == Qt.FocusPolicy.TabFocus
        assert button.accessibleName() or button.text()


def test_an_empty_state_offers_the_next_step(qtbot: QtBot) -> None:
    empty = EmptyState("images", "No images here", "Open a folder.", "Open a folder")
    qtbot.addWidget(empty)
    with qtbot.waitSignal(empty.clicked):
        qtbot.mouseClick(empty.button, Qt.MouseButton.LeftButton)
    empty.set_text("Nothing found", "", "")
    assert empty.button.isHidden()
    assert empty.accessibleName() == "Nothing found"


def test_a_card_shows_title_and_right_text(qtbot: QtBot) -> None:
    card = Card("Loss", "train 0.61")
    qtbot.addWidget(card)
    assert card.accessibleName() == "Loss"
    card.set_right("train 0.58")
    card.add(QWidget())
    assert card.body.count() == 1


def test_a_notice_needs_room_for_its_buttons_at_once(qtbot: QtBot) -> None:
    notice = Notice(Theme("light"))
    qtbot.addWidget(notice)
    notice.say("info", "Reading 250,000 boxes…")
    notice.say("info", "557 objects more than once, with the same class and box.",
               (("Show in folder", lambda: None), ("Read again", lambda: None)))
    needed = notice.heightForWidth(460)
    QApplication.processEvents()
    assert notice.heightForWidth(460) == needed


def test_what_is_offered_nowhere_else_stays(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("info", "one", "Undo", lambda: None)
    assert bar.goes_by_itself
    bar.show_message("info", "two", "Import", lambda: None, stays=True)
    assert not bar.goes_by_itself


def test_a_message_waits_while_another_program_is_used_or_it_is_read(
        qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    state = [Qt.ApplicationState.ApplicationInactive]
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: state[0])
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_message("info", "one")
    assert not bar.counting_down and bar.goes_by_itself
    state[0] = Qt.ApplicationState.ApplicationActive
    QGuiApplication.instance().applicationStateChanged.emit(state[0])
    bar.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    QApplication.sendEvent(bar, QEnterEvent(*[QPointF()] * 3))
    assert not bar.counting_down
    bar.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
    QApplication.sendEvent(bar, QEvent(QEvent.Type.Leave))
    assert bar.counting_down


class Names(RowModel):
    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def cell(self, row: int, role: int) -> object:
        return f"row {row}" if role == Qt.ItemDataRole.DisplayRole else None


def test_a_chosen_row_stays_in_view_when_its_list_gets_smaller(qtbot: QtBot) -> None:
    view = RowView(Theme("light"), Names(30), "Objects")
    qtbot.addWidget(view)
    view.resize(200, 400)
    with qtbot.waitExposed(view):
        view.show()
    view.show_rows([11])
    view.resize(200, 120)
    model = view.model()
    assert view.viewport().rect().contains(view.visualRect(model.index(11, 0)))
    view.verticalScrollBar().setValue(0)  # somebody looks elsewhere
    view.resize(200, 110)
    assert view.verticalScrollBar().value() == 0


def test_a_button_is_painted_anew_when_its_menu_closes(qtbot: QtBot) -> None:
    """The mouse may be elsewhere by then; X11 alone shows it, so that the call is looked for."""
    window = QWidget()
    qtbot.addWidget(window)
    asked: list[str] = []

    class Button(QPushButton):
        def update(self) -> None:  # type: ignore[override]
            asked.append(self.text())
            super().update()

    button, menu = Button("Open", window), Menu(window)
    menu.addAction("One")
    with qtbot.waitExposed(window):
        window.show()
    before = QCursor.pos()
    QCursor.setPos(button.mapToGlobal(button.rect().center()))
    menu.popup(window.mapToGlobal(window.rect().bottomRight()))
    assert menu.isVisible() and not asked
    menu.close()
    QCursor.setPos(before)
    assert asked == ["Open"]


def test_a_menu_shows_explanations_of_entries_and_why_one_is_grey(qtbot: QtBot) -> None:
    menu = Menu()
    qtbot.addWidget(menu)
    menu.setToolTipsVisible(True)
    for text in ("Report", "Model"):
        menu.addAction(text).setToolTip(f"Write the {text}")
    menu.actions()[1].setProperty(WHY, "There is no model.")
    menu.popup(QPoint(9, 9))
    said = ("Write the Report", "There is no model.")
    for entry, words in zip(menu.actions(), said, strict=True):
        at = menu.actionGeometry(entry).center()
        QApplication.sendEvent(menu, QHelpEvent(QEvent.Type.ToolTip, at, menu.mapToGlobal(at)))
        assert QToolTip.text() == words
    menu.close()
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.text())
