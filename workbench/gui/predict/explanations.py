"""What a model sees of the file that is shown, by each method that tasks and plugins register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.extension.explanations import ExplanationMethod, explanation_methods
from workbench.extension.registry import loaded
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import gave_way_text
from workbench.gui.app.models import TrainedModel
from workbench.gui.predict.heat_view import HeatView
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    IconButton,
    PopupWindow,
    QuietButton,
    column,
    label,
    row,
    scrolling,
    widget_of,
)
from workbench.gui.widgets.progress import ProgressLine
from workbench.jobs.commands import Control, Explain
from workbench.jobs.events import Explained, Failed, Finished, Progress
from workbench.media.images.heat import HeatMap

_WIDTH, _HEIGHT = 460, 420
_LARGE, _BESIDE = QSize(640, 660), QSize(32, 32)
_LONGEST = 400
"""Characters of a value that are shown."""


class Explainer(QObject):
    """Asks the engine to explain a file; what it answers opens over ``place``."""

    def __init__(self, context: AppContext, place: QWidget) -> None:
        super().__init__(place)
        self._context, self._place = context, place
        self._job = ""
        self.popup: ExplanationPopup | None = None
        context.engine.event.connect(self._engine_told)

    def ask(self, method: ExplanationMethod, run: str, file: str) -> None:
        """Ask the engine; it answers when it is free. To close the popup ends it."""
        session = self._context.session
        if session is None:
            return
        self._job = self._context.engine.new_job()
        self.popup = ExplanationPopup(f"{tr(method.title)} · {Path(file).name}", self._place)
        self.popup.closed.connect(partial(self._end, self._job))
        self.popup.show_over(self._place)
        self._context.engine.send(Explain(self._job, str(session.folder), file, run,
                                          method=method.id))

    def _end(self, job: str) -> None:
        if job == self._job:
            self._job = ""
            self._context.engine.send(Control(job, "cancel"))

    def _engine_told(self, event: object) -> None:
        if not (isinstance(event, Progress | Explained | Failed | Finished) and self._job
                and event.job == self._job) or self.popup is None:
            return
        if isinstance(event, Progress):
            self.popup.show_progress(event)
            return
        if isinstance(event, Explained):
            self.popup.show_found(event)
            return
        self._job = ""
        if isinstance(event, Failed) or self.popup.found is None:
            self.popup.close()
            self._context.say(*(("bad", event.message) if isinstance(event, Failed)
                                else ("warn", gave_way_text())))


class Explanations(Explainer):
    """An action of Predict for each method.

    Parameters
    ----------
    place
        The place.
    chosen
        Gives the model and the file that are shown, or None.
    """

    def __init__(self, context: AppContext, place: QWidget,
                 chosen: Callable[[], tuple[TrainedModel, str] | None]) -> None:
        super().__init__(context, place)
        self._chosen = chosen
        self._forget = loaded.connect(self._look)
        self._look()

    def close(self) -> None:
        """Hear of no more plugins."""
        self._forget()

    def _look(self) -> None:
        for method in explanation_methods:
            id = f"use.explain.{method.id}"
            if id not in self._context.actions:
                self._context.actions.add(Action(
                    id, tr(method.title), partial(self._explain, method), (), "use", "Predict",
                    "eye", enabled=partial(self._may, method)))

    def _may(self, method: ExplanationMethod) -> bool:
        chosen = self._chosen()
        return chosen is not None and (not method.tasks or chosen[0].task in method.tasks)

    def _explain(self, method: ExplanationMethod) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.ask(method, chosen[0].run, chosen[1])


class ExplanationPopup(PopupWindow):
    """How far the engine is; then the plain values of an explanation, and below them its views."""

    closed = Signal()

    def __init__(self, title: str, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.found: Explained | None = None
        self.heat: HeatView | None = None
        self._words = label(tr("Waiting for the engine…"), tone="soft")
        self._line = ProgressLine()
        self._line.set_fraction(None)
        self._waiting = widget_of(column(
            self._words, self._line, row(1, QuietButton(tr("Cancel"), run=self.close)),
            spacing=tokens.SPACE_S))
        self.close_button = IconButton("close", tr("Close"), side=tokens.SPACE_XL, run=self.close)
        self.close_button.hide()  # there is another button while it waits, and below a heat map
        head = row(label(title, "title", wrap=True), self.close_button)
        head.setStretch(0, 1)
        self._column = column(head, self._waiting,
                              spacing=tokens.SPACE_S, margins=(tokens.SPACE_L,) * 4)
        self.setLayout(self._column)
        self.setAccessibleName(title)
        self.setFixedWidth(_WIDTH)

    def show_progress(self, event: Progress) -> None:
        """Say how far it is."""
        self._words.setText(tr(event.text))
        self._line.set_fraction(event.done / event.total if event.total else None)

    def show_found(self, found: Explained) -> None:
        """Show what came in the place of the progress."""
        self.found = found
        self._waiting.setParent(None)
        self._waiting.deleteLater()
        maps = [HeatMap.from_json(view) for view in found.views if "box" in view]
        if maps:
            self.heat = HeatView(found.file, maps)
            self.heat.left.connect(self.close)
            self._column.addWidget(self.heat, 1)
            self.setFixedSize(_LARGE.boundedTo(self._over.window().size() - _BESIDE))
        else:
            self._column.addWidget(scrolling(_parts(found)), 1)
            self.close_button.show()
            self.setFixedSize(_WIDTH, _HEIGHT)
        self.show_over(self._over)
        if self.heat is not None:
            self.heat.setFocus()

    def closeEvent(self, event: Any) -> None:
        super().closeEvent(event)
        if self.heat is not None:
            self.heat.picture.loader.stop()
        self.closed.emit()
        self.deleteLater()


def _parts(found: Explained) -> QWidget:
    inner = QVBoxLayout()
    inner.setContentsMargins(0, 0, 0, 0)
    inner.setSpacing(tokens.SPACE_M)
    for part in (_values(found.features), *map(_view, found.views)):
        inner.addWidget(part)
    inner.addStretch(1)
    return widget_of(inner)


def _view(data: Mapping[str, Any]) -> QWidget:
    """Its title and its numbers as a picture, where it has ``rows`` and ``frames`` of them, or
    its values as text."""
    from workbench.gui.widgets.tensor_view import ModelInput, TensorView, picture

    title = label(str(data.get("title", "")))
    if not {"values", "rows", "frames"} <= data.keys():
        return widget_of(column(title, _values({key: value for key, value in data.items()
                                                if key not in ("id", "title")})))
    view = ModelInput.from_json(data)
    low, high = float(view.values.min()), float(view.values.max())
    return widget_of(column(title, TensorView(view, picture(view.values, low, high))))


def _values(values: Mapping[str, Any]) -> QLabel:
    texts = (f"{name}: {str(value)[:_LONGEST]}" for name, value in values.items())
    return label("\n".join(texts), tone="soft", wrap=True)
