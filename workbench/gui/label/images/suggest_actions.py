"""What can be done with suggestions in Images, as actions.

Those that are about the suggestion under the mouse come before the others of the place: their keys
mean something else where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.app.actions import Action, ActionRegistry

if TYPE_CHECKING:
    from workbench.gui.label.images.place import ImagesPlace

PLACE = "images"


def register_pointed(registry: ActionRegistry, place: ImagesPlace) -> None:
    """Add the actions about the suggestion under the mouse."""
    editor, desk = place.editor, place.editor.suggestions

    def pointed() -> bool:
        return desk.pointed is not None and editor.editable

    registry.add(Action("images.accept_suggestion", "Accept the suggestion under the mouse",
                        desk.accept_pointed, ("A",), PLACE, "", "check", pointed))
    registry.add(Action("images.reject_suggestion", "Reject the suggestion under the mouse",
                        desk.reject_pointed, ("X",), PLACE, "", "close", pointed))
    registry.add(Action("images.delete_suggestion", "Delete the suggestion under the mouse",
                        desk.reject_pointed, ("Del",), PLACE, "", "close",
                        lambda: pointed() and not editor.selection))


def register(registry: ActionRegistry, place: ImagesPlace) -> None:
    """Add the actions about all suggestions of an image or of the project."""
    editor, desk = place.editor, place.editor.suggestions

    def some() -> bool:
        return bool(desk.shown) and editor.editable

    def anywhere() -> bool:
        return desk.store is not None and bool(desk.store.shown())

    def rejected() -> bool:
        return desk.store is not None and bool(desk.store.rejected())

    rows = (
        ("suggest", "Suggest labels …", (), "spark", place.open_suggestions,
         lambda: place.can_suggest),
        ("accept_suggestions", "Accept all suggestions on this image", (), "check",
         desk.accept_all, some),
        ("accept_and_go_on", "Accept all suggestions on this image and go to the next",
         ("Shift+Return", "Shift+Enter"), "check", place.accept_and_go_on, anywhere),
        ("reject_suggestions", "Reject all suggestions on this image", ("Shift+X",), "close",
         desk.reject_all, some),
        ("next_suggested", "Next image with suggestions", ("S",), "arrow-right",
         place.next_suggested, anywhere),
        ("forget_rejected", "Allow rejected suggestions again", (), "", place.forget_rejected,
         rejected),
    )
    for name, text, keys, icon, run, enabled in rows:
        registry.add(Action(f"images.{name}", text, run, keys, PLACE, "Images", icon, enabled,
                            "suggestions", repeats=False))
