"""Files in the folder of the open project of which images can be made: JPEG images are made beside
RAW photos; of those of microscopes, and DICOM, Images
asks which ones are made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext, PagesTarget, Tone
from workbench.gui.app.progress_sheet import ProgressSheet
from workbench.gui.app.undo_action import goes_when_undone, undo_action
from workbench.gui.background.threads import worker
from workbench.media.conversion_kinds import PHOTOS
from workbench.media.images.stack_kinds import stack_titles
from workbench.project.edits.file_steps import ImportedFiles
from workbench.project.imports.beside import MadeBeside, make_beside

if TYPE_CHECKING:
    from workbench.gui.shell.overlays import Overlays
    from workbench.project.library.scan import Unread
    from workbench.project.session import Session

_LEFT = "unread-left"
"""Settings below it say of how many files of a folder nobody wants to hear more."""


class PhotoController(QObject):
    """Offers it, does it in the background, and makes it one step of undo."""

    def __init__(self, overlays: Overlays, context: AppContext) -> None:
        super().__init__(overlays)
        self._context = context
        self._worker = worker(self, "raw-photos")
        self._sheet = ProgressSheet(overlays, self._worker.stop)

    def stop(self) -> None:
        """The program ends: nothing half stays."""
        self._worker.cancel(None)

    def offer(self, session: Session, unread: Unread) -> None:
        """Say which files are not shown as they are, and offer what helps."""
        setting, number = f"{_LEFT}/{session.folder}", str(sum(map(len, unread)))
        if self._worker.busy or number == str(self._context.settings.value(setting)):
            return
        photos, stacks = unread
        words, button, act = (
            tr("Not shown: {photos} ({kinds}). Make a JPEG image beside each? The RAW photos stay.",
               photos=count(len(photos), "RAW photo"), kinds=PHOTOS.names(photos)),
            tr("Make JPEG images"), lambda: self.make(session, photos)) if photos else (
            tr("Not shown: {files} ({kinds}). Make images of what is in them? The files stay.",
               files=count(len(stacks), "file"), kinds=stack_titles(stacks)),
            tr("Make images…"), lambda: self.ask_about_stacks(session, stacks))
        self._context.say(
            "info", words, button, act, stays=True, other_text=tr("Leave them"),
            other=lambda: self._context.settings.setValue(setting, number))

    def ask_about_stacks(self, session: Session, stacks: Sequence[str]) -> None:
        """Have Images ask which images are made of these files."""
        if self._context.session is session:
            self._context.go("images", PagesTarget(tuple(session.folder / key for key in stacks)))

    def make(self, session: Session, photos: Sequence[str]) -> None:
        """Make an image of each of the ``photos``."""
        if self._worker.busy or self._context.session is not session:
            return
        files = [session.folder / key for key in photos]
        self._sheet.begin(tr("JPEG images of RAW photos"), tr("Making images …"))

        def work(thread: BackgroundThread) -> MadeBeside:
            return make_beside(files, thread, self._sheet.reporting(thread))

        self._worker.start(work, lambda done: self._made(session, done))

    def _made(self, session: Session, done: MadeBeside) -> None:
        self._sheet.end()
        context = self._context
        if context.session is not session:
            return  # what was made is found when this one is opened again
        images = count(len(done.new), "JPEG image") if done.new else tr("no image")
        words = tr("Stopped: made {images}.", images=images) if done.stopped else \
            tr("Made {images}.", images=images)
        if done.failures:
            words = f"{words} {done.failed_words}"
        tone: Tone = "warn" if done.failures or done.stopped else "ok"
        detail = "\n".join(done.failures)
        if not done.new:
            context.say("bad" if done.failures else "info", words, detail=detail)
            return
        keys = [Path(path).relative_to(session.folder).as_posix() for path in done.new]
        step = ImportedFiles(session, keys, ())
        session.undo.push(step)
        context.say(tone, words, tr("Undo"), lambda: undo_action(context, session, step),
                    detail=detail)
        goes_when_undone(context, session, step, words)
        session.index.refresh()
