"""The chosen file as each of the models sees it, beside each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.predict.agreement import agreement, agreement_text
from workbench.gui.predict.beside import ModelsBeside
from workbench.gui.predict.picture import PredictionPicture
from workbench.gui.predict.table import Prediction, PredictionTable
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, column, row, widget_of

_ASPECT = 4 / 3
"""Of most pictures: whether two of them are larger beside or above each other."""


class ShownAnswer(NamedTuple):
    """What one model says: its title, the answer in words, the answer (None for none), and why
    there is none."""

    title: str
    words: str
    item: Mapping[str, Any] | None
    problem: str = ""


class PredictionPanes(QWidget):
    """One picture for each model; they are zoomed and moved together."""

    def __init__(self, theme: Theme, color: Callable[[str], QColor],
                 places: CountingPlaces) -> None:
        super().__init__()
        self._theme, self._color, self._places = theme, color, places
        self.first = PredictionPicture(theme, color, places)
        self.others: list[PredictionPicture] = []
        self.titles: list[ElidedLabel] = []
        self.agreement = ElidedLabel()
        self.agreement.setProperty("role", "caption")
        self._panes: list[QWidget] = []
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(1)
        self._foot = widget_of(row(self.agreement, margins=(tokens.SPACE_M, 0, tokens.SPACE_M, 0)))
        layout = column(spacing=0)
        layout.addLayout(self._row, 1)
        layout.addWidget(self._foot)
        self.setLayout(layout)
        self._foot.hide()
        self._add(self.first)

    def _add(self, picture: PredictionPicture) -> None:
        title = ElidedLabel()
        title.setContentsMargins(tokens.SPACE_M, tokens.SPACE_XS, tokens.SPACE_M, tokens.SPACE_XS)
        pane = widget_of(column(title, (picture, 1), spacing=0))
        self.titles.append(title)
        self._panes.append(pane)
        self._row.addWidget(pane, 1)
        picture.view_changed.connect(self._moved)

    def set_others(self, number: int) -> None:
        """Show so many other models beside the first one."""
        while len(self.others) > number:
            self.others.pop()
            self.titles.pop()
            pane = self._panes.pop()
            self._row.removeWidget(pane)
            pane.hide()
            pane.deleteLater()
        while len(self.others) < number:
            self.others.append(PredictionPicture(self._theme, self._color, self._places,
                                                 self.first))
            self._add(self.others[-1])
        self.titles[0].setVisible(bool(number))
        self._turn()

    def show_file(self, item: Prediction | None, shown: Mapping[str, Any] | None, title: str,
                  answers: PredictionTable, beside: ModelsBeside) -> None:
        """Show a file, or none: ``shown`` is what the model ``title`` found, whose ``answers`` they
        are; the others are asked for theirs."""
        found, words = [ShownAnswer("", "", None)] * len(self._panes), ""
        if item is not None:
            found, words = _answers(item, shown, title, answers, beside)
        for picture, head, answer in zip((self.first, *self.others), self.titles, found,
                                         strict=True):
            head.setText(f"{answer.title}   {answer.words}".strip())
            picture.show_answer(answers.display, item.file if item is not None else "",
                                answer.item, answer.problem)
        self.agreement.setText(words)
        self._foot.setVisible(bool(words))

    def _moved(self) -> None:
        for picture in (self.first, *self.others):
            picture.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._turn()

    def _turn(self) -> None:
        """Lay the panes beside or above each other, as they are larger."""
        number, width, height = len(self._panes), self.width(), self.height()
        beside = min(width / number, height * _ASPECT) >= min(width, height / number * _ASPECT)
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if beside or number == 1
                               else QBoxLayout.Direction.TopToBottom)
        for picture in (self.first, *self.others):
            picture.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // (number if beside else 1))

    def close_down(self) -> None:
        """End the threads."""
        self.first.close_down()


def _answers(item: Prediction, shown: Mapping[str, Any] | None, title: str,
             answers: PredictionTable, beside: ModelsBeside) -> tuple[list[ShownAnswer], str]:
    """What the model ``title`` and those beside it say of a file, and how far they agree."""
    display = answers.display
    assert display is not None
    whole = display.whole
    found = [ShownAnswer(title, item.words_as(whole), shown, item.problem)]
    for other, its in zip(beside.others, beside.of(item), strict=True):
        found.append(
            ShownAnswer(other.model.title, "", None, tr("Not looked at yet.")) if its is None else
            ShownAnswer(other.model.title, its.words_as(whole), other.answers.as_shown(its),
                        its.problem))
    said = [one.item for one in found if one.item is not None]
    words = "" if whole or len(said) < max(2, len(found)) else agreement_text(
        agreement(display, said), [one.title for one in found], whole)
    return found, words
