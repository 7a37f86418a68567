"""The program's entry in the applications menu: added, removed and kept working from the window."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

from workbench.core.text import tr
from workbench.desktop import menu
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker

_TOLD, _OFFERED = "menu/told", "menu/offered"
"""In the settings: the other copy that the menu starts, and of which a person was told once; that
an entry was offered."""
_CLICKED = "WORKBENCH_CLICKED"
"""In the environment: the program was started by a click on a file in its folder."""


def change(context: AppContext, wanted: bool) -> None:
    """Add the entry, or remove it, and say so; desktops take a moment to take it in."""
    done = tr("Workbench is in the applications menu now.") if wanted else \
        tr("Workbench was removed from the applications menu.")
    _in_background(context, wanted, lambda: context.say("ok", done))


def look(context: AppContext) -> None:
    """Have an entry work again whose copy has gone, as where the folder was moved; and say once
    that the menu starts another copy, as where a newer version was fetched, or that there could be
    an entry, to those who start it by a click in its folder."""
    state, known = menu.state(), menu.entry()
    if state == "gone":
        _in_background(context, True, lambda: context.log.add(
            "info", tr("The entry in the applications menu starts this copy of Workbench now.")))
    elif state == "other" and known is not None \
            and context.settings.value(_TOLD) != str(known.folder):
        context.settings.setValue(_TOLD, str(known.folder))
        context.say("info", tr("The applications menu starts another copy of Workbench, in "
                               "{folder}.", folder=known.folder),
                    tr("Start this one"), partial(change, context, True), stays=True)
    elif state == "none" and os.environ.get(_CLICKED) and not context.settings.value(_OFFERED):
        context.settings.setValue(_OFFERED, "yes")
        context.say("info", tr("Workbench can be started from the applications menu, too."),
                    tr("Add it there"), partial(change, context, True), stays=True)


def _in_background(context: AppContext, wanted: bool, then: Callable[[], object]) -> None:
    """Icons are drawn and the desktop is told: a second on a slow disk."""
    worker(context, "menu").start(
        lambda _thread: menu.add() if wanted else menu.remove(),
        lambda _result: then(), lambda sentence: context.say("bad", sentence))
