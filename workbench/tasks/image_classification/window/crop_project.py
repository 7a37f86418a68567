"""Learning classes from the boxes of the open project: the crops become a project beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker

Make = Callable[[Path, Path, ProgressCallback], str]
"""Makes a project of another one's, and says what became of it."""


class ProjectMaker(QObject):
    """Makes one project of what is labelled in another at a time."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._context = context
        self._worker = worker(self, "project-of-parts")

    @classmethod
    def of(cls, context: AppContext) -> ProjectMaker:
        """The one of this window."""
        maker = context.findChild(cls) or cls(context)
        assert isinstance(maker, cls)
        return maker

    def begin(self, project: Path, target: Path, words: str, make: Make) -> None:
        """Say what is begun, make the project in the background, and offer to open it."""
        if self._worker.busy:
            self._context.say("info", tr("A project is being made already."))
            return
        self._context.say("info", words, tr("Cancel"), self._worker.cancel)
        self._worker.start(
            lambda thread: make(project, target, lambda done, of: thread.check()),
            partial(self._made, target), lambda sentence: self._context.say("bad", sentence))

    def _made(self, target: Path, words: str) -> None:
        self._context.say("ok", words, tr("Open"), partial(self._context.open_wanted.emit, target))


def free_folder(project: Path, name: str = "crops") -> Path:
    """Where what is made of a project goes: beside it, under a name that is free."""
    base = project.absolute()
    for number in range(1, 10_000):
        more = f" {number}" if number > 1 else ""
        target = base.with_name(f"{base.name} {name}{more}")
        if not target.exists():
            return target
    raise AssertionError("one of so many names is free")


def crop_boxes(context: AppContext) -> None:
    """Make a project of the boxes of the open one, and offer to open it."""
    session = context.session
    if session is None:
        return
    target = free_folder(session.folder)
    ProjectMaker.of(context).begin(
        session.folder, target,
        tr("Cutting out the boxes, into “{name}” …", name=target.name), _crops)


def _crops(project: Path, target: Path, tick: ProgressCallback) -> str:
    from workbench.tasks.image_classification.crops import make_crops

    return make_crops(project, target, tick=tick).words()
