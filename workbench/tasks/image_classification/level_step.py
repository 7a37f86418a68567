"""The step that says which folders of images are their classes. No Qt in here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.project.class_levels import KEY, ClassLevels
from workbench.project.edits.commands import ClassCommand
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.labels import declared_level

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.tasks.image_classification.label_store import LabelStore


def use_level(session: Session, store: LabelStore, level: int) -> None:
    """Take the folders of a level for classes, 0 for none, as one step; classes that only folders
    of another level gave are none any more.

    Raises
    ------
    WorkbenchError
        If labels cannot be changed now.
    """
    before = declared_level(session.manifest)
    if level == before:
        return
    if store.problem or not store.ready:
        raise WorkbenchError(store.problem or "the labels are still being read", path=store.path,
                             kept="Nothing was changed.")
    keys, classes = session.index.keys(), session.classes
    old = {store.levels.name(key) for key in keys}
    new = ClassLevels(keys, level)
    gone = old - {new.name(key) for key in keys} - store.given()
    names, colors = classes.names, classes.colors

    def be(wanted: int | None, names: list[str]) -> None:
        store.require_free()
        session.manifest.task = ID  # from now on no look at the folder decides
        session.manifest.settings.setdefault(ID, {})[KEY] = wanted
        classes.replace(names, colors)
        session.manifest_changed()
        store.read_anew()

    kept = [name for name in names if name not in gone]
    session.undo.push(ClassCommand(
        tr("say which folders are classes"), session.person_changed, partial(be, level, kept),
        partial(be, before, list(names))))
