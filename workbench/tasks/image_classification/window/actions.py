"""Everything that can be done while images are sorted, for menus, palette, keys and buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.app.context import AppContext, MapTarget
from workbench.gui.label.actions import NEEDS
from workbench.tasks.image_classification.window.place import PLACE, SortPlace

if TYPE_CHECKING:
    # id, words, keys, menu, icon, what it does, needs
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[SortPlace], object], str]


_ROWS: tuple[_Row, ...] = (
    ("unlabel", "Take the class off", ("Del", "Backspace"), "Edit", "trash",
     lambda place: place.unlabel(), "selection"),
    ("select_all", "Select all images in the list", ("Ctrl+A",), "Edit", "",
     lambda place: place.select_all(), "session"),
    ("relabel", "Choose a class by typing", ("Ctrl+E",), "Images", "tag",
     lambda place: place.type_class(), "selection"),
    ("next_todo", "Next image without a class", ("Ctrl+Right",), "Images", "arrow-right",
     lambda place: place.next_todo(), "session"),
    ("large", "Show one image large", (), "View", "images", lambda place: place.show_large(),
     "selection"),
    ("grid", "Show the grid of images", (), "View", "grid", lambda place: place.show_grid(),
     "session"),
    ("accept", "Accept the suggestion", (), "Images", "check",
     lambda place: place.suggestions.accept_chosen(), "suggestion"),
    ("accept_sure", "Accept all suggestions above 90 %", (), "Images", "check",
     lambda place: place.suggestions.accept_sure(), "suggestions"),
    ("doubts", "Check doubtful labels", (), "Images", "warning",
     lambda place: place.suggestions.show_doubts(), "session"),
    ("guess", "Suggest while I label", (), "Images", "spark",
     lambda place: place.suggestions.toggle(), "session"),
    ("find", "Find images", ("/", "Ctrl+F"), "Images", "search", lambda place: place.find_images(),
     "session"),
    ("labels", "Where labels come from…", (), "Images", "settings",
     lambda place: place.folders.choose_level(), "session"),
    ("into_folders", "Move images into their class folders…", (), "Images", "folder",
     lambda place: place.folders.ask(), "session"),
    ("show_folder", "Show the image in its folder", (), "Images", "folder",
     lambda place: place.show_folder(), "selection"),
    ("add_class", "Add a class", ("Ctrl+N",), "Images", "plus", lambda place: place.add_class(),
     "session"),
    ("reload", "Look for changes in the folder", ("F5",), "Images", "refresh",
     lambda place: place.reload(), "session"),
)


def make_place(context: AppContext) -> SortPlace:
    """The place with all that can be done in it."""
    place = SortPlace(context, register)
    context.actions.add(Action(
        f"{PLACE}.alike", "Find images that look like this",
        lambda: context.go("data", MapTarget(place.grid.key)), ("Shift+L",), PLACE, "Images", "map",
        lambda: bool(place.grid.key), needs=NEEDS["selection"]))
    return place


def register(registry: ActionRegistry, place: SortPlace) -> None:
    """Add all of them."""
    tests: dict[str, Callable[[], bool]] = {
        "session": lambda: place.session is not None,
        "selection": lambda: place.session is not None and place.grid.chosen_count() > 0,
        "suggestion": lambda: bool(place.suggestions.chosen()),
        "suggestions": lambda: place.suggestions.sure_count() > 0,
    }
    for name, text, keys, menu, icon, run, need in _ROWS:
        registry.add(Action(f"{PLACE}.{name}", text, partial(run, place), keys, PLACE, menu,
                            icon, tests[need], needs=NEEDS[need]))
    for digit in HOTKEYS:
        registry.add(Action(
            f"{PLACE}.class_{digit}", tr("Class on key {digit}",
                                         digit=digit), partial(place.give_key, digit),
            (digit,), PLACE, "", "tag",
            enabled=partial(_has_class, place, digit), repeats=False))


def _has_class(place: SortPlace, digit: str) -> bool:
    wanted = place.class_of(digit) or place.grid.images.kind == "number"
    return bool(wanted and place.grid.chosen_count())
