"""The box above the Train button: in one line, what pressing it would do."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal

from workbench.core.durations import duration
from workbench.core.text import capital, count, megabytes, tr
from workbench.gui.app.engine_client import EngineClient
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.train.preflight import PreflightCheck
from workbench.gui.widgets import Card, ProgressLine, column, keep_room, label, scrolling, widget_of
from workbench.jobs.events import GROUPS, PreflightDone

ALL_PROBLEMS = "all"
"""What stands for the list of all problems where a path is asked for."""
REST_MS = 150
"""So long after it was scrolled the text stands at a whole line."""
NO_WARNINGS: Mapping[str, str] = MappingProxyType({})


class ReadyBox(Card):
    """Says "Ready." and why, or what is still missing.

    It is as high as :meth:`fit` lets it be; what does not fit is scrolled to, by whole lines.
    """

    look_asked = Signal(str)
    """(path) a person wants to see a file that a warning is about, :data:`ALL_PROBLEMS`, or to have
    stations kept together (:data:`~workbench.jobs.events.GROUPS`)."""

    def __init__(self) -> None:
        super().__init__(flat=True)
        self._words = label(wrap=True)
        self._words.setTextFormat(Qt.TextFormat.RichText)
        self._words.setProperty("role", "caption")
        self._warnings = label("", "caption", "warn", wrap=True)
        self._warnings.setTextFormat(Qt.TextFormat.RichText)
        self._warnings.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse
                                               | Qt.TextInteractionFlag.LinksAccessibleByKeyboard)
        self._warnings.linkActivated.connect(self.look_asked)
        current_theme().changed.connect(self._recolor)
        self.warnings = ""
        self._why = label("", "caption", "soft", wrap=True)
        self._line = ProgressLine()
        keep_room(self._line)
        self._blocks = column(self._words, self._warnings, self._why, 1)
        self._content = widget_of(self._blocks)
        self._area = scrolling(self._content)
        bar = self._area.verticalScrollBar()
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._come_to_rest)
        bar.valueChanged.connect(lambda _value: self._rest.start())
        bar.sliderReleased.connect(self._rest.start)
        self._area.setAccessibleName(tr("What Train will do"))
        self.add(self._area, 1)
        self.add(self._line)
        self.setAccessibleName(tr("What Train will do"))
        self.say("", "")

    def fit(self, least: int, most: int) -> None:
        """Be as high as the words need, but between ``least`` and, if that is more, ``most``
        logical pixels; where they need more, whole lines are in view. While the engine finds out
        more it does not get lower, so that nothing below it goes up and down."""
        self._blocks.setSpacing(tokens.SPACE_XS)
        layout = self.layout()
        assert layout is not None
        sides = layout.contentsMargins()
        frame = layout.totalMinimumSize().height() - self._area.minimumSizeHint().height()
        height = frame + self._content.heightForWidth(
            self.width() - sides.left() - sides.right())
        most = max(least, most)
        if self._waits:
            least = max(least, min(most, self.height()))
        if height > most:
            self._blocks.setSpacing(0)  # between blocks, too, lines follow at equal distances
            height = least = most - (most - frame) % self._line_height
        self._area.verticalScrollBar().setSingleStep(self._line_height)
        self.setFixedHeight(max(least, height))

    @property
    def _line_height(self) -> int:
        return self._words.fontMetrics().lineSpacing()

    def _come_to_rest(self) -> None:
        """Let no line be cut in half."""
        bar, step = self._area.verticalScrollBar(), self._line_height
        if not bar.isSliderDown() and bar.maximum():
            bar.setValue(round(bar.value() / step) * step)

    def _recolor(self) -> None:
        """Links keep the colour of the theme that their text was set in: set it again."""
        words = self._warnings.text()
        self._warnings.clear()
        self._warnings.setText(words)

    @property
    def why(self) -> str:
        """What was chosen from the labels, why this recipe, what is taken from an earlier model."""
        return self._why.text()

    def say(
        self, title: str, words: str, *, warnings: Mapping[str, str] = NO_WARNINGS,
        progress: float | str | None = "", why: str = "", more: str = "",
    ) -> None:
        """Show ``title`` and ``words``; ``progress`` is a share, None (unknown) or "" (none).

        ``warnings`` are sentences, each with the file to look at or "". ``why`` are reasons for
        what was left open, ``more`` is the long answer, for who asks with the pointer.
        """
        self.setToolTip(more)
        if f"{title} {words}".strip() != getattr(self, "_plain", ""):
            self._area.verticalScrollBar().setValue(0)
        self.text = f"{title} {words}".strip()
        """What is said, without reasons and warnings."""
        strong = f"<b>{escape(title)}</b> " if title else ""
        self._words.setText(f"{strong}{escape(words)}")
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.warnings = "\n".join(warnings)
        self._warnings.setText("<br>".join(
            escape(text) + (f' <a href="{escape(path)}">{escape(_link(path))}</a>' if path else "")
            for text, path in warnings.items())
            + f'<br><a href="{ALL_PROBLEMS}">{escape(tr("Find and mend problems"))}</a>')
        self._warnings.setVisible(bool(warnings))
        self._waits = progress != ""
        self._line.setVisible(self._waits)
        if not isinstance(progress, str):
            self._line.set_fraction(progress)
        self.setAccessibleDescription(f"{self.text} {why}".strip())
        self.updateGeometry()  # whoever lays it out may give it another height

    def refuse(self, problem: str, local: str) -> None:
        """Say which setting does not fit, if that is why there can be no training."""
        self.say(tr("Not yet.") if problem else "", _sentence(problem) if problem else local)

    def show_check(self, check: PreflightCheck, engine: EngineClient, local: str,
                   noun: str = "image", *, open_end: bool = False) -> None:
        """Show how far the pre-flight is; ``local`` is what the window knows by itself, ``noun``
        what the model learns from; with ``open_end`` it goes on until nothing improves."""
        engine_state = engine.state
        if check.state == "ready" and check.result is not None:
            words = ready_words(check.result, engine.devices, noun, open_end=open_end)
            self.say(tr("Ready."), words, more=check.words, why=why_words(check.result),
                     warnings={_sentence(text): check.result.look.get(text, "")
                               for text in check.result.warnings})
        elif check.state == "refused":
            self.say(tr("Not yet."), _sentence(check.words))
        elif engine_state == "failed":
            self.say("", tr("{local} The engine has stopped; pressing Train starts it again.",
                            local=local))
        elif engine_state in ("off", "starting"):
            self.say("", tr("{local} The engine is starting…", local=local), progress=None)
        elif check.state == "checking":
            note = check.progress
            words = f"{note.text}…" if note is not None and note.text else tr("Measuring…")
            share = note.done / note.total if note is not None and note.total else None
            self.say("", f"{local} {words}".replace("……", "…"), progress=share)
        else:
            self.say("", local)


def _link(path: str) -> str:
    """What leads to a file, or mends what a warning is about."""
    return tr("Keep each station together") if path == GROUPS else tr("Look")


def ready_words(
    result: PreflightDone, devices: list[dict[str, Any]], noun: str = "image", *,
    open_end: bool = False,
) -> str:
    """What will happen, as short as it can be said."""
    labels = result.labels or count(len(result.classes), "class")
    images = f"{result.samples or count(result.images, noun)}, {labels}."
    weights = result.weights
    fetch = ""
    if weights.get("needed") and not weights.get("available"):
        fetch = tr(" {megabytes} of weights to download first.",
                   megabytes=megabytes(int(weights.get("size") or 0)))
    device = next((item for item in devices if item["id"] == result.device), {})
    whole = tr(" of {megabytes}",
               megabytes=megabytes(int(device["memory"]))) if device.get("memory") else ""
    where = f" {device.get('name') or result.device}, {megabytes(result.memory)}{whole}."
    each, whole = duration(result.epoch_seconds), duration(result.eta_seconds)
    times = tr(" About {each} an epoch, {whole} ",
               each=each, whole=whole) + (tr("at most.") if open_end else tr("in all."))
    return f"{images}{where}{fetch}{times}"


def why_words(result: PreflightDone) -> str:
    """What was chosen from the labels, why this recipe, and what is kept of an earlier model."""
    said = (result.shape, result.reason, result.start)
    return "\n".join(_sentence(text) for text in said if text)


def _sentence(text: str) -> str:
    """A warning as a sentence of its own."""
    text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
