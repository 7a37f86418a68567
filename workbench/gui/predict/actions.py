"""What a person can do in Predict, for menus, palette and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.predict.picture import PredictionPicture
from workbench.gui.predict.table import PredictionTable


class _PredictPlaceParts(Protocol):
    """What the actions ask of the place."""

    answers: PredictionTable

    @property
    def hears(self) -> bool: ...
    def listen(self) -> None: ...
    def choose_files(self) -> None: ...
    def choose_folder(self) -> None: ...
    def open_camera(self, *, screen: bool = False) -> None: ...
    def sees(self, *, videos: bool) -> bool: ...


def add_actions(actions: ActionRegistry, place: _PredictPlaceParts, picture: PredictionPicture,
                name_classes: Callable[[], object]) -> None:
    """Register the actions of the place."""
    for name, text, run, icon in (
            ("files", "Add files…", place.choose_files, "plus"),
            ("folder", "Add a folder…", place.choose_folder, "folder"),
            ("camera", "Open the camera", place.open_camera, "eye"),
            ("screen", "Watch the screen", partial(place.open_camera, screen=True), "fit")):
        actions.add(Action(
            f"use.{name}", text, run, (), "use", "Predict", icon,
            enabled=partial(place.sees, videos=name in ("camera", "screen"))))
    actions.add(Action("use.microphone", "Open the microphone", place.listen, (), "use",
                       "Predict", "microphone", enabled=lambda: place.hears))
    actions.add(Action(
        "use.class_names", "Classes of the model…", name_classes, (), "use", "Predict", "rename",
        enabled=lambda: place.sees(videos=False)))
    for name, text, zoom, icon, look in (
            ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "zoom-in",
             picture.zoom_in),
            ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "zoom-out",
             picture.zoom_out),
            ("fit", "Fit the image", ("Ctrl+F",), "fit", picture.fit)):
        actions.add(Action(f"use.{name}", text, look, zoom, "use", "View", icon,
                           enabled=lambda: bool(place.answers.all)))
