"""The box above the Train button: in one line, what pressing it would do."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt

from workbench.gui.training.preflight import PreflightCheck
from workbench.gui.widgets import Card, ProgressLine, label


class ReadyBox(Card):
    """Says "Ready." and why, or what is still missing."""

    def __init__(self) -> None:
        super().__init__(flat=True)
        self._words = label(wrap=True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setProperty("role", "caption")
        self._warnings = label("", "caption", "warn", wrap=True)
        self._line = ProgressLine()
        for widget in (self._words, self._warnings, self._line):
            self.add(widget)
        self.setAccessibleName("What Train would do")
        self.say("", "")

    @property
    def text(self) -> str:
        """What is said, without the warnings."""
        return self._plain

    @property
    def warnings(self) -> str:
        return self._warnings.text()

    def say(
        self, title: str, words: str, *, warnings: tuple[str, ...] = (),
        progress: float | str | None = "",
    ) -> None:
        """Show ``title`` and ``words``; ``progress`` is a share, None (unknown) or "" (none)."""
        self._plain = f"{title} {words}".strip()
        strong = f"<b>{escape(title)}</b> " if title else ""
        self._words.setText(f"{strong}{escape(words)}")
        self._warnings.setText("\n".join(warnings))
        self._warnings.setVisible(bool(warnings))
        self._line.setVisible(progress != "")
        if not isinstance(progress, str):
            self._line.set_fraction(progress)
        self.setAccessibleDescription(self._plain)

    def show_check(self, check: PreflightCheck, engine_state: str, local: str) -> None:
        """Show how far the pre-flight is; ``local`` is what the window knows by itself."""
        if check.state == "ready" and check.result is not None:
            self.say("Ready.", _without(check.words, "Ready."),
                     warnings=tuple(check.result.warnings))
        elif check.state == "refused":
            self.say("Not yet.", check.words)
        elif engine_state == "failed":
            self.say("", f"{local} The engine has stopped; pressing Train starts it again.")
        elif engine_state in ("off", "starting"):
            self.say("", f"{local} The engine is starting…", progress=None)
        elif check.state == "checking":
            note = check.progress
            words = f"{note.text}…" if note is not None and note.text else "Measuring…"
            share = note.done / note.total if note is not None and note.total else None
            self.say("", f"{local} {words}".replace("……", "…"), progress=share)
        else:
            self.say("", local)


def _without(words: str, start: str) -> str:
    return words.removeprefix(start).strip()
