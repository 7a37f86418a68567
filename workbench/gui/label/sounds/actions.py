"""Everything that can be done in Audio, as actions: menus, palette, keys and buttons use these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.context import AppContext
from workbench.gui.label.actions import NEEDS, needs, register_digits
from workbench.gui.label.sounds import suggest_actions
from workbench.gui.label.sounds.place import AudioPlace

if TYPE_CHECKING:
    # id, words, keys, menu, icon, what it does, needs
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[AudioPlace], object], str]

PLACE = "audio"

_ROWS: tuple[_Row, ...] = (
    ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda place: place.undo(), "undo"),
    ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo",
     lambda place: place.redo(), "redo"),
    ("duplicate", "Duplicate regions", ("Ctrl+D",), "Edit", "duplicate",
     lambda place: place.editor.duplicate(), "selection"),
    ("delete", "Delete regions", ("Del", "Backspace"), "Edit", "trash",
     lambda place: place.editor.delete(), "selection"),
    ("select_all", "Select all sounds", ("Ctrl+A",), "Edit", "",
     lambda place: place.clips.view.selectAll(), "session"),
    ("play", "Play or pause", ("Space",), "Audio", "play", lambda place: place.listening.toggle(),
     "sample"),
    ("play_start", "Play from the beginning", ("Shift+Space",), "Audio", "",
     lambda place: place.listening.from_start(), "sample"),
    ("loop", "Loop", ("L",), "Audio", "refresh", lambda place: place.listening.toggle_loop(),
     "sample"),
    ("half_speed", "Half speed", ("H",), "Audio", "", lambda place: place.listening.toggle_half(),
     "sample"),
    ("record", "Record", ("R",), "Audio", "record", lambda place: place.record(), "session"),
    ("microphone", "Listen to the microphone", ("M",), "Audio", "microphone",
     lambda place: place.record_panel.toggle_power(), "session"),
    ("discard", "Delete last recording", ("Ctrl+Backspace",), "Audio", "trash",
     lambda place: place.discard(), "recorded"),
    ("add", "Add sound files…", ("Ctrl+Shift+O",), "Audio", "plus", lambda place: place.add_files(),
     "session"),
    ("delete_clips", "Delete sounds", ("Shift+Del",), "Edit", "trash",
     lambda place: place.delete_clips(), "sample"),
    ("unlabel", "Remove label", ("U",), "Audio", "tag", lambda place: place.labelling.unlabel(),
     "sample"),
    ("mark_start", "Set selection start here", ("I",), "Audio", "",
     lambda place: place.labelling.mark_start(), "sample"),
    ("mark_end", "Set selection end here", ("O",), "Audio", "",
     lambda place: place.labelling.mark_end(), "sample"),
    ("region", "Make selection a region", ("N",), "Audio", "box",
     lambda place: place.labelling.make_region(), "stretch"),
    ("band", "Limit frequency range", ("B",), "Audio", "box",
     lambda place: place.labelling.toggle_band(), "sample"),
    ("measures", "Measure regions", ("Shift+M",), "Audio", "",
     lambda place: place.viewer.toggle_measures(), "sample"),
    ("alike", "Find sounds like this", ("Shift+L",), "Audio", "map",
     lambda place: place.find_alike(), "sample"),
    ("alike_regions", "Find regions like this", ("Ctrl+Shift+L",), "Audio", "map",
     lambda place: place.find_alike_objects(), "selection"),
    ("split", "Split at silence", ("S",), "Audio", "split", lambda place: place.labelling.split(),
     "editable"),
    ("relabel", "Change the class", ("Ctrl+E",), "Audio", "tag",
     lambda place: place.labelling.relabel(), "selection"),
    ("next_region", "Next region", ("]",), "Audio", "", lambda place: place.labelling.next_region(),
     "sample"),
    ("previous_region", "Previous region", ("[",), "Audio", "",
     lambda place: place.labelling.previous_region(), "sample"),
    ("previous", "Previous sound", ("A",), "Audio", "arrow-left", lambda place: place.previous(),
     "sample"),
    ("next", "Next sound", ("D",), "Audio", "arrow-right", lambda place: place.next(), "sample"),
    ("next_todo", "Next sound without a label", ("T",), "Audio", "",
     lambda place: place.next_todo(), "session"),
    ("find", "Find sounds", ("/",), "Audio", "search", lambda place: place.find_samples(),
     "session"),
    ("labels", "Where labels come from", (), "Audio", "settings", lambda place: place.show_labels(),
     "session"),
    ("show_folder", "Show the sound in its folder", (), "Audio", "folder",
     lambda place: place.viewer.show_folder(), "sample"),
    ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "View", "zoom-in",
     lambda place: place.canvas.zoom_in(), "sample"),
    ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "View", "zoom-out",
     lambda place: place.canvas.zoom_out(), "sample"),
    ("fit", "Show the whole sound", ("Ctrl+F", "Ctrl+0"), "View", "fit",
     lambda place: place.canvas.fit(), "sample"),
    ("zoom_selection", "Zoom to the selection", ("Z",), "View", "",
     lambda place: place.labelling.zoom_selection(), "range"),
    ("page_left", "Earlier", ("PgUp",), "View", "", lambda place: place.canvas.page_left(),
     "sample"),
    ("page_right", "Later", ("PgDown",), "View", "", lambda place: place.canvas.page_right(),
     "sample"),
    ("hide", "Hide or show the regions", ("Shift+H",), "View", "eye-off",
     lambda place: place.canvas.toggle_hidden(), "sample"),
    ("toggle_list", "Hide sound list", ("Ctrl+B",), "View", "panel-left",
     lambda place: place.toggle_list(), "session"),
    ("toggle_side", "Hide recording, classes and regions", ("Ctrl+Shift+B",), "View", "panel-right",
     lambda place: place.toggle_side(), "session"),
)


def make_place(context: AppContext) -> AudioPlace:
    """The place with all that can be done in it."""
    return AudioPlace(context, register)


def register(registry: ActionRegistry, place: AudioPlace) -> None:
    """Add the actions of Audio to the one list of actions."""
    suggest_actions.register(registry, place)
    editor = place.editor
    tests = {**needs(editor),
             "stretch": lambda: editor.stretch is not None and editor.editable,
             "range": lambda: editor.focus_range is not None,
             "recorded": lambda: place.controller.last is not None}
    for name, text, keys, menu, icon, run, need in _ROWS:
        registry.add(Action(f"audio.{name}", text, partial(run, place), keys, PLACE, menu, icon,
                            tests[need], needs=NEEDS[need]))
    register_digits(registry, PLACE, "Label with class {digit}", editor,
                    lambda digit: place.labelling.choose_digit(digit))
