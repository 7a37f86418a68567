"""Everything that can be done in Videos, as actions: menus, palette, keys and buttons use these."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.context import AppContext
from workbench.gui.label.actions import NEEDS, needs, register_digits
from workbench.gui.label.images import scale_actions
from workbench.gui.label.images.adjustments import UNADJUSTED
from workbench.gui.label.videos import event_actions
from workbench.gui.label.videos.place import VideosPlace

if TYPE_CHECKING:
    # id, words, keys, menu, icon, what it does, needs, group
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[VideosPlace], object], str, str]

PLACE = "videos"

_ROWS: tuple[_Row, ...] = (
    ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda place: place.undo(), "undo", "history"),
    ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo", lambda place: place.redo(),
     "redo", "history"),
    ("copy", "Copy boxes", ("Ctrl+C",), "Edit", "copy", lambda place: place.copy(), "boxes",
     "boxes"),
    ("paste", "Paste boxes as new tracks", ("Ctrl+V",), "Edit", "paste",
     lambda place: place.editor.paste(), "editable", "boxes"),
    ("hold", "Copy boxes to the next frames…", ("Ctrl+Shift+D",), "Edit", "layers",
     lambda place: place.hold(), "selection", "boxes"),
    ("delete", "Delete tracks", ("Del", "Backspace"), "Edit", "trash",
     lambda place: place.delete(), "track", "boxes"),
    ("select_all", "Select all boxes", ("Ctrl+A",), "Edit", "",
     lambda place: place.editor.select_all(), "boxes", "boxes"),
    ("draw", "Draw a box", ("W",), "Videos", "box", lambda place: place.draw(), "drawable", "draw"),
    ("draw_many", "Draw boxes until Escape", ("Shift+W",), "Videos", "box",
     lambda place: place.draw_many(), "drawable", "draw"),
    ("relabel", "Change the class", ("Ctrl+E",), "Videos", "tag", lambda place: place.relabel(),
     "selection", "draw"),
    ("difficult", "Difficult", ("Q",), "Videos", "difficult",
     lambda place: place.editor.set_flag("difficult"), "selection", "marks"),
    ("occluded", "Occluded from here on", ("O",), "Videos", "",
     lambda place: place.editor.set_flag("occluded"), "selection", "marks"),
    ("follow", "Track this box forward", ("F",), "Videos", "spark",
     lambda place: place.jobs.follow(1), "track", "track"),
    ("follow_back", "Track this box backward", ("Shift+F",), "Videos", "spark",
     lambda place: place.jobs.follow(-1), "track", "track"),
    ("end", "Gone from here on, or there again", ("X",), "Videos", "eye-off",
     lambda place: place.editor.end(), "track", "track"),
    ("make_key", "Make this a key frame", ("K",), "Videos", "",
     lambda place: place.editor.make_key(), "selection", "track"),
    ("delete_key", "Delete the key frame", ("Shift+K",), "Videos", "",
     lambda place: place.editor.delete_key(), "track", "track"),
    ("split", "Split the track here", ("S",), "Videos", "split", lambda place: place.editor.split(),
     "track", "track"),
    ("join", "Join two tracks", ("J",), "Videos", "merge", lambda place: place.editor.join(),
     "track", "track"),
    ("suggest", "Suggest tracks…", (), "Videos", "spark", lambda place: place.suggest(),
     "suggest", "suggestions"),
    ("reject_suggestions", "Reject the suggested tracks on this frame", ("Shift+X",), "Videos",
     "close", lambda place: place.editor.suggestions.reject_all(), "suggested", "suggestions"),
    ("next_suggested", "Next suggested track", ("N",), "Videos", "arrow-right",
     lambda place: place.next_suggested(), "any_suggested", "suggestions"),
    ("count", "Count at lines and zones", ("L",), "Videos", "minus",
     lambda place: place.counting.toggle(), "sample", "count"),
    ("play", "Play, or stop", ("Space",), "Videos", "play",
     lambda place: place.viewer.toggle_play(), "sample", "walk"),
    ("previous", "Previous frame", ("Left", "A"), "Videos", "",
     lambda place: place.viewer.step(-1), "sample", "walk"),
    ("next", "Next frame", ("Right", "D"), "Videos", "", lambda place: place.viewer.step(1),
     "sample", "walk"),
    ("back_10", "10 frames back", ("Shift+Left", "Shift+A"), "Videos", "",
     lambda place: place.viewer.step(-10), "sample", "walk"),
    ("on_10", "10 frames on", ("Shift+Right", "Shift+D"), "Videos", "",
     lambda place: place.viewer.step(10), "sample", "walk"),
    ("first", "First frame", ("Home",), "Videos", "", lambda place: place.viewer.go_to(0),
     "sample", "walk"),
    ("last", "Last frame", ("End",), "Videos", "",
     lambda place: place.viewer.go_to(place.viewer.frames.last), "sample", "walk"),
    ("previous_key", "Previous key frame", ("Ctrl+Left",), "Videos", "chevron-left",
     lambda place: place.go_to_key(-1), "tracks", "walk"),
    ("next_key", "Next key frame", ("Ctrl+Right",), "Videos", "chevron-right",
     lambda place: place.go_to_key(1), "tracks", "walk"),
    ("previous_video", "Previous video", ("PgUp",), "Videos", "arrow-left",
     lambda place: place.previous(), "sample", "videos"),
    ("next_video", "Next video", ("PgDown",), "Videos", "arrow-right", lambda place: place.next(),
     "sample", "videos"),
    ("find", "Find videos", ("/",), "Videos", "search", lambda place: place.find_samples(),
     "session", "videos"),
    ("add", "Add videos…", ("Ctrl+Shift+O",), "Videos", "plus", lambda place: place.add_files(),
     "session", "videos"),
    ("reload", "Reload the folder", ("F5",), "Videos", "refresh", lambda place: place.reload(),
     "session", "videos"),
    ("show_folder", "Show the video in its folder", (), "Videos", "folder",
     lambda place: place.viewer.show_folder(), "sample", "videos"),
    ("frames", "Frames as images of the project…", (), "Videos", "images",
     lambda place: place.frames(), "sample", "frames"),
    ("read_tracks", "Read tracks from a file…", (), "Videos", "download",
     lambda place: place.read_tracks(), "editable", "frames"),
    ("save_tracks", "Save tracks in another format…", (), "Videos", "export",
     lambda place: place.save_tracks(), "tracks", "frames"),
    ("add_class", "Add a class", (), "Videos", "plus", lambda place: place.add_class(), "session",
     "classes"),
    ("hand", "Move the picture with every drag", ("G",), "View", "hand", lambda place: place.hand(),
     "sample", "hand"),
    ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "View", "zoom-in",
     lambda place: place.canvas.zoom_in(), "sample", "zoom"),
    ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "View", "zoom-out",
     lambda place: place.canvas.zoom_out(), "sample", "zoom"),
    ("fit", "Fit the picture", ("Ctrl+F",), "View", "fit", lambda place: place.canvas.fit(),
     "sample", "zoom"),
    ("actual_size", "Zoom to 100 %", ("Ctrl+0", "Ctrl+="), "View", "",
     lambda place: place.canvas.actual_size(), "sample", "zoom"),
    ("hide_boxes", "Hide boxes", ("H",), "View", "eye-off",
     lambda place: place.editor.set_hidden(not place.editor.hidden), "sample", "show"),
    ("look", "Adjust how frames look…", ("V",), "View", "contrast",
     lambda place: place.viewer.open_adjustments(), "sample", "look"),
    ("look_reset", "Show frames as they are", ("Shift+V",), "View", "",
     lambda place: place.viewer.adjustments.set(UNADJUSTED), "adjusted", "look"),
    ("toggle_list", "Hide video list", ("Ctrl+B",), "View", "panel-left",
     lambda place: place.toggle_list(), "session", "show"),
    ("toggle_side", "Hide classes and boxes", ("Ctrl+Shift+B",), "View", "panel-right",
     lambda place: place.toggle_side(), "session", "show"),
)
_ONCE = frozenset({"play", "hand", "hide_boxes", "toggle_list", "toggle_side", "frames", "hold",
                   "follow", "follow_back", "count"})
"""What a key that is held down does once."""


def make_place(context: AppContext) -> VideosPlace:
    """The place with all that can be done in it."""
    return VideosPlace(context, register)


def register(registry: ActionRegistry, place: VideosPlace) -> None:
    """Add all actions of Videos to ``registry``."""
    editor = place.editor
    def travels(forward: bool) -> bool:
        return place.steps is not None and place.steps.next_step(forward) is not None

    tests = {**needs(editor), "undo": lambda: travels(False), "redo": lambda: travels(True),
             "boxes": lambda: bool(editor.objects),
             "tracks": lambda: bool(editor.tracks),
             "suggest": lambda: bool(place.suggesting.models) and editor.drawable,
             "suggested": lambda: bool(editor.suggestions.shown) and editor.editable,
             "any_suggested": lambda: bool(editor.suggestions.tracks),
             "track": lambda: bool(editor.chosen) and editor.editable,
             "adjusted": lambda: place.viewer.adjustments.now != UNADJUSTED}
    event_actions.register(registry, place)
    suggestions = editor.suggestions
    registry.add(Action(  # before what X means elsewhere
        "videos.reject_suggestion", "Reject the suggested track under the mouse",
        suggestions.reject_pointed, ("X",), PLACE, "", "close",
        lambda: suggestions.pointed is not None and editor.editable))
    checked: dict[str, Callable[[], bool]] = {
        "hand": lambda: editor.hand, "hide_boxes": lambda: editor.hidden,
        "play": lambda: place.viewer.playing, "count": lambda: place.counting.on,
        "toggle_list": lambda: place.panels.panel("list").isHidden(),
        "toggle_side": lambda: place.panels.panel("side").isHidden(),
    }
    for name, text, keys, menu, icon, run, need, group in _ROWS:
        registry.add(Action(
            f"{PLACE}.{name}", text, _settled(place, run, walks=group == "walk"), keys, PLACE, menu,
            icon, tests[need], group, repeats=name not in _ONCE, checked=checked.get(name),
            needs=NEEDS[need]))
    scale_actions.register(registry, place, "Videos")
    register_digits(registry, PLACE, "Class on key {digit}", editor, place.choose_class)


def _settled(place: VideosPlace, act: Callable[[VideosPlace], object], *,
             walks: bool) -> Callable[[], object]:
    """A key pressed while the mouse still drags first finishes the drag; one pressed while a frame
    is still being decoded waits for it."""
    def run() -> None:
        place.canvas.settle()
        place.viewer.when_there(lambda: act(place), walks=walks)

    return run
