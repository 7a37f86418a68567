"""Everything that can be done while images are sorted, for menus, palette, keys and buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry

if TYPE_CHECKING:
    from workbench.tasks.image_classification.window.place import SortPlace

    # id, words, keys, menu, icon, what it does, needs
    _Row = tuple[str, str, tuple[str, ...], str, str, Callable[[SortPlace], object], str]

PLACE = "sort"
OF_IMAGES = ("relabel", "accept", "unlabel", "", "large", "show_folder")
"""What the menu of the right button holds; "" is a line."""

_ROWS: tuple[_Row, ...] = (
    ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda place: place.undo(), "undo"),
    ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo", lambda place: place.redo(),
     "redo"),
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
    ("accept", "Accept the guess", (), "Images", "check",
     lambda place: place.guessing.accept_chosen(), "guess"),
    ("accept_sure", "Accept all guesses above 90 %", (), "Images", "check",
     lambda place: place.guessing.accept_sure(), "guesses"),
    ("doubts", "Check doubtful labels", (), "Images", "warning",
     lambda place: place.guessing.show_doubts(), "session"),
    ("guess", "Guess while I label", (), "Images", "spark", lambda place: place.guessing.toggle(),
     "session"),
    ("find", "Find images", ("/", "Ctrl+F"), "Images", "search", lambda place: place.find_images(),
     "session"),
    ("show_folder", "Show the image in its folder", (), "Images", "folder",
     lambda place: place.show_folder(), "selection"),
    ("add_class", "Add a class", ("Ctrl+N",), "Images", "plus", lambda place: place.add_class(),
     "session"),
    ("reload", "Look for changes in the folder", ("F5",), "Images", "refresh",
     lambda place: place.reload(), "session"),
)


def register(registry: ActionRegistry, place: SortPlace) -> None:
    """Add all of them."""
    def step(name: str) -> Callable[[], bool]:
        return lambda: place.session is not None and bool(getattr(place.session.undo, name))

    tests: dict[str, Callable[[], bool]] = {
        "session": lambda: place.session is not None,
        "selection": lambda: place.session is not None and place.grid.chosen_count() > 0,
        "guess": lambda: bool(place.guessing.chosen()),
        "guesses": lambda: place.guessing.guess_count() > 0,
        "undo": step("undo_text"), "redo": step("redo_text"),
    }
    for name, text, keys, menu, icon, run, needs in _ROWS:
        registry.add(Action(f"{PLACE}.{name}", text, partial(run, place), keys, PLACE, menu,
                            icon, tests[needs]))
    for digit in HOTKEYS:
        registry.add(Action(
            f"{PLACE}.class_{digit}", tr("Class on key {digit}",
                                         digit=digit), partial(place.give_key, digit),
            (digit,), PLACE, "", "tag",
            enabled=partial(_has_class, place, digit), repeats=False))


def _has_class(place: SortPlace, digit: str) -> bool:
    wanted = place.class_of(digit) or place.grid.images.kind == "number"
    return bool(wanted and place.grid.chosen_count())
