"""A plugin for tests that brings a place, one that fails, a card, a tool and two actions."""

from workbench.extension.window import (
    LabellingTool,
    Place,
    PlaceCard,
    SearchEntry,
    WindowAction,
    actions,
    cards,
    labelling_tools,
    places,
)

_PARTS = "workbench_plugin_window_parts.parts"


def register() -> None:
    places.register(Place("tally", "Tally", "list", f"{_PARTS}:TallyPlace",
                          finds=(SearchEntry("Tally the labels", "sum how many", "list"),)))
    places.register(Place("broken", "Broken", "list", f"{_PARTS}:broken", needs_project=False))
    cards.register(PlaceCard("clip_name", "audio", f"{_PARTS}:ClipName"))
    labelling_tools.register(LabellingTool("stamp", "Stamp a box", f"{_PARTS}:Stamp", ("Alt+S",),
                                           controller=f"{_PARTS}:StampController"))
    actions.register(WindowAction("tools.tally", "Tally the labels now", f"{_PARTS}:tally",
                                  ("Ctrl+Alt+T",), menu="Tools",
                                  enabled=lambda context: context.session is not None))
    actions.register(WindowAction("tools.fail", "Fail", f"{_PARTS}:fail", menu="Tools"))
