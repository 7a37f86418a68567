"""The places of the window, made when they are first shown."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.extension.tasks import register_bundled
from workbench.extension.window import Make, Place, PlaceHooks, SearchEntry, make, places
from workbench.gui.app.context import AppContext
from workbench.gui.style import tokens

FOOT = tokens.CONTROL_HEIGHT + 2 * tokens.SPACE_S
"""Logical pixels at the lower end of a place in which the zoom buttons lie."""


@dataclass(frozen=True, slots=True)
class CloseChoice:
    """An answer to :meth:`PlaceWidget.may_close` that lets the window close.

    ``run`` is given what closes the window, and calls it at once or when its work is done.
    """

    text: str
    run: Callable[[Callable[[], object]], object]


class PlaceWidget(QWidget):
    """Base of every place; the main window calls these hooks."""

    def __init__(self) -> None:
        super().__init__()
        # a plain QWidget subclass does not paint the ground that the style sheet gives it
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button that has the keyboard, as in a page over the window."""
        focused = self.window().focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat() \
                and isinstance(focused, QAbstractButton) and self.isAncestorOf(focused):
            focused.click()
        else:
            super().keyPressEvent(event)

    def entered(self, target: object = None) -> None:
        """The place became visible; ``target`` is what :meth:`AppContext.go` was given."""

    def left(self) -> None:
        """Another place became visible."""

    def status(self) -> tuple[str, str]:
        """Texts for the left and the right part of the status bar."""
        return "", ""

    def foot_height(self) -> int:
        """Logical pixels of controls at the lower end that a message leaves free."""
        return FOOT

    def may_close(self) -> str:
        """Why the window should not close just now, as a question, or ""."""
        return ""

    def close_down(self) -> None:
        """The window closes: end the threads; the place is not used afterwards."""

    def close_choices(self) -> tuple[CloseChoice, ...]:
        """Answers to that question besides staying, the safest first."""
        return ()


class _FramedPlace(PlaceWidget):
    """A widget of a plugin as a place."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(widget)
        self.setFocusProxy(widget)
        self._hooks = widget if isinstance(widget, PlaceHooks) else None

    def entered(self, target: object = None) -> None:
        if self._hooks is not None:
            self._hooks.entered(target)

    def left(self) -> None:
        if self._hooks is not None:
            self._hooks.left()

    def close_down(self) -> None:
        if self._hooks is not None:
            self._hooks.close_down()


def made_by(place: Place, context: AppContext) -> PlaceWidget:
    """Make the widget of a place.

    Raises
    ------
    WorkbenchError
        If its factory gives no widget; a plugin's may raise anything.
    """
    return as_place(make(place.factory, context), place.factory)


def as_place(made: object, factory: Make) -> PlaceWidget:
    """What ``factory`` made as a place: itself, or a frame around a plugin's widget.

    Raises
    ------
    WorkbenchError
        If it is no widget.
    """
    if isinstance(made, PlaceWidget):
        return made
    if not isinstance(made, QWidget):
        raise WorkbenchError(tr("{factory} gives no widget", factory=factory))
    return _FramedPlace(made)


def tell_failure(context: AppContext, title: str, error: BaseException) -> None:
    """Say that a plugin's place or page could not be opened; Log has where it happened."""
    reason = error.sentence() if isinstance(error, WorkbenchError) else (
        f"{type(error).__name__}: {error}")
    context.say("bad", tr("{title} could not be opened: {reason}", title=title, reason=reason),
                tr("Show the log"), lambda: context.go("log"))
    context.log.add("bad", tr("{title} could not be opened.", title=title),
                    detail="".join(traceback.format_exception(error)))


BUNDLED: tuple[Place, ...] = (
    Place("images", "Images", "images", "workbench.gui.label.images.actions:make_place",
          media="images",
          finds=(SearchEntry("Label images", "draw boxes annotate classes", "box"),
                 SearchEntry("Count things with dots", "set points click cells colonies animals "
                             "counter", "dots", "tool_dots"))),
    Place("review", "Review", "grid", "workbench.gui.label.review.place:ReviewPlace",
          media="images", after="images", passing=True,
          finds=(SearchEntry("Review suggestions by class", "accept reject crops model wrong",
                             "grid"),)),
    Place("audio", "Audio", "audio", "workbench.gui.label.sounds.actions:make_place",
          media="sounds",
          finds=(SearchEntry("Label and record sounds", "clips audio microphone recording regions",
                      "audio"),)),
    Place("train", "Train", "train", "workbench.gui.train.place:TrainPlace",
          finds=(SearchEntry("Train a model", "training start learn run time minutes", "train"),
                 SearchEntry("Choose what is learned", "objects boxes areas masks pixels semantic "
                             "segmentation task", "tag", "learn"),
                 SearchEntry("See earlier trainings", "runs models history resume", "history"))),
    Place("results", "Results", "results", "workbench.gui.results.place:ResultsPlace",
          finds=(SearchEntry("Look at results", "mistakes evaluate confusion matrix scores",
                             "results"),
                 SearchEntry("Export the model", "onnx save share deploy", "export", "model"),
                 SearchEntry("Write a report", "html print share", "file", "report"),
                 SearchEntry("Compare two models", "runs difference", "compare", "compare"),
                 SearchEntry("Confusion matrix", "results mistakes classes", "grid", "matrix"),
                 SearchEntry("Update results with the labels as they are now", "recompute anew",
                             "refresh", "recompute"))),
    Place("use", "Predict", "spark", "workbench.gui.predict.place:PredictPlace",
          finds=(SearchEntry("Predict on new files", "use model find count detect", "spark",
                             "files"),
                 SearchEntry("Predict on a folder", "use model find count detect", "folder",
                             "folder"),
                 SearchEntry("Open the camera", "live webcam predict", "eye", "camera"),
                 SearchEntry("Watch the screen", "live capture predict", "fit", "screen"),
                 SearchEntry("Open the microphone", "live hear predict sound", "microphone",
                             "microphone"),
                 SearchEntry("Save crops or annotated images", "export table csv", "save"))),
    Place("data", "Data", "chart", "workbench.gui.data.place:DataPlace",
          finds=(SearchEntry("Statistics of the labels", "classes sizes plots histogram counts",
                             "chart"),
                 SearchEntry("Show all images or sounds by likeness",
                             "map embeddings similar alike clusters groups unusual outliers "
                             "doubtful labels look", "map", "map"),
                 SearchEntry("Show all objects or regions by likeness",
                             "map embeddings similar alike boxes crops look sound", "map",
                             "map_objects"),
                 SearchEntry("Find and mend problems", "doctor check broken corrupt files repair",
                             "search", "check"),
                 SearchEntry("Find images that look the same", "near duplicates copies twice",
                             "duplicate", "duplicates"),
                 SearchEntry("Compare the labels of two people", "agreement annotators another",
                             "compare", "agreement"))),
    Place("log", "Log", "log", "workbench.gui.log.place:LogPlace",
          needs_project=False,
          finds=(SearchEntry("See messages", "errors warnings problems engine", "log"),
                 SearchEntry("Open the log file", "messages errors", "external", "open_file"))),
    Place("videos", "Videos", "play", "workbench.gui.label.videos.actions:make_place",
          media="videos", below="images",
          finds=(SearchEntry("Label videos", "tracks frames film boxes annotate", "play"),)),
)
"""The places that come with the program, in the order of their keys."""


def register_places() -> None:
    """Register the places that come with the program and its tasks, as a plugin would."""
    for place in BUNDLED:
        if place.id not in places:
            places.register(place)
    register_bundled()
