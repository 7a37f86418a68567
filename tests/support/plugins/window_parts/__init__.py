"""A plugin for tests that brings a place, a place that fails, a card and two actions."""

from workbench.extension.window import (
    Place,
    PlaceCard,
    SearchEntry,
    WindowAction,
    actions,
    cards,
    places,
)

_PARTS = "workbench_plugin_window_parts.parts"


def register() -> None:
    places.register(Place("tally", "Tally", "list", f"{_PARTS}:TallyPlace",
                          finds=(SearchEntry("Tally the labels", "sum how many", "list"),)))
    places.register(Place("broken", "Broken", "list", f"{_PARTS}:broken", needs_project=False))
    cards.register(PlaceCard("clip_name", "audio", f"{_PARTS}:ClipName"))
    actions.register(WindowAction("tools.tally", "Tally the labels now", f"{_PARTS}:tally",
                                  ("Ctrl+Alt+T",), menu="Tools",
                                  enabled=lambda context: context.session is not None))
    actions.register(WindowAction("tools.fail", "Fail", f"{_PARTS}:fail", menu="Tools"))
