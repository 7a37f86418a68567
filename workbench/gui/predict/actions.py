"""What a person can do in Predict, for menus, palette and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.predict.live_side import LiveSide
from workbench.gui.predict.picture import PredictionPicture
from workbench.gui.predict.regions.browser import RegionBrowser
from workbench.gui.predict.table import PredictionTable


class _PredictPlaceParts(Protocol):
    """What the actions ask of the place."""

    answers: PredictionTable

    @property
    def hears(self) -> bool: ...
    def choose_files(self) -> None: ...
    def choose_folder(self) -> None: ...
    def sees(self, *, videos: bool) -> bool: ...


def add_actions(actions: ActionRegistry, place: _PredictPlaceParts, picture: PredictionPicture,
                regions: RegionBrowser, live: LiveSide, name_classes: Callable[[], object]) -> None:
    """Register the actions of the place."""
    for name, text, run, icon in (
            ("files", "Add files…", place.choose_files, "plus"),
            ("folder", "Add a folder…", place.choose_folder, "folder"),
            ("camera", "Open the camera", live.open_camera, "eye"),
            ("screen", "Watch the screen", partial(live.open_camera, screen=True), "fit")):
        actions.add(Action(
            f"use.{name}", text, run, (), "use", "Predict", icon,
            enabled=partial(place.sees, videos=name in ("camera", "screen"))))
    actions.add(Action("use.microphone", "Open the microphone", live.listen, (), "use",
                       "Predict", "microphone", enabled=lambda: live.listens))
    actions.add(Action(
        "use.class_names", "Classes of the model…", name_classes, (), "use", "Predict", "rename",
        enabled=lambda: place.sees(videos=False)))
    canvas = regions.view.canvas
    for name, text, zoom, icon, look, listen in (
            ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "zoom-in",
             picture.zoom_in, canvas.zoom_in),
            ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "zoom-out",
             picture.zoom_out, canvas.zoom_out),
            ("fit", "Fit the image", ("Ctrl+F",), "fit", picture.fit, regions.view.show_all)):
        actions.add(Action(
            f"use.{name}", text, partial(lambda see, hear: hear() if place.hears else see(), look,
                                         listen), zoom, "use", "View", icon,
            enabled=lambda: bool(place.answers.all)))
    for name, text, run, keys, icon in (
            ("play", "Play the region, or stop", regions.toggle, ("Space",), "play"),
            ("play_on", "Play from the cursor on", regions.play_on, ("Shift+Space",), ""),
            ("next_region", "Next region", partial(regions.step, 1), ("]",), "arrow-right"),
            ("previous_region", "Previous region", partial(regions.step, -1), ("[",),
             "arrow-left"),
            ("region_right", "The region is right", partial(regions.judge, True), ("A",), "check"),
            ("region_wrong", "The region is wrong", partial(regions.judge, False), ("X",),
             "close")):
        actions.add(Action(f"use.{name}", text, run, keys, "use", "Predict", icon, group="regions",
                           enabled=lambda: place.hears and bool(place.answers.all)))
