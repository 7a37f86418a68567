"""The card that leads through rounds of training, suggesting and reviewing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from workbench.core.text import count, listed, tr
from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.series import Series
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.texts import metric_in_text, score
from workbench.gui.widgets import (
    Card,
    FoldButton,
    LinkButton,
    QuietButton,
    StatusDot,
    column,
    label,
    repolish,
    row,
    widget_of,
)
from workbench.project.rounds import FEW, FEW_HELD_BACK, LabellingState, RoundScore, Step

STEPS: tuple[tuple[Step, str], ...] = (
    ("label", "Label a few"), ("train", "Train"), ("suggest", "Let it suggest"),
    ("review", "Review"), ("again", "Train again"))
ICONS: dict[Step, str] = {"label": "tag", "train": "play", "suggest": "spark", "review": "check",
                          "again": "play"}
CHART_HEIGHT = 120
_WIDE = 600  # logical pixels


class RoundsCard(Card):
    """Which step a project is at, one button for the next one, and whether rounds helped."""

    next_wanted = Signal()
    alone_wanted = Signal()
    """The next step; a round in which the model teaches another one by itself."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(tr("Rounds"))
        self._dots = {step: StatusDot() for step, _ in STEPS}
        self._names = {step: label("", "caption") for step, _ in STEPS}
        self._step: Step = "label"
        self.words = label("", wrap=True)
        self.button = QuietButton("", run=self.next_wanted)
        self.alone_button = LinkButton(tr("A round by itself"), "spark", run=self.alone_wanted)
        self.alone_button.setToolTip(tr(
            "The model labels for itself what it is sure of, another one learns from that and from "
            "your labels, and is kept only if it is better. Your labels stay as they are."))
        self.curve_button = FoldButton(tr("Did it help?"))
        self.chart = LiveChart(theme, tr("Score of each round"), x_unit=tr("round"), y_text=score,
                               y_floor=0.0)
        self.chart.setMinimumHeight(CHART_HEIGHT)
        self.help = label("", "caption", wrap=True)
        self.help.setMinimumHeight(2 * self.help.fontMetrics().lineSpacing())
        self.help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._arrange()

    def _arrange(self) -> None:
        steps = row(spacing=tokens.SPACE_S)
        for step, _ in STEPS:
            steps.addWidget(self._dots[step])
            steps.addWidget(self._names[step])
            steps.addSpacing(tokens.SPACE_XS)
        steps.addStretch(1)
        line = row((self.words, 1), self.button, spacing=tokens.SPACE_M)
        self.guide = widget_of(column(steps, line, spacing=tokens.SPACE_S))
        self.folded = widget_of(column(self.chart, self.help, spacing=tokens.SPACE_S))
        self.curve_button.fold(self.folded)
        for item in (self.guide, row(self.curve_button, self.alone_button, 1,
                                     spacing=tokens.SPACE_L), self.folded):
            self.add(item)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self.hide()  # until it is known where the project is

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._name_steps()

    def _name_steps(self) -> None:
        """Where there is little room only the step one is at has words."""
        wide = self.width() >= _WIDE
        for number, (step, text) in enumerate(STEPS, 1):
            words = wide or step == self._step
            self._names[step].setText(f"{number} {tr(text)}" if words else str(number))
            self._names[step].setToolTip(tr(text))

    def show_step(self, step: Step, now: LabellingState, new: int, length: str, noun: str, *,
                  busy: bool, possible: bool) -> None:
        """Show where the project is.

        Parameters
        ----------
        new
            Samples that were labelled since the newest model learned.
        length
            How long a training takes, in words.
        noun
            One sample ("image").
        busy, possible
            Whether a training is under way, and whether one could begin.
        """
        self.set_right(labelled_words(now, noun))
        at = "train" if busy else step
        self._step = at
        self._name_steps()
        order = list(self._dots)
        done = order.index(at) if at in order else len(order)
        for place, (name, dot) in enumerate(self._dots.items()):
            dot.set_tone("accent" if name == at else "ok" if place < done else "faint")
            repolish(self._names[name], "tone", "" if name == at else "soft")
        self.words.setText(tr("The model is learning; the next step follows when it is done.")
                           if busy else step_words(step, now, new, length, noun))
        self.guide.setVisible(step != "done" or busy)  # nothing is left to lead to
        self.button.setVisible(step != "done" and not busy)
        self.button.setText(button_words(step, now, noun))
        self.button.set_icon(ICONS.get(step, ""))
        self.button.setEnabled(possible or step not in ("train", "again"))
        self.setAccessibleDescription(self.words.text())

    def show_offers(self, *, curve: bool, alone: bool) -> None:
        """Offer what there is: a curve where there are models, a round without a person."""
        self.curve_button.setVisible(curve)
        self.folded.setVisible(curve and self.curve_button.isChecked())
        self.alone_button.setVisible(alone)

    def show_rounds(self, rounds: Sequence[RoundScore], noun: str) -> None:
        """Draw the score of each round that can be compared, and say what it means."""
        series = Series()
        for number, item in enumerate(rounds, 1):
            if item.comparable and item.score is not None:
                series.append(number, item.score)
        self.chart.set_curves({"score": Curve(tr("Score"), series, "accent", marks=True,
                                              width=2.0)} if len(series) > 1 else {})
        self.chart.setVisible(len(series) > 1)
        self.chart.set_span(0.8, max(2, len(rounds)) + 0.2)
        self.help.setText(help_words(rounds, noun))

    def say(self, words: str) -> None:
        """Say why there is no curve, or that it is being made."""
        self.chart.hide()
        self.help.setText(words)


