"""What can be done with suggested regions in Audio, as actions; next, next, in order of time.

Those about one suggestion come before the others of the place: their keys mean something else where
there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry

if TYPE_CHECKING:
    from workbench.gui.label.sounds.place import AudioPlace

PLACE = "audio"
_AROUND = 1.0
"""Of a suggestion so many lengths are shown on each side."""


def next_suggestion(place: AudioPlace) -> None:
    """Point to the suggestion that follows in time, in the next clip that has some after the last
    one, and bring it into view."""
    controller = place.editor.suggestions
    at = controller.shown[controller.pointed].box[0] if controller.pointed is not None else -1.0
    following = sorted((item.box[0], number) for number, item in enumerate(controller.shown)
                       if item.box[0] > at)
    if following:
        _show(place, following[0][1])
        return
    store = controller.store
    if store is None:
        return
    before = place.editor.key
    place.go_on(lambda key, _summary: store.has(key),
                tr("No other sound in this list has suggestions."))
    if place.editor.key != before and controller.shown:
        shown = controller.shown
        _show(place, min(range(len(shown)), key=lambda number: shown[number].box[0]))


def _show(place: AudioPlace, number: int) -> None:
    controller = place.editor.suggestions
    controller.point(number)
    start, _, end, _ = controller.shown[number].box
    around = (end - start) * _AROUND
    place.canvas.show_range(start - around, end + around)
    place.canvas.set_playhead(start)
    place.viewer.focus()


def judge_one(place: AudioPlace, judge: Callable[[], bool]) -> None:
    """Judge the one that keys are about, and point to the one that follows it in time."""
    controller = place.editor.suggestions
    if controller.pointed is None:
        return
    at = controller.shown[controller.pointed].box[0]
    if judge() and controller.shown:
        later = [number for number, item in enumerate(controller.shown) if item.box[0] >= at]
        if later:
            _show(place, min(later, key=lambda number: controller.shown[number].box[0]))


def accept_and_go_on(place: AudioPlace) -> None:
    """Make all suggestions in this clip regions, and go to the next that has some."""
    controller = place.editor.suggestions
    if not controller.shown or controller.accept_all():
        next_suggestion(place)


def register(registry: ActionRegistry, place: AudioPlace) -> None:
    """Add the actions about suggested regions."""
    editor, controller = place.editor, place.editor.suggestions

    def pointed() -> bool:
        return controller.pointed is not None and editor.editable

    def some() -> bool:
        return bool(controller.shown) and editor.editable

    def anywhere() -> bool:
        return controller.store is not None and bool(controller.store.shown())

    rows = (
        ("accept_suggestion", "Accept the suggested region", ("A",), "check",
         lambda: judge_one(place, controller.accept_pointed), pointed),
        ("reject_suggestion", "Reject the suggested region", ("X",), "close",
         lambda: judge_one(place, controller.reject_pointed), pointed),
        ("next_suggestion", "Next suggested region", ("F",), "arrow-right",
         lambda: next_suggestion(place), anywhere),
        ("accept_suggestions", "Accept all suggestions in this sound and go to the next",
         ("Shift+Return", "Shift+Enter"), "check", lambda: accept_and_go_on(place), anywhere),
        ("reject_suggestions", "Reject all suggestions in this sound", ("Shift+X",), "close",
         controller.reject_all, some),
    )
    for name, text, keys, icon, run, enabled in rows:
        registry.add(Action(f"audio.{name}", text, run, keys, PLACE, "Audio", icon, enabled,
                            "suggestions", repeats=False))
