"""Where the samples of a run's previews lie, what is true on them, and in which colours."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor

from workbench.core.annotation import LabeledObject
from workbench.core.classes import class_color
from workbench.core.skeletons import Skeleton
from workbench.project.session import Session


class ProjectFiles:
    """Answers for the open project; ``classes`` are those of the run that is shown. What is true
    in another project is not known."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.classes: list[str] = []
        self.elsewhere: Path | None = None
        """Folder of another project, where the run that is shown is one of that."""

    def locate(self, file: str) -> Path:
        """The file of a preview, which names it by its key."""
        own = self.session.folder if self.session is not None else Path()
        return (self.elsewhere or own) / file

    def color_of(self, name: str) -> QColor:
        """The class's colour, the same as everywhere; a class that has gone keeps its place's."""
        number = self.classes.index(name) if name in self.classes else 0
        if self.session is None or self.elsewhere is not None:
            return QColor(class_color(number))
        return QColor(self.session.classes.shown_color(name, number))

    def skeleton_of(self, name: str) -> Skeleton:
        """What the key points of a class are called, and which are joined."""
        if self.session is None or self.elsewhere is not None:
            return Skeleton()
        return self.session.manifest.skeletons.get(name, Skeleton())

    def truth_of(self, file: str) -> tuple[LabeledObject, ...]:
        """The labelled boxes on an image; none where it has gone."""
        if self.session is None or self.elsewhere or file not in self.session.index:
            return ()
        return self.session.document(file).annotation.objects
