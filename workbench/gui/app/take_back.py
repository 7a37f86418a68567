"""The way back from a step that is offered in a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.widgets.labels import key_text

if TYPE_CHECKING:
    from workbench.core.commands import Command
    from workbench.gui.app.context import AppContext
    from workbench.project.session import Session


def take_back(context: AppContext, session: Session, step: Command,
              before: Callable[[], object] = lambda: None) -> bool:
    """Undo ``step`` of ``session``, or say why that cannot be; whether it was undone.

    Called after another project was opened, it does nothing. ``before`` is called before files
    may be moved.
    """
    if context.session is not session:
        return False
    if session.undo.undo_step is not step:
        context.say("info", tr("Undo first what you did after it ({key_text}).",
                               key_text=key_text("Ctrl+Z")))
        return False
    before()
    try:
        session.undo.undo()
    except WorkbenchError as error:
        context.say("bad", error.sentence())
        return False
    return True
