"""Measuring and the scale, as actions of the places with pictures."""

from __future__ import annotations

from collections.abc import Callable

from workbench.gui.app.actions import Action, ActionRegistry
from workbench.gui.label.actions import NEEDS
from workbench.gui.label.images.ruler_tool import RULER
from workbench.gui.label.picture_place import PicturePlace


def register(registry: ActionRegistry, place: PicturePlace, menu: str) -> None:
    """Add them for ``place``; ``menu`` is its menu."""
    def add(name: str, words: str, keys: tuple[str, ...], where: str, icon: str,
            run: Callable[[], object], checked: Callable[[], bool] | None = None) -> None:
        registry.add(Action(
            f"{place.id}.{name}", words, run, keys, place.id, where, icon,
            lambda: bool(place.editor.key), "scale", checked=checked, repeats=False,
            needs=NEEDS["sample"]))

    add("measure", "Measure a distance", ("Z",), menu, "ruler", place.measure,
        lambda: place.canvas.tool is RULER)
    add("set_scale", "Set the scale…", (), menu, "", place.set_scale)
    add("scale_bar", "Scale bar", ("Shift+Z",), "View", "", place.toggle_scale_bar,
        lambda: place.has_scale_bar)
