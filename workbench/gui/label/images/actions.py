"""Everything that can be done in Images, as actions: menus, palette, keys and buttons use these.

The keys are those of labelImg where it has one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.context import AppContext
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.label.actions import NEEDS, needs, register_digits
from workbench.gui.label.images import arranging, scale_actions, suggest_actions
from workbench.gui.label.images.adjustments import UNADJUSTED
from workbench.gui.label.images.place import ImagesPlace

if TYPE_CHECKING:
    # id, words, keys, menu, icon, what it does, needs
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[ImagesPlace], object], str]

PLACE = "images"

_ROWS: tuple[_Row, ...] = (
    ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda place: place.undo(), "undo"),
    ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo", lambda place: place.redo(),
     "redo"),
    ("copy", "Copy boxes", ("Ctrl+C",), "Edit", "copy", lambda place: place.copy(), "boxes"),
    ("paste", "Paste boxes", ("Ctrl+V",), "Edit", "paste", lambda place: place.paste(), "editable"),
    ("paste_previous", "Paste the boxes of the previous image", ("Ctrl+Shift+V",), "Edit", "layers",
     lambda place: place.paste_previous(), "editable"),
    ("copy_forward", "Copy boxes to the next images…", ("Ctrl+Shift+D",), "Edit", "layers",
     lambda place: place.copy_forward(), "boxes"),
    ("follow_forward", "Follow boxes over the next images…", ("Ctrl+Shift+F",), "Edit", "spark",
     lambda place: place.follow_forward(), "boxes"),
    ("duplicate", "Duplicate boxes", ("Ctrl+D",), "Edit", "duplicate",
     lambda place: place.editor.duplicate(), "selection"),
    ("delete", "Delete boxes", ("Del", "Backspace"), "Edit", "trash", lambda place: place.delete(),
     "removable"),
    ("select_all", "Select all boxes", ("Ctrl+A",), "Edit", "",
     lambda place: place.editor.select_all(), "boxes"),
    ("draw", "Draw a box", ("W",), "Images", "box", lambda place: place.draw(), "drawable"),
    ("draw_many", "Draw boxes until Escape", ("Shift+W",), "Images", "box",
     lambda place: place.draw_many(), "drawable"),
    ("relabel", "Change the class", ("Ctrl+E",), "Images", "tag", lambda place: place.relabel(),
     "selection"),
    ("convert", "Make polygons of boxes, or boxes of outlines", ("C",), "Images", "polygon",
     lambda place: place.editor.convert_selected(), "selection"),
    ("trace", "Make polygons of masks, or masks of polygons", ("Shift+C",), "Images", "polygon",
     lambda place: place.editor.trace_selected(), "selection"),
    ("join", "Join polygons or masks", ("Ctrl+J",), "Images", "",
     lambda place: place.editor.join_selected(), "selection"),
    ("split", "Split into its parts", ("Ctrl+Shift+J",), "Images", "",
     lambda place: place.editor.split_selected(), "selection"),
    ("find_objects", "Find the object in the box, as a mask", ("M",), "Images", "spark",
     lambda place: place.finder.find(place.canvas.scene.picture), "selection"),
    ("alike", "Find images that look like this", ("Shift+L",), "Images", "map",
     lambda place: place.find_alike(), "sample"),
    ("alike_objects", "Find objects that look like this", ("Ctrl+Shift+L",), "Images", "map",
     lambda place: place.find_alike_objects(), "selection"),
    ("prompt_files", "Choose the model that finds things by clicks…", (), "Images", "spark",
     lambda place: place.prompts.choose_files(), "session"),
    ("brush_larger", "Larger brush, more tolerance", ("]",), "Images", "",
     lambda place: place.canvas.picker.resize_tool(1), "editable"),
    ("brush_smaller", "Smaller brush, less tolerance", ("[",), "Images", "",
     lambda place: place.canvas.picker.resize_tool(-1), "editable"),
    ("fill_rest", "Fill the rest with the class", ("Shift+B",), "Images", "",
     lambda place: place.editor.fill_rest(), "editable"),
    ("void", "Paint what nobody knows (void)", ("Shift+U",), "Images", "",
     lambda place: place.paint_void(), "areas"),
    ("difficult", "Difficult", ("Q",), "Images", "difficult",
     lambda place: place.editor.set_flag("difficult"), "selection"),
    ("truncated", "Truncated", ("T",), "Images", "truncated",
     lambda place: place.editor.set_flag("truncated"), "selection"),
    ("occluded", "Occluded", ("O",), "Images", "", lambda place: place.editor.set_flag("occluded"),
     "selection"),
    ("accept_ghost", "Add the detection as a label", (), "Images", "plus",
     lambda place: place.editor.accept_ghost(), "ghost"),
    ("verify", "Verified", ("Space",), "Images", "verified", lambda place: place.verify(),
     "verifiable"),
    ("needs_work", "Needs work", ("Y",), "Images", "", lambda place: place.toggle_needs_work(),
     "editable"),
    ("note", "Note on the image", ("Shift+N",), "Images", "", lambda place: place.note(),
     "editable"),
    ("previous", "Previous image", ("A",), "Images", "arrow-left", lambda place: place.previous(),
     "sample"),
    ("next", "Next image", ("D",), "Images", "arrow-right", lambda place: place.next(), "sample"),
    ("next_todo", "Next image to work on, by the chosen chip", ("N",), "Images", "",
     lambda place: place.next_todo(), "sample"),
    ("verify_next", "Go to the next image after verifying", (), "Images", "",
     lambda place: place.toggle_goes_on(), "session"),
    ("hand", "Move the picture with every drag", ("G",), "View", "hand", lambda place: place.hand(),
     "sample"),
    ("drag_pans", "Dragging beside boxes moves the picture", (), "View", "",
     lambda place: place.toggle_drag_pans(), "session"),
    ("reload", "Reload the folder", ("F5",), "Images", "refresh", lambda place: place.reload(),
     "session"),
    ("pages", "Make images of the pages…", (), "Images", "layers",
     lambda place: place.make_pages(), "stack"),
    ("find", "Find images", ("/",), "Images", "search", lambda place: place.find_samples(),
     "session"),
    ("show_folder", "Show the image in its folder", (), "Images", "folder",
     lambda place: place.viewer.show_folder(), "sample"),
    ("zoom_in", "Zoom in", ("+", "=", "Ctrl++"), "View", "zoom-in",
     lambda place: place.canvas.zoom_in(), "sample"),
    ("zoom_out", "Zoom out", ("-", "Ctrl+-"), "View", "zoom-out",
     lambda place: place.canvas.zoom_out(), "sample"),
    ("fit", "Fit the image", ("Ctrl+F",), "View", "fit", lambda place: place.canvas.fit(),
     "sample"),
    ("actual_size", "Zoom to 100 %", ("Ctrl+0", "Ctrl+="), "View", "",
     lambda place: place.canvas.actual_size(), "sample"),
    ("hide_boxes", "Hide boxes", ("H",), "View", "eye-off",
     lambda place: place.hiding.press(), "sample"),
    ("only_class", "Show one class only", ("Shift+H",), "View", "eye",
     lambda place: place.toggle_only(), "sample"),
    ("hide_class", "Hide the class, or show it again", ("Ctrl+H",), "View", "eye-off",
     lambda place: place.toggle_class_hidden(), "class"),
    ("lock_class", "Lock the class, or unlock it", ("L",), "View", "lock",
     lambda place: place.toggle_class_locked(), "class"),
    ("number_dots", "Number dots", (), "View", "", lambda place: place.toggle_number_dots(),
     "session"),
    ("navigator", "Overview of large pictures", ("J",), "View", "",
     lambda place: place.toggle_navigator(), "session"),
    ("look", "Adjust how images look…", ("V",), "View", "contrast",
     lambda place: place.viewer.open_adjustments(), "sample"),
    ("invert", "Invert light and dark", ("I",), "View", "", lambda place: place.invert(), "sample"),
    ("channel", "Next colour channel", ("Shift+I",), "View", "", lambda place: place.next_channel(),
     "sample"),
    ("look_reset", "Show images as they are", ("Shift+V",), "View", "",
     lambda place: place.viewer.adjustments.set(UNADJUSTED), "adjusted"),
    ("toggle_list", "Hide image list", ("Ctrl+B",), "View", "panel-left",
     lambda place: place.toggle_list(), "session"),
    ("toggle_side", "Hide classes and boxes", ("Ctrl+Shift+B",), "View", "panel-right",
     lambda place: place.toggle_side(), "session"),
    ("add_class", "Add a class", (), "Images", "plus", lambda place: place.add_class(), "session"),
)

_GROUPS = {
    "undo": "history", "redo": "history",
    "copy": "boxes", "paste": "boxes", "paste_previous": "boxes", "copy_forward": "boxes",
    "follow_forward": "boxes", "duplicate": "boxes",
    "delete": "boxes", "select_all": "boxes",
    "draw": "draw", "draw_many": "draw", "relabel": "draw", "convert": "draw",
    "trace": "draw", "join": "draw", "split": "draw", "find_objects": "draw",
    "alike": "walk", "alike_objects": "walk", "prompt_files": "draw",
    "brush_larger": "brush", "brush_smaller": "brush", "fill_rest": "brush", "void": "brush",
    "accept_ghost": "draw",
    "difficult": "marks", "occluded": "marks", "truncated": "marks", "verify": "marks",
    "needs_work": "marks", "note": "marks",
    "previous": "walk", "next": "walk", "next_todo": "walk", "find": "walk",
    "show_folder": "walk", "pages": "walk",
    "zoom_in": "zoom", "zoom_out": "zoom", "fit": "zoom", "actual_size": "zoom",
    "hand": "hand", "drag_pans": "hand", "verify_next": "marks", "reload": "walk",
    "look": "look", "invert": "look", "channel": "look", "look_reset": "look",
    "navigator": "zoom", "number_dots": "show",
    "hide_boxes": "show", "only_class": "show", "hide_class": "show", "lock_class": "show",
    "toggle_list": "show", "toggle_side": "show",
    "add_class": "classes",
}
"""In a menu, a line stands between two groups."""
_VIEW = {name for name, group in _GROUPS.items() if group in ("zoom", "show", "look")}


def make_place(context: AppContext) -> ImagesPlace:
    """The place with all that can be done in it."""
    return ImagesPlace(context, register)


def register(registry: ActionRegistry, place: ImagesPlace) -> None:
    """Add all actions of Images to ``registry``."""
    suggest_actions.register_pointed(registry, place)
    _register_rows(registry, place)
    arranging.register(registry, place)
    scale_actions.register(registry, place, "Images")
    suggest_actions.register(registry, place)


def _register_rows(registry: ActionRegistry, place: ImagesPlace) -> None:
    editor = place.editor
    tests = {**needs(editor), "boxes": lambda: bool(editor.objects),
             "verifiable": lambda: editor.can_verify,
             "areas": lambda: bool(editor.key) and editor.editable and editor.one_class,
             "stack": lambda: bool(editor.key) and place.canvas.scene.picture.pages > 1,
             "ghost": lambda: editor.ghost is not None and editor.editable,
             "class": lambda: bool(editor.key and (editor.selection or editor.current_class)),
             "removable": lambda: place.canvas.picker.can_remove,
             "adjusted": lambda: place.viewer.adjustments.now != UNADJUSTED}
    reasons: dict[str, Callable[[], str]] = {
        "verifiable": lambda: editor.unverifiable_reason,
        "stack": lambda: tr("This file has one page only.") if editor.key else ""}
    checked: dict[str, Callable[[], bool]] = {
        "verify_next": lambda: place.goes_on, "drag_pans": lambda: place.editor.drag_pans,
        "invert": lambda: place.viewer.adjustments.now.inverted,
        "navigator": lambda: place.has_navigator,
        "number_dots": lambda: place.editor.numbered,
        "needs_work": lambda: place.needs_work,
        "hand": lambda: place.editor.hand, "hide_boxes": lambda: place.editor.hidden,
        "only_class": lambda: bool(place.editor.hidden_words),
        "toggle_list": lambda: place.panels.panel("list").isHidden(),
        "toggle_side": lambda: place.panels.panel("side").isHidden(),
    }
    for name, text, keys, menu, icon, run, need in _ROWS:
        registry.add(Action(
            f"images.{name}", text, _settled(place, run, name in _VIEW), keys, PLACE, menu, icon,
            tests[need], _GROUPS[name],
            repeats=name != "verify" and name not in checked, checked=checked.get(name),
            why_not=reasons.get(need, lambda: ""), needs=NEEDS.get(need, ""),
        ))
    follow_keys(place, registry, f"{PLACE}.hide_boxes", place.hiding.key.set_keys)
    register_digits(registry, PLACE, "Class on key {digit}", place.editor, place.choose_class)


def _settled(place: ImagesPlace, act: Callable[[ImagesPlace], object], view: bool,
             ) -> Callable[[], object]:
    """A key pressed while the mouse still drags first finishes the drag; a polygon goes on where
    only the view becomes another."""
    def run() -> None:
        (place.settle_drag if view else place.settle)()
        act(place)

    return run

