"""What a project asks of its objects, changed as one step of undo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.attributes import Attribute, check
from workbench.core.errors import UsageError
from workbench.core.skeletons import Skeleton
from workbench.project.edits.commands import ClassCommand

if TYPE_CHECKING:
    from workbench.project.session import Session


def declare_skeletons(session: Session, skeletons: Iterable[tuple[str, Skeleton]]) -> None:
    """Make these the key points of the project's classes. What objects have already stays.

    Raises
    ------
    UsageError
        If a class is there twice, or is none.
    """
    wanted, before = dict(listed := list(skeletons)), session.manifest.skeletons
    for name in wanted:
        if not name:
            raise UsageError("choose a class for the key points")
        if sum(other == name for other, _ in listed) > 1:
            raise UsageError(f"“{name}” is there twice")
    if wanted == before:
        return

    def become(now: dict[str, Skeleton]) -> None:
        session.manifest.skeletons = now
        session.attributes_changed.emit()

    session.undo.push(ClassCommand("change the key points", session.manifest_changed,
                                   lambda: become(wanted), lambda: become(before)))


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