def labelled_words(now: LabellingState, noun: str) -> str:
    """ "30 of 292 images labelled · 12 suggested · 250 left"."""
    parts = [tr("{labelled:,} of {samples} labelled", labelled=now.labelled,
                samples=count(now.samples, noun))]
    if now.suggested:
        parts.append(tr("{suggested:,} suggested", suggested=now.suggested))
    left = now.samples - now.labelled
    if left:
        parts.append(tr("{left:,} left", left=left))
    return " · ".join(parts)


def step_words(step: Step, now: LabellingState, new: int, length: str, noun: str) -> str:
    """What the next step is, and why."""
    rest = count(now.samples - now.labelled, noun)
    words = {
        "label": tr("Label some of the {rest} that are left by hand.", rest=rest) if now.asked
        else tr("About {samples} are enough for a first model; begin with those that are worth "
                "most.", samples=count(FEW, noun)),
        "train": tr("{samples} labelled: train a first model ({length}).",
                    samples=count(now.labelled, noun), length=length.lower()),
        "suggest": tr("The newest model has not looked at {rest} without labels yet.",
                      rest=count(now.left, noun)) if now.asked
        else tr("Have the newest model look at the {rest} without labels.",
                rest=count(now.left, noun)),
        "review": tr("The model suggests {objects} on {samples}: keep what is right.",
                     objects=count(now.objects, "object"), samples=count(now.suggested, noun)),
        "again": tr("{samples} labelled since the last training: learn from them, too ({length}).",
                    samples=count(new, noun), length=length.lower()),
        "done": tr("Everything is labelled and learned."),
    }
    return words[step]


def button_words(step: Step, now: LabellingState, noun: str) -> str:
    """What the button says."""
    return {
        "label": tr("Label these first"), "train": tr("Train"), "again": tr("Train again"),
        "suggest": tr("Suggest on {rest}", rest=count(now.left, noun)),
        "review": tr("Review"), "done": "",
    }[step]


def help_words(rounds: Sequence[RoundScore], noun: str) -> str:
    """Whether the last round helped, and what cannot be compared."""
    good = [item for item in rounds if item.comparable]
    parts = []
    if len(good) > 1 and good[-1] is rounds[-1]:
        before, last = good[-2], good[-1]
        change = round((last.score or 0.0) - (before.score or 0.0), 3)
        how = tr("{change:.3f} more than the round before", change=change) if change > 0 else \
            tr("{change:.3f} less than the round before", change=-change) if change < 0 else \
            tr("as the round before")
        parts.append(tr("{figure} {score:.3f} on the same {samples}, which no round learned from: "
                        "{how}.", figure=metric_in_text(last.figure), score=last.score or 0.0,
                        samples=count(last.samples, f"held-back {noun}"), how=how))
    elif rounds:
        parts.append(tr("There is nothing to compare yet."))
    if len(good) > 1 and 0 < rounds[-1].samples < FEW_HELD_BACK:
        parts.append(tr("With so few a small difference is mostly chance."))
    others = [tr("round {number} ({reason})", number=number, reason=item.reason)
              for number, item in enumerate(rounds, 1) if not item.comparable]
    if others:
        parts.append(tr("Not comparable: {others}.", others=listed(others)))
    return " ".join(parts)
