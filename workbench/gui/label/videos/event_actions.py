"""What can be done with the events of a video. While they are shown, digits, Del and the keys for
key frames are theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry

if TYPE_CHECKING:
    from workbench.gui.label.videos.place import VideosPlace

PLACE, MENU = "videos", "Videos"
_SHOWN = "Show the events first."
_CHOSEN = "Select an event first."
_VIDEO = "Open a video first."


_Row = tuple[str, str, tuple[str, ...], str, Callable[[], object], Callable[[], bool], str, str]
"""Name, text, keys, icon, what is done, when it can be, what it needs, and the group in menus."""


def register(registry: ActionRegistry, place: VideosPlace) -> None:
    """Add them; before what the keys mean elsewhere."""
    events = place.events
    for name, text, keys, icon, run, enabled, needs, group in _rows(place):
        registry.add(Action(
            f"{PLACE}.{name}", text, _settled(place, run), keys, PLACE, MENU, icon, enabled, group,
            repeats=name in ("next_event", "previous_event"), needs=needs,
            checked=(lambda: events.on) if name == "events" else None))
    for digit in HOTKEYS:
        registry.add(Action(
            f"{PLACE}.event_{digit}", tr("Event on key {digit}", digit=digit),
            partial(_press, place, digit), (digit,), PLACE, "", "clock",
            partial(_has_class, place, digit), repeats=False))


def _rows(place: VideosPlace) -> tuple[_Row, ...]:
    events, editor = place.events, place.events.editor

    def shown() -> bool:
        return events.on and bool(editor.key)

    def chosen() -> bool:
        return shown() and bool(editor.selection)

    def noted() -> bool:
        return shown() and bool(editor.objects)

    def video() -> bool:
        return bool(place.editor.key)

    return (
        ("events", "Note events", ("E",), "clock", events.toggle, video, _VIDEO, "events"),
        ("next_event", "Next event", ("Ctrl+Right",), "", partial(events.go_to_next, 1), noted,
         _SHOWN, "events"),
        ("previous_event", "Previous event", ("Ctrl+Left",), "", partial(events.go_to_next, -1),
         noted, _SHOWN, "events"),
        ("event_start", "Have the event start here", ("[",), "",
         lambda: editor.set_end(start=True), chosen, _CHOSEN, "events"),
        ("event_stop", "Have the event end here", ("]",), "",
         lambda: editor.set_end(start=False), chosen, _CHOSEN, "events"),
        ("next_subject", "Next subject", ("U",), "", events.next_subject, noted, _SHOWN, "events"),
        ("event_subject", "Subject of the next events", ("Shift+U",), "", events.ask_subject,
         shown, _SHOWN, "events"),
        ("delete_events", "Delete events", ("Del", "Backspace"), "trash", events.delete, chosen,
         _CHOSEN, "events"),
        ("read_events", "Read events from a file…", (), "download", place.read_events, video,
         _VIDEO, "events"),
        ("save_events", "Save events in another format…", (), "export", place.save_events, noted,
         _SHOWN, "events"),
        ("slower", "Play slower", (",",), "", lambda: place.viewer.change_speed(-1), video,
         _VIDEO, "speed"),
        ("faster", "Play faster", (".",), "", lambda: place.viewer.change_speed(1), video,
         _VIDEO, "speed"))


def _has_class(place: VideosPlace, digit: str) -> bool:
    events = place.events
    return events.on and bool(events.editor.key) and events.editor.class_on_key(digit) is not None


def _press(place: VideosPlace, digit: str) -> None:
    """While the video plays the frame that is seen is meant; else the one that was gone to."""
    if place.viewer.playing:
        place.events.press(digit)
    else:
        place.viewer.when_there(lambda: place.events.press(digit))


def _settled(place: VideosPlace, act: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        place.canvas.settle()
        place.viewer.when_there(act)

    return run
