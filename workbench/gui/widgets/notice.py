"""A bar at the canvas for what is wrong with the image that is shown, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QSizePolicy, QWidget

from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Popup, QuietButton, column, label, row
from workbench.gui.widgets.layout import FlowLayout

Choice = tuple[str, Callable[[], object]] | tuple[str, Callable[[], object], str]
"""What a button says, what it does, and what it tells when the mouse rests on it."""

_ICONS = {"info": ("info", "accent"), "warn": ("warning", "warn"), "bad": ("bad", "bad")}


_WORDS = 160
"""Width, in logical pixels, that the sentence has beside the buttons; else these go below it."""


class Notice(Popup):
    """One sentence with its buttons; it stays as long as what it says is so."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = "info"
        self._choices: list[str] = []
        self._icon = label()
        self._text = label(wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._beside, self._below = row(self._icon, self._text), FlowLayout(spacing=tokens.SPACE_S)
        self._beside.setStretch(1, 1)
        pad = tokens.SPACE_XS
        self.setLayout(column(self._beside, self._below, spacing=pad,
                              margins=(tokens.SPACE_M, pad, pad, pad)))
        self._buttons: list[QuietButton] = []
        theme.changed.connect(self._draw_icon)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" while hidden."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def choices(self) -> list[str]:
        """What the buttons say."""
        return list(self._choices)

    def say(self, tone: str, sentence: str, choices: Sequence[Choice] = ()) -> None:
        """Show ``sentence`` in a tone (``info``, ``warn``, ``bad``) with a button per choice."""
        self._tone = tone
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        for button in self._buttons:
            self._holder(button).removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        self._choices = [choice[0] for choice in choices]
        for choice in choices:
            button = QuietButton(choice[0])
            button.clicked.connect(lambda _checked=False, act=choice[1]: act())
            if len(choice) == 3:
                button.setToolTip(choice[2])
            self._beside.addWidget(button)
            button.show()  # now, not with the next event: the height that is needed counts it
            self._buttons.append(button)
        self._draw_icon()
        self._fit(self.width())
        self.show()

    def minimumSizeHint(self) -> QSize:
        """The same width wherever the buttons are: else each arrangement would bring the other."""
        widest = max((button.sizeHint().width() for button in self._buttons), default=0)
        return QSize(widest + 2 * tokens.SPACE_M, super().minimumSizeHint().height())

    def heightForWidth(self, width: int) -> int:
        self._fit(width)
        return super().heightForWidth(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(self.width())

    def _fit(self, width: int) -> None:
        """Have the buttons beside the sentence, or below it where they leave no room for words."""
        room = width - sum(button.sizeHint().width() + tokens.SPACE_S for button in self._buttons)
        home = self._below if room < _WORDS else self._beside
        for button in self._buttons:
            if self._holder(button) is not home:
                self._holder(button).removeWidget(button)
                home.addWidget(button)

    def _holder(self, button: QuietButton) -> QLayout:
        return self._beside if self._beside.indexOf(button) >= 0 else self._below

    def press(self, text: str) -> None:
        """Press the button ``text``."""
        self._buttons[self._choices.index(text)].click()

    def dismiss(self) -> None:
        """There is nothing to say any more."""
        self.hide()

    def _draw_icon(self) -> None:
        name, color = _ICONS[self._tone]
        self._icon.setPixmap(self._theme.pixmap(name, color, tokens.ICON))
