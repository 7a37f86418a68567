"""What the actions of all places for labelling share: when they can be run, and the digit keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.label.editor import LabelEditor


def needs(editor: LabelEditor[Any]) -> dict[str, Callable[[], bool]]:
    """What an action can need, by the word that stands in the tables of actions."""
    def undo() -> bool:
        return editor.session is not None and editor.session.undo.undo_text is not None

    def redo() -> bool:
        return editor.session is not None and editor.session.undo.redo_text is not None

    return {
        "session": lambda: editor.session is not None,
        "sample": lambda: bool(editor.key),
        "editable": lambda: bool(editor.key) and editor.editable,
        "drawable": lambda: bool(editor.key) and editor.drawable,
        "selection": lambda: bool(editor.selection),
        "undo": undo,
        "redo": redo,
    }


NEEDS = {
    "session": "Open a project first.",
    "sample": "Nothing is shown that it could be done with.",
    "editable": "There is nothing here whose labels can be changed.",
    "drawable": "There is nothing here that can be drawn on.",
    "areas": "Choose Areas in images as what is learned, in Train.",
    "selection": "Select something first.",
    "removable": "Select something first.",
    "undo": "There is nothing to undo.",
    "redo": "There is nothing to do again.",
    "boxes": "There is no object here yet.",
    "class": "Choose a class first.",
    "adjusted": "The picture is shown as it is.",
    "range": "Select a stretch of time first.",
    "stretch": "Select a stretch of time first.",
    "recorded": "Nothing has been recorded yet.",
    "tracks": "There is no track here yet.",
    "track": "Select a track first.",
    "suggest": "There is no model yet that could suggest something.",
    "suggested": "There are no suggestions here.",
    "any_suggested": "There are no suggestions here.",
    "suggestion": "There is no suggestion for what is chosen.",
    "suggestions": "There are no suggestions that are sure enough.",
}
"""What menus and palette say of an action without what it needs, by the same words."""


def register_digits(registry: ActionRegistry, place: str, words: str, editor: LabelEditor[Any],
                    choose: Callable[[str], object]) -> None:
    """Add an action for each digit key that stands for a class; ``choose`` is given the digit."""
    for digit in HOTKEYS:
        registry.add(Action(
            f"{place}.class_{digit}", tr(words, digit=digit), partial(choose, digit), (digit,),
            place, "", "tag", partial(_is_class, editor, digit)))


def _is_class(editor: LabelEditor[Any], digit: str) -> bool:
    return editor.class_on_key(digit) is not None
