"""Learning classes from the boxes of the open project: the crops become a project beside it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker


class _CropProjectMaker(QObject):
    """Makes one project of crops at a time."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._context = context
        self._worker = worker(self, "crops")

    def begin(self, project: Path) -> None:
        if self._worker.busy:
            self._context.say("info", tr("Boxes are being cut out already."))
            return
        target = free_folder(project)
        self._context.say("info", tr("Cutting out the boxes, into “{name}” …", name=target.name))

        def work(thread: BackgroundThread) -> str:
            from workbench.tasks.image_classification.crops import make_crops

            return make_crops(project, target, tick=lambda done, of: thread.check()).words()

        self._worker.start(work, partial(self._made, target),
                           lambda sentence: self._context.say("bad", sentence))

    def _made(self, target: Path, words: str) -> None:
        self._context.say("ok", words, tr("Open"), partial(self._context.open_wanted.emit, target))


def free_folder(project: Path) -> Path:
    """Where the crops of a project go: beside it, under a name that is free."""
    base = project.absolute()
    for number in range(1, 10_000):
        more = f" {number}" if number > 1 else ""
        target = base.with_name(f"{base.name} crops{more}")
        if not target.exists():
            return target
    raise AssertionError("one of so many names is free")


def crop_boxes(context: AppContext) -> None:
    """Make a project of the boxes of the open one, and offer to open it."""
    session = context.session
    if session is None:
        return
    maker = context.findChild(_CropProjectMaker) or _CropProjectMaker(context)
    assert isinstance(maker, _CropProjectMaker)
    maker.begin(session.folder)
