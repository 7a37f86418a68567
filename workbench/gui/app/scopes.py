"""What something can be said of in a project: one file, its folder, or all."""

from __future__ import annotations

from workbench.core.text import tr
from workbench.project.scale_table import folders_of
from workbench.project.session import Session


def scopes_of(session: Session, key: str, own: str) -> list[tuple[str, str]]:
    """Words and scope of each: the file ``key``, called ``own``, the folder that it is in, where
    others are not, and "" for the project."""
    found = [(own, key)]
    folder = next(iter(folders_of(key)), "")
    beside = (*session.index, *(session.videos_if_read or ()))
    if folder and any(not other.startswith(folder) for other in beside):
        found.append((tr("The folder “{name}”", name=folder.split("/")[-2]), folder))
    return [*found, (tr("The whole project"), "")]
