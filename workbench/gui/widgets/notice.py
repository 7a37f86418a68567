"""A bar at the canvas for what is wrong with the image that is shown, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import Popup, QuietButton, label

Choice = tuple[str, Callable[[], object]] | tuple[str, Callable[[], object], str]
"""What a button says, what it does, and what it tells when the mouse rests on it."""

_ICONS = {"info": ("info", "accent"), "warn": ("warning", "warn"), "bad": ("bad", "bad")}


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
        layout = QHBoxLayout(self)
        pad = tokens.SPACE_XS
        layout.setContentsMargins(tokens.SPACE_M, pad, pad, pad)
        layout.setSpacing(tokens.SPACE_S)
        layout.addWidget(self._icon)
        layout.addWidget(self._text, 1)
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
        layout = self.layout()
        assert layout is not None
        for button in self._buttons:
            layout.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        self._choices = [choice[0] for choice in choices]
        for choice in choices:
            button = QuietButton(choice[0])
            button.clicked.connect(lambda _checked=False, act=choice[1]: act())
            if len(choice) == 3:
                button.setToolTip(choice[2])
            layout.addWidget(button)
            button.show()  # now, not with the next event: the height that is needed counts it
            self._buttons.append(button)
        self._draw_icon()
        self.show()

    def press(self, text: str) -> None:
        """Press the button ``text``."""
        self._buttons[self._choices.index(text)].click()

    def dismiss(self) -> None:
        """There is nothing to say any more."""
        self.hide()

    def _draw_icon(self) -> None:
        name, color = _ICONS[self._tone]
        self._icon.setPixmap(self._theme.pixmap(name, color, tokens.ICON))
