"""How the commands tell what goes on."""

from __future__ import annotations

from workbench.core.terminal import StatusLine
from workbench.extension.engine_task import SilentReporter

SCORE_THRESH = 0.25
"""Least score of a detection where no other one is asked for."""


class LineReporter(SilentReporter):
    """Tells progress in one line, and warnings above it."""

    def __init__(self, line: StatusLine) -> None:
        self._line = line
        self._last = ""

    def __call__(self, text: str, done: int, total: int) -> None:
        self._last = f"{text} {done}/{total}"
        self._line.show(self._last)

    def part(self, share: float) -> None:
        self._line.show(f"{self._last or 'Looking'} · {share:.0%} of the next")

    def warn(self, sentence: str) -> None:
        self._line.say(sentence)
