"""The places of the window, made when they are first shown."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext


@dataclass(frozen=True, slots=True)
class CloseChoice:
    """An answer to :meth:`PlaceWidget.may_close` that lets the window close.

    ``run`` is given what closes the window, and calls it at once or when its work is done.
    """

    text: str
    run: Callable[[Callable[[], object]], object]


class PlaceWidget(QWidget):
    """Base of every place; the main window calls these hooks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # a plain QWidget subclass does not paint the ground that the style sheet gives it
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def entered(self, target: object = None) -> None:
        """The place became visible; ``target`` is what :meth:`AppContext.go` was given."""

    def left(self) -> None:
        """Another place became visible."""

    def status(self) -> tuple[str, str]:
        """Texts for the left and the right part of the status bar."""
        return "", ""

    def may_close(self) -> str:
        """Why the window should not close just now, as a question, or ""."""
        return ""

    def close_down(self) -> None:
        """The window closes: end the threads; the place is not used afterwards."""

    def close_choices(self) -> tuple[CloseChoice, ...]:
        """Answers to that question besides staying, the safest first."""
        return ()


@dataclass(frozen=True, slots=True)
class Find:
    """What the palette finds of a place from everywhere, also before the place was made.

    ``words`` are what people may look for it by. ``action`` is the end of an action's id that is
    run when the place is shown and it can ("model" for "results.model"); "" only goes there.
    """

    text: str
    words: str
    icon: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail; ``factory`` imports the place's module only when it is called.

    ``needs_project`` is False for a place that has something to show without one; ``media`` is
    "images" or "sounds" for one that is about these only, and hidden where there are none.
    """

    id: str
    title: str
    icon: str
    factory: Callable[[AppContext], PlaceWidget]
    needs_project: bool = True
    finds: tuple[Find, ...] = ()
    media: str = ""


def imported(module: str, name: str) -> Callable[[AppContext], PlaceWidget]:
    """A factory that imports ``module`` when the place is first shown, and not before."""

    def make(context: AppContext) -> PlaceWidget:
        made = getattr(importlib.import_module(module), name)(context)
        if not isinstance(made, PlaceWidget):
            raise WorkbenchError(f"{module}.{name} is not a place")
        return made

    return make


PLACES: tuple[Place, ...] = (
    Place("images", "Images", "images", imported("workbench.gui.label.images.place", "ImagesPlace"),
          media="images",
          finds=(Find("Label images", "draw boxes annotate classes", "box"),)),
    Place("audio", "Audio", "audio", imported("workbench.gui.label.sounds_place", "AudioPlace"),
          media="sounds",
          finds=(Find("Label and record sounds", "clips audio microphone recording regions",
                      "audio"),)),
    Place("train", "Train", "train", imported("workbench.gui.train.place", "TrainPlace"),
          finds=(Find("Train a model", "training start learn run time minutes", "train"),
                 Find("See earlier trainings", "runs models history resume", "history"))),
    Place("results", "Results", "results", imported("workbench.gui.results.place", "ResultsPlace"),
          finds=(Find("Look at results", "mistakes evaluate confusion matrix scores", "results"),
                 Find("Export the model", "onnx save share deploy", "export", "model"),
                 Find("Write a report", "html print share", "file", "report"),
                 Find("Compare two models", "runs difference", "compare", "compare"))),
    Place("log", "Log", "log", imported("workbench.gui.log.place", "LogPlace"),
          needs_project=False,
          finds=(Find("See messages", "errors warnings problems engine", "log"),)),
)
"""The places in the order of the rail."""
