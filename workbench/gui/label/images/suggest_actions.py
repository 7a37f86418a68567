"""What can be done with suggestions in Images, as actions.

Those that are about the suggestion under the mouse come before the others of the place: their keys
mean something else where there is none.
"""

from __future__ import annotations

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.label.images.commands import ImageCommands

PLACE = "images"


def register_pointed(registry: ActionRegistry, place: ImageCommands) -> None:
    """Add the actions about the suggestion under the mouse."""
    editor, controller = place.editor, place.editor.suggestions

    def pointed() -> bool:
        return controller.pointed is not None and editor.editable

    def any_pointed() -> bool:
        return controller.any_pointed and editor.editable

    registry.add(Action("images.accept_suggestion", "Accept the suggestion under the mouse",
                        controller.accept_pointed, ("A",), PLACE, "", "check", pointed))
    # A goes to the image before where areas are suggested, which cover most of the picture
    registry.add(Action("images.accept_area", "Accept what hangs together under the mouse",
                        controller.accept_pointed, ("Ctrl+Return", "Ctrl+Enter"), PLACE, "",
                        "check", any_pointed))
    registry.add(Action("images.reject_suggestion", "Reject the suggestion under the mouse",
                        controller.reject_pointed, ("X",), PLACE, "", "close", any_pointed))
    registry.add(Action("images.delete_suggestion", "Delete the suggestion under the mouse",
                        controller.reject_pointed, ("Del",), PLACE, "", "close",
                        lambda: pointed() and not editor.selection))


def register(registry: ActionRegistry, place: ImageCommands) -> None:
    """Add the actions about all suggestions of an image or of the project."""
    editor, controller = place.editor, place.editor.suggestions

    def some() -> bool:
        return controller.any and editor.editable

    def anywhere() -> bool:
        return controller.any or (controller.store is not None and bool(controller.store.shown()))

    def rejected() -> bool:
        return controller.store is not None and bool(controller.store.rejected())

    rows = (
        ("suggest", "Suggest labels…", (), "spark", place.open_suggestions,
         lambda: place.can_suggest),
        ("accept_suggestions", "Accept all suggestions on this image", (), "check",
         controller.accept_all, some),
        ("accept_and_go_on", "Accept all suggestions on this image and go to the next",
         ("Shift+Return", "Shift+Enter"), "check", place.accept_and_go_on, anywhere),
        ("reject_suggestions", "Reject all suggestions on this image", ("Shift+X",), "close",
         controller.reject_all, some),
        ("next_suggested", "Next image with suggestions", ("S",), "arrow-right",
         place.next_suggested, anywhere),
        ("forget_rejected", "Allow rejected suggestions again", (), "", place.forget_rejected,
         rejected),
    )
    for name, text, keys, icon, run, enabled in rows:
        registry.add(Action(f"images.{name}", text, run, keys, PLACE, "Images", icon, enabled,
                            "suggestions", repeats=False))
    registry.add(Action("images.live_areas", "Suggest while I paint", place.toggle_live,
                        ("Shift+S",), PLACE, "Images", "brush", lambda: place.can_live,
                        "suggestions", repeats=False, checked=lambda: place.is_live))
    registry.add(Action("images.unsure", "Go to where the suggestion is least sure",
                        place.go_to_unsure, ("Shift+Q",), PLACE, "Images", "search",
                        lambda: place.is_live, "suggestions"))
    registry.add(Action("images.use_on_all", "Use what is painted on all images",
                        place.use_on_all, (), PLACE, "Images", "spark",
                        lambda: place.can_use_on_all, "suggestions", repeats=False))
