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
    desk = place.editor.suggestions
    at = desk.shown[desk.pointed].box[0] if desk.pointed is not None else -1.0
    following = sorted((item.box[0], number) for number, item in enumerate(desk.shown)
                       if item.box[0] > at)
    if following:
        _show(place, following[0][1])
        return
    store = desk.store
    if store is None:
        return
    before = place.editor.key
    place.go_on(lambda key, _summary: store.has(key),
                tr("No other clip in this list has suggestions."))
    if place.editor.key != before and desk.shown:
        _show(place, min(range(len(desk.shown)), key=lambda number: desk.shown[number].box[0]))


def _show(place: AudioPlace, number: int) -> None:
    desk = place.editor.suggestions
    desk.point(number)
    start, _, end, _ = desk.shown[number].box
    around = (end - start) * _AROUND
    place.canvas.show_range(start - around, end + around)
    place.canvas.set_playhead(start)
    place.viewer.focus()


def judge_one(place: AudioPlace, judge: Callable[[], bool]) -> None:
    """Judge the one that keys are about, and point to the one that follows it in time."""
    desk = place.editor.suggestions
    if desk.pointed is None:
        return
    at = desk.shown[desk.pointed].box[0]
    if judge() and desk.shown:
        later = [number for number, item in enumerate(desk.shown) if item.box[0] >= at]
        if later:
            _show(place, min(later, key=lambda number: desk.shown[number].box[0]))


def accept_and_go_on(place: AudioPlace) -> None:
    """Make all suggestions in this clip regions, and go to the next that has some."""
    desk = place.editor.suggestions
    if not desk.shown or desk.accept_all():
        next_suggestion(place)


def register(registry: ActionRegistry, place: AudioPlace) -> None:
    """Add the actions about suggested regions."""
    editor, desk = place.editor, place.editor.suggestions

    def pointed() -> bool:
        return desk.pointed is not None and editor.editable

    def some() -> bool:
        return bool(desk.shown) and editor.editable

    def anywhere() -> bool:
        return desk.store is not None and bool(desk.store.shown())

    rows = (
        ("accept_suggestion", "Accept the suggested region", ("A",), "check",
         lambda: judge_one(place, desk.accept_pointed), pointed),
        ("reject_suggestion", "Reject the suggested region", ("X",), "close",
         lambda: judge_one(place, desk.reject_pointed), pointed),
        ("next_suggestion", "Next suggested region", ("F",), "arrow-right",
         lambda: next_suggestion(place), anywhere),
        ("accept_suggestions", "Accept all suggestions in this clip and go to the next",
         ("Shift+Return", "Shift+Enter"), "check", lambda: accept_and_go_on(place), anywhere),
        ("reject_suggestions", "Reject all suggestions in this clip", ("Shift+X",), "close",
         desk.reject_all, some),
    )
    for name, text, keys, icon, run, enabled in rows:
        registry.add(Action(f"audio.{name}", text, run, keys, PLACE, "Audio", icon, enabled,
                            "suggestions", repeats=False))
