"""The right side of the place: one run's header, curves, times and previews."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import several, tr
from workbench.extension.registry import is_fitted
from workbench.extension.window import make
from workbench.gui.app.task import window_task
from workbench.gui.charts.chart import LiveChart
from workbench.gui.charts.curve import Curve
from workbench.gui.charts.series import Series
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.cards import ChartLine, CurveCard, ShareBars, even_head
from workbench.gui.train.controller import Wish
from workbench.gui.train.header import RunHeader
from workbench.gui.train.history import PHASES, RunHistory
from workbench.gui.train.notes import NotesCard
from workbench.gui.train.project_files import ProjectFiles
from workbench.gui.train.texts import figure, gpu_words, metric_help, metric_name, part_name
from workbench.gui.widgets import Card, FoldButton, column, row, scrolling, widget_of
from workbench.gui.widgets.surfaces import keep_edge

FIGURE_METRICS = ("map", "map_50", "map_75", "precision", "recall", "miou", "mean_dice",
                  "pixel_accuracy", "accuracy", "auroc", "f1", "outline_iou", "outline_map",
                  "outline_map_50", "keypoint_pck", "keypoint_map", "keypoint_map_50", "roc_auc",
                  "r2")
"""Metrics between 0 and 1 that are drawn, the first ones shown without asking."""
SHOWN_METRICS = 2
SLOW_MS = 500
SCHEDULE_NAMES = {"cosine": "warm-up, then cosine", "one-cycle": "one cycle",
                  "constant": "warm-up, then constant"}


class RunView(QWidget):
    """Draws a :class:`RunHistory` and goes on drawing while it grows."""

    def __init__(
        self,
        theme: Theme,
        files: ProjectFiles,
    ) -> None:
        super().__init__()
        self._theme, self._files = theme, files
        self.history: RunHistory | None = None
        self._stale = False
        self._revision = -1
        self._slow = QTimer(self, singleShot=True)
        self._slow.timeout.connect(self._refresh_slowly)
        self.header = RunHeader()
        self.notes = NotesCard()
        self.loss = CurveCard(tr("Loss"),
                              LiveChart(theme, tr("Loss"), x_unit="epoch", x_text=_epoch_words,
                                                y_text=figure), log_axis=True)
        self.score = CurveCard("mAP@0.5", LiveChart(
            theme, tr("Score"), x_unit="epoch", x_text=_epoch_words, y_text=_three,
            y_floor=0.0,
        ))
        self.rate = CurveCard(tr("Learning rate"), LiveChart(
            theme, tr("Learning rate"), x_unit="epoch", x_text=_epoch_words, y_text=figure,
            y_floor=0.0,
        ), log_axis=True)
        self.times = Card(tr("Where the time goes"))
        even_head(self.times)
        self.bars = ShareBars(theme, tr("Where the time goes"))
        self.times.add(self.bars, 1)
        self._previews: dict[str, QWidget | None] = {}
        self._task = ""
        self._previews_holder = column()
        self.advanced_button = FoldButton(tr("Advanced"))
        """Shows the learning rate and the times, for who asks for them."""
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(tokens.SPACE_M)
        cards: tuple[Card, ...] = (self.loss, self.score)
        for at, card in enumerate(cards):
            grid.addWidget(card, 0, at)
            grid.setColumnStretch(at, 1)
        expert = row(self.rate, self.times, spacing=tokens.SPACE_M)
        for at in range(2):
            expert.setStretch(at, 1)
        self.advanced = widget_of(expert)
        self.advanced_button.fold(self.advanced)
        content = widget_of(column((grid, 1), self._previews_holder, row(self.advanced_button, 1),
                                   self.advanced, spacing=tokens.SPACE_M,
                                   margins=(tokens.SPACE_L, 0, tokens.SPACE_L, tokens.SPACE_L)))
        top = column(self.header, self.notes, spacing=tokens.SPACE_M,
                     margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0))
        area = scrolling(content)
        keep_edge(area, content)
        self.setLayout(column(top, (area, 1), spacing=tokens.SPACE_M))

    # --- what is shown --------------------------------------------------------------------------

    def show_history(self, history: RunHistory) -> None:
        """Show another run from now on."""
        self.history = history
        for card in (self.loss, self.score, self.rate):
            card.chart.show_all()
        self._task = ""
        self._revision = -1
        self.refresh()

    def show_state(self, title: str, *, live: bool, wish: Wish = "", resumable: bool = False,
                   notes: str = "") -> None:
        """Refresh the header."""
        if self.history is not None:
            self.header.show_run(title, self.history, live=live, wish=wish,
                                 resumable=resumable, notes=notes)

    def refresh(self) -> None:
        """Read the history again; while the place is hidden this waits until it is shown."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        history = self.history
        if history is None:
            return
        if history.revision != self._revision:
            self._revision = history.revision
            self._refresh_all(history)
        else:
            self._span(history)
            self.loss.refresh()
            if not self._slow.isActive():
                self._slow.start(SLOW_MS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    # --- inside ---------------------------------------------------------------------------------

    def _refresh_all(self, history: RunHistory) -> None:
        self._span(history)
        self.loss.set_lines(loss_lines(history))
        self.score.set_lines(metric_lines(history))
        self.rate.set_lines({"lr": rate_line(history)})
        self.loss.say(fitted_words(history))
        self.rate.say(tr("It is fitted, not learned step by step: there is no learning rate.")
                      if self.loss.said else "")
        self._refresh_metric_words(history)
        self._refresh_previews(history)
        self._refresh_slowly()

    @property
    def previews(self) -> Any:
        """The card with the previews of the run that is shown, or None."""
        return self._previews.get(self._task)

    def _refresh_previews(self, history: RunHistory) -> None:
        """Show the card for what the run learns from, which is known when it has started."""
        task = history.task
        if task == self._task:
            if self.previews is not None:
                self.previews.refresh()
            return
        self._task = task
        if task not in self._previews:
            self._previews[task] = self._made_previews(task)
        for card in self._previews.values():
            if card is not None:
                card.setVisible(card is self.previews)
        if self.previews is not None:
            self.previews.show_history(history)

    def _made_previews(self, task: str) -> QWidget | None:
        found = window_task(task)
        if found is None or not found.previews:
            return None
        card = make(found.previews, self._theme, self._files)
        if not isinstance(card, QWidget):
            raise WorkbenchError(tr("the previews of the task {task} are no widget", task=task))
        self._previews_holder.addWidget(card)
        return card

    def close_down(self) -> None:
        """End the threads of the previews."""
        cards: list[Any] = [card for card in self._previews.values() if card is not None]
        for card in cards:
            card.close_down()

    def _span(self, history: RunHistory) -> None:
        for card in (self.loss, self.score, self.rate):
            card.chart.set_span(0.0, float(max(history.epochs, 1)))

    def _refresh_slowly(self) -> None:
        """What nobody reads ten times a second: the learning rate and the times."""
        history = self.history
        if history is None:
            return
        self.rate.refresh()
        self._refresh_times(history)
        schedule = str(history.config.get("settings", {}).get("schedule", ""))
        now = figure(history.lr.last) if len(history.lr) else ""
        words = (now, SCHEDULE_NAMES.get(schedule, schedule))
        self.rate.set_right(" · ".join(word for word in words if word))

    def _refresh_metric_words(self, history: RunHistory) -> None:
        main = history.main_metric
        series = history.metrics.get(main)
        self.score.set_title(metric_name(main), metric_help(main))
        told = series is not None and len(series)
        self.score.say("" if told or not history.metrics else tr(
            "It cannot be told by the validation {nouns} alone. See Results, where other parts can "
            "be chosen, too.", nouns=several(history.noun)))
        if series is None or not len(series):
            self.score.set_right("")
            self.score.chart.set_marker(None)
            return
        words = _three(series.last)
        if history.best_epoch:
            best = _three(history.best_value)
            word = history.best_word
            words += tr(" · {word} {best} at epoch {best_epoch}",
                        word=word, best=best, best_epoch=history.best_epoch)
            self.score.chart.set_marker((history.best_epoch, history.best_value,
                                         f"{word} {best}"))
        looked, of = history.looked_at
        if looked < of:  # Results look at all of them and say something else
            words += tr(" · on {looked:,} of {of:,} {nouns}", looked=looked, of=of,
                        nouns=several(history.noun))
        self.score.set_right(words)

    def _refresh_times(self, history: RunHistory) -> None:
        phases = [*PHASES, *(name for name in history.times if name not in PHASES)]
        shares = [(name, history.times[name], tokens.SERIES_COLORS[at % len(tokens.SERIES_COLORS)])
                  for at, name in zip((2, 0, 3, 4, 5, 1), phases, strict=False)
                  if name in history.times]
        self.bars.set_shares(shares)
        seconds = history.step_seconds
        words = [tr("{seconds:.0f} ms a step", seconds=seconds * 1000) if seconds else ""]
        if history.step is not None and not history.ended:
            words.append(gpu_words(history.step.gpu))
        self.times.set_right(" · ".join(filter(None, words)))


def loss_lines(history: RunHistory) -> dict[str, ChartLine]:
    """The loss raw and smoothed, the validation loss, and the parts, which wait to be asked for."""
    lines: dict[str, ChartLine] = {}
    colors = tokens.SERIES_COLORS
    loss, val = history.loss, history.val_loss
    if loss is not None:
        curves = {
            "raw": Curve("loss", loss, colors[0], faint=True),
            "mean": Curve("train", loss, colors[0], mean=True, width=tokens.WIDTH_BOX),
        }
        lines["loss"] = ChartLine("train", colors[0], curves, lambda: figure(loss.last_mean))
    if val is not None:
        lines["val_loss"] = _line("validation", colors[1], val, figure)
    parts = [name for name in history.losses if name != "loss"]
    for at, name in enumerate(parts):
        series = history.losses[name]
        color = colors[2 + at % (len(colors) - 2)]
        curves = {"mean": Curve(part_name(name), series, color, mean=True)}
        lines[name] = ChartLine(part_name(name), color, curves, partial(_mean_words, series),
                           shown=False)
    return lines


def fitted_words(history: RunHistory) -> str:
    """What is true in place of a curve where all was fitted at once; "" where there is a curve."""
    if not is_fitted(history.config.get("recipe")):
        return ""
    words, val = tr("Each image is looked at once, then everything is fitted in one go: there is "
                    "no course of training to draw."), history.val_loss
    if val is None or not len(val):
        return words
    return tr("{words} The loss on the validation images is {loss}.", words=words,
              loss=figure(val.last))


def metric_lines(history: RunHistory) -> dict[str, ChartLine]:
    """The metrics between 0 and 1, the main one first."""
    names = [name for name in FIGURE_METRICS if name in history.metrics]
    colors = (tokens.SERIES_COLORS[2], tokens.SERIES_COLORS[0], *tokens.SERIES_COLORS[3:])
    return {
        name: _line(metric_name(name), colors[at % len(colors)], history.metrics[name], _three,
                    shown=at < SHOWN_METRICS, help=metric_help(name))
        for at, name in enumerate(names)
    }


def rate_line(history: RunHistory) -> ChartLine:
    """The learning rate."""
    color = tokens.SERIES_COLORS[4]
    curve = Curve(tr("Rate"), history.lr, color, width=tokens.WIDTH_BOX)
    return ChartLine(tr("Rate"), color, {"line": curve}, lambda: figure(history.lr.last))


def _line(name: str, color: str, series: Series, words: Callable[[float], str], *,
          shown: bool = True, help: str = "") -> ChartLine:
    curve = Curve(name, series, color, width=tokens.WIDTH_BOX, marks=True)
    return ChartLine(name, color, {"line": curve}, lambda: words(series.last), shown, help)


def _mean_words(series: Series) -> str:
    return figure(series.last_mean)


def _epoch_words(x: float) -> str:
    return tr("epoch {x:.0f}", x=x) if x == int(x) else tr("epoch {x:.2f}", x=x)


def _three(value: float) -> str:
    return f"{value:.3f}"
