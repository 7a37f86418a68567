"""Everything that can be done in Audio, as actions: menus, palette, keys and buttons use these."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry

if TYPE_CHECKING:
    from workbench.gui.label.sounds.place import AudioPlace

    # id, words, keys, menu, icon, what it does, needs
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[AudioPlace], object], str]

PLACE = "audio"

_ROWS: tuple[_Row, ...] = (
    ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda place: place.labelling.undo(), "undo"),
    ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo",
     lambda place: place.labelling.redo(), "redo"),
    ("duplicate", "Duplicate regions", ("Ctrl+D",), "Edit", "duplicate",
     lambda place: place.editor.duplicate(), "selection"),
    ("delete", "Delete regions", ("Del", "Backspace"), "Edit", "trash",
     lambda place: place.editor.delete(), "selection"),
    ("select_all", "Select all clips", ("Ctrl+A",), "Edit", "",
     lambda place: place.clips.view.selectAll(), "session"),
    ("play", "Play or pause", ("Space",), "Audio", "play", lambda place: place.listening.toggle(),
     "clip"),
    ("play_start", "Play from the beginning", ("Shift+Space",), "Audio", "",
     lambda place: place.listening.from_start(), "clip"),
    ("loop", "Loop", ("L",), "Audio", "refresh", lambda place: place.listening.toggle_loop(),
     "clip"),
    ("half_speed", "Half speed", ("H",), "Audio", "", lambda place: place.listening.toggle_half(),
     "clip"),
    ("record", "Record", ("R",), "Audio", "record", lambda place: place.record(), "session"),
    ("microphone", "Listen to the microphone", ("M",), "Audio", "microphone",
     lambda place: place.record_panel.toggle_power(), "session"),
    ("discard", "Delete last recording", ("Ctrl+Backspace",), "Audio", "trash",
     lambda place: place.discard(), "recorded"),
    ("add", "Add sound files…", ("Ctrl+Shift+O",), "Audio", "plus", lambda place: place.add_files(),
     "session"),
    ("delete_clips", "Delete clips", ("Shift+Del",), "Edit", "trash",
     lambda place: place.delete_clips(), "clip"),
    ("unlabel", "Remove label", ("U",), "Audio", "tag", lambda place: place.labelling.unlabel(),
     "clip"),
    ("mark_start", "Set selection start here", ("I",), "Audio", "",
     lambda place: place.labelling.mark_start(), "clip"),
    ("mark_end", "Set selection end here", ("O",), "Audio", "",
     lambda place: place.labelling.mark_end(), "clip"),
    ("region", "Make selection a region", ("N",), "Audio", "box",
     lambda place: place.labelling.make_region(), "stretch"),
    ("band", "Limit frequency range", ("B",), "Audio", "box",
     lambda place: place.labelling.toggle_band(), "clip"),
    ("measures", "Measure regions", ("Shift+M",), "Audio", "",
     lambda place: place.viewer.toggle_measures(), "clip"),
    ("split", "Split at silence", ("S",), "Audio", "split", lambda place: place.labelling.split(),
     "editable"),
    ("relabel", "Change the class", ("Ctrl+E",), "Audio", "tag",
     lambda place: place.labelling.relabel(), "selection"),
    ("next_region", "Next region", ("]",), "Audio", "", lambda place: place.labelling.next_region(),
     "clip"),
    ("previous_region", "Previous region", ("[",), "Audio", "",
     lambda place: place.labelling.previous_region(), "clip"),
    ("previous", "Previous clip", ("A",), "Audio", "arrow-left", lambda place: place.previous(),
     "clip"),
    ("next", "Next clip", ("D",), "Audio", "arrow-right", lambda place: place.next(), "clip"),
    ("next_todo", "Next clip without a label", ("T",), "Audio", "", lambda place: place.next_todo(),
     "session"),
    ("find", "Find clips", ("/",), "Audio", "search", lambda place: place.find_clips(), "session"),
    ("labels", "Where labels come from", (), "Audio", "settings", lambda place: place.show_labels(),
     "session"),
    ("show_folder", "Show the clip in its folder", (), "Audio", "folder",
     lambda place: place.viewer.show_folder(), "clip"),
    ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "View", "zoom-in",
     lambda place: place.canvas.zoom_in(), "clip"),
    ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "View", "zoom-out",
     lambda place: place.canvas.zoom_out(), "clip"),
    ("fit", "Show the whole clip", ("Ctrl+F", "Ctrl+0"), "View", "fit",
     lambda place: place.canvas.fit(), "clip"),
    ("zoom_selection", "Zoom to the selection", ("Z",), "View", "",
     lambda place: place.labelling.zoom_selection(), "range"),
    ("page_left", "Earlier", ("PgUp",), "View", "", lambda place: place.canvas.page_left(), "clip"),
    ("page_right", "Later", ("PgDown",), "View", "", lambda place: place.canvas.page_right(),
     "clip"),
    ("hide", "Hide or show the regions", ("Shift+H",), "View", "eye-off",
     lambda place: place.canvas.toggle_hidden(), "clip"),
    ("toggle_list", "Hide clip list", ("Ctrl+B",), "View", "panel-left",
     lambda place: place.panels.toggle_list(), "session"),
    ("toggle_side", "Hide recording, classes and regions", ("Ctrl+Shift+B",), "View", "panel-right",
     lambda place: place.panels.toggle_side(), "session"),
)


def register(registry: ActionRegistry, place: AudioPlace) -> None:
    """Add the actions of Audio to the one list of actions."""
    tests = _tests(place)
    for name, text, keys, menu, icon, run, needs in _ROWS:
        registry.add(Action(f"audio.{name}", text, partial(run, place), keys, PLACE, menu, icon,
                            tests[needs]))
    for digit in HOTKEYS:
        registry.add(Action(
            f"audio.class_{digit}", tr("Label with class {digit}", digit=digit),
            lambda digit=digit: place.labelling.choose_digit(digit),  # type: ignore[misc]
            (digit,), PLACE, "", "tag",
            lambda digit=digit: place.labelling.class_of(digit) is not None,  # type: ignore[misc]
        ))


def _tests(place: AudioPlace) -> dict[str, Callable[[], bool]]:
    editor = place.editor

    def undo() -> bool:
        return editor.session is not None and editor.session.undo.undo_text is not None

    def redo() -> bool:
        return editor.session is not None and editor.session.undo.redo_text is not None

    return {
        "session": lambda: editor.session is not None,
        "clip": lambda: bool(editor.key),
        "editable": lambda: bool(editor.key) and editor.editable,
        "selection": lambda: bool(editor.selection),
        "stretch": lambda: editor.stretch is not None and editor.editable,
        "range": lambda: editor.focus_range is not None,
        "recorded": lambda: place.desk.last is not None,
        "undo": undo,
        "redo": redo,
    }
