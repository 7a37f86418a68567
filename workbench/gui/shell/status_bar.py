"""The line at the bottom: whether the work is saved, and what the place has to say."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout

from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.buttons import LinkButton
from workbench.gui.widgets.labels import ElidedLabel, StatusDot, label
from workbench.gui.widgets.layout import repolish
from workbench.gui.widgets.surfaces import SidePanel
from workbench.project.session import Session

WORDS = {"saved": ("ok", "Saved"), "saving": ("warn", "Saving…"), "failed": ("bad", "Not saved")}
"""Tone and words for each state of the saver."""


class StatusBar(SidePanel):
    """Listens to the saver of the open project."""

    def __init__(self) -> None:
        super().__init__("top")
        self.setFixedHeight(tokens.STATUS_HEIGHT)
        self._session: Session | None = None
        self._connections = Connections()
        self._dot = StatusDot("ok")
        self._saved = label("", "caption")
        self._saved.setProperty("tone", WORDS["saved"][0])  # quicker than repolish()
        # as wide as its widest usual word, so that its neighbours stay where they are
        self._saved.setMinimumWidth(self._saved.fontMetrics().horizontalAdvance(tr("Saving…")))
        self.retry_button = LinkButton(tr("Retry"), run=self._retry)
        self._left = ElidedLabel()
        self._right = label("", "caption")
        self._left.setProperty("role", "caption")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(tokens.SPACE_M + 2, 0, tokens.SPACE_M + 2, 0)
        layout.setSpacing(6)
        for item in (self._dot, self._saved, self.retry_button):
            layout.addWidget(item)
        layout.addSpacing(tokens.SPACE_M)
        layout.addWidget(self._left, 1)
        layout.addWidget(self._right)
        self.set_session(None)

    def set_session(self, session: Session | None) -> None:
        """Tell about the edits of another project."""
        self._connections.end()
        self._session = session
        if session is not None:
            self._connections.add(session.saver.state_changed.connect(self._show_saver))
        self._show_saver()

    def set_texts(self, left: str, right: str) -> None:
        """What the place that is shown has to say."""
        if left != self._left.full_text():
            self._left.setText(left)
        if right != self._right.text():
            self._right.setText(right)

    def saved_text(self) -> str:
        """The words about saving."""
        return self._saved.text()

    def _show_saver(self) -> None:
        session = self._session
        for item in (self._dot, self._saved):
            item.setVisible(session is not None)
        self.retry_button.setVisible(session is not None and session.saver.state == "failed")
        if session is None:
            self._saved.setText("")
            return
        tone, words = WORDS[session.saver.state]
        words = tr(words)
        error = session.saver.last_error
        if session.saver.state == "failed" and error is not None:
            words = f"{words}: {error.sentence()}"
        self._dot.set_tone(tone)
        self._saved.setText(words)
        repolish(self._saved, "tone", tone)
        self._saved.setAccessibleName(words)

    def _retry(self) -> None:
        if self._session is not None:
            self._session.saver.retry()
