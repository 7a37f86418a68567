"""What a project asks of its objects, changed as one step of undo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.attributes import Attribute, check
from workbench.core.errors import UsageError
from workbench.project.edits.commands import ClassCommand

if TYPE_CHECKING:
    from workbench.project.session import Session


def declare_attributes(session: Session, attributes: Iterable[Attribute]) -> None:
    """Make these the attributes of the project's objects. What objects have already stays.

    Raises
    ------
    UsageError
        If two have the same name, or one has none, or a choice has nothing to choose.
    """
    wanted, before = tuple(attributes), session.manifest.attributes
    try:
        check(wanted)
    except ValueError as error:
        raise UsageError(str(error)) from error
    if wanted == before:
        return

    def become(now: tuple[Attribute, ...]) -> None:
        session.manifest.attributes = now
        session.attributes_changed.emit()

    session.undo.push(ClassCommand("change the attributes", session.manifest_changed,
                                   lambda: become(wanted), lambda: become(before)))
