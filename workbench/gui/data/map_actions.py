"""What can be done at the map, as actions: palette, menus, keys and buttons use these."""

from __future__ import annotations

from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, DataTarget
from workbench.gui.app.task import medium_of
from workbench.gui.data.findings import PLACE
from workbench.gui.data.map_page import MapPage
from workbench.gui.data.map_words import OBJECTS, SAMPLES

_IN_MENU = ("map", "map_objects")


def register_map_actions(context: AppContext, page: MapPage) -> None:
    """Add all actions of the map."""
    panels = page.panels

    def show(what: str) -> None:
        context.go(PLACE, DataTarget("map"))
        page.choose(what)

    def arrange() -> None:
        context.go(PLACE, DataTarget("map"))
        page.arrange()

    def like() -> None:
        if panels.current is not None:
            panels.choose_point(panels.current)

    def images() -> bool:
        session = context.session
        return session is not None and (len(session.index) > 0 or medium_of(session) == "sounds")

    def pointed() -> bool:
        return page.isVisible() and panels.current is not None

    def some() -> bool:
        return page.isVisible() and bool(panels.side.acting())

    needs = "Choose something on the map first."
    rows = (
        ("map", "Show all images or sounds by likeness", (), "map", lambda: show(SAMPLES), images,
         ""),
        ("map_objects", "Show all objects or regions by likeness", (), "map",
         lambda: show(OBJECTS), lambda: page.has_objects, "There is no object here yet."),
        ("map_arrange", "Arrange the map again", (), "refresh", arrange, images, ""),
        ("map_open", "Show where it is labelled", ("O",), "images", page.open_in_images,
         pointed, needs),
        ("map_like", "Show what is most like it", ("L",), "search", like, pointed, needs),
        ("map_hear", "Play it, or stop", ("P",), "play", page.hear,
         lambda: pointed() and page.has_sounds, needs),
        ("map_show", "List these alone where they are labelled", (), "list", page.show_in_images,
         lambda: page.isVisible() and bool(panels.side.shown_in_images()), needs),
        ("map_give", "Give them a class…", ("Ctrl+E",), "tag", page.ask_for_class,
         lambda: some() and panels.side.class_button.isVisible(), needs),
        ("map_delete", "Remove them", ("Del",), "trash", page.delete, some, needs),
        ("map_fit", "Show the whole map", ("Ctrl+F",), "fit", panels.canvas.fit, page.isVisible,
         ""),
    )
    for name, text, keys, icon, run, enabled, lacks in rows:
        menu = "Data" if name in _IN_MENU else ""
        context.actions.add(Action(f"{PLACE}.{name}", text, run, keys, PLACE, menu, icon, enabled,
                                   needs=lacks))
