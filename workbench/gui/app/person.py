"""The name that a person has chosen to keep with what they label; none until they say one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from workbench.core.paths import is_file
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.project.labelled_by import labelled_by_of
from workbench.project.layout import LABELLED_BY

if TYPE_CHECKING:
    from workbench.project.session import Session

_NAME = "person/name"
_LONGEST = 60


def person_name(context: AppContext) -> str:
    """What they are called, or ""."""
    return str(context.settings.value(_NAME, ""))


def say_name(context: AppContext, name: str) -> None:
    """Keep another name from now on, "" for none; what was labelled before stays as it is."""
    name = " ".join(name.split())[:_LONGEST]
    if name == person_name(context):
        return
    if name:
        context.settings.setValue(_NAME, name)
    else:
        context.settings.remove(_NAME)
    if context.session is not None:
        _tell(context, context.session)


def follow_session(context: AppContext) -> None:
    """Note the name with what is labelled in each project that is opened."""
    def opened() -> None:
        session = context.session
        if session is not None and (person_name(context)
                                    or is_file(session.folder / LABELLED_BY)):
            _tell(context, session)

    context.session_changed.connect(opened)


def _tell(context: AppContext, session: Session) -> None:
    labelled_by_of(session).person = person_name(context)


class NameField(QLineEdit):
    """Asks for the name; empty means that none is kept.

    Parameters
    ----------
    at_once
        It is kept when the field is left; else only by :meth:`keep`, as on a sheet that can be
        cancelled.
    """

    def __init__(self, context: AppContext, *, at_once: bool = True) -> None:
        super().__init__(person_name(context))
        self._context = context
        self.setMaxLength(_LONGEST)
        self.setPlaceholderText(tr("no name"))
        self.setAccessibleName(tr("Your name"))
        self.setToolTip(tr("Kept in {file} of a project with what you label and verify from now "
                           "on; empty: nothing is kept", file=LABELLED_BY))
        if at_once:
            self.editingFinished.connect(self.keep)

    def keep(self) -> None:
        """Take over what stands in it."""
        say_name(self._context, self.text())
