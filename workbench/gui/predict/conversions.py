"""Files for a model that are not read as they are, recordings of telephones, RAW photos of cameras
and stacks: what is read is made of them on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext, PagesTarget, Tone
from workbench.gui.background.threads import worker
from workbench.media.conversion_kinds import PHOTOS, RECORDINGS, conversion_of
from workbench.project.imports.beside import MadeBeside, make_beside


class Conversions(QObject):
    """Makes FLAC files beside recordings, and JPEG images beside RAW photos.

    Parameters
    ----------
    add
        Called with what was made.
    """

    def __init__(self, context: AppContext, add: Callable[[Sequence[Path]], object],
                 parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._add = context, add
        self._worker = worker(self, "predict-conversions")

    def offer(self, files: Sequence[Path]) -> None:
        """Say that ``files`` are not looked at as they are, and offer what helps."""
        if conversion_of(files[0]) is PHOTOS:
            words = tr("Not looked at: {photos} ({kinds}). Make a JPEG image beside each? The RAW "
                       "photos stay.",
                       photos=count(len(files), "RAW photo"), kinds=PHOTOS.names(files))
            button = tr("Make JPEG images")
        else:
            words = tr("{kinds} recordings cannot be looked at as they are. Make FLAC files of "
                       "{sounds} beside them? The recordings stay.",
                       sounds=count(len(files), "sound"), kinds=RECORDINGS.names(files))
            button = tr("Make FLAC files")
        self._context.say("info", words, button, lambda: self._make(files), stays=True)

    def say(self, tone: Tone, words: str, stacks: Sequence[Path]) -> None:
        """Say something; where that is about ``stacks``, offer to make images of their pages."""
        if not stacks:
            self._context.say(tone, words)
            return
        self._context.say(tone, words, tr("Make images…"), lambda: self._context.go(
            "images", PagesTarget(tuple(stacks))))

    def stop(self) -> None:
        """End what is under way, without a word; nothing half stays."""
        self._worker.cancel(0.0)

    def _make(self, files: Sequence[Path]) -> None:
        photos = conversion_of(files[0]) is PHOTOS
        words = tr("Making JPEG images of {photos} …", photos=count(len(files), "RAW photo")) \
            if photos else tr("Making FLAC files of {sounds} …",
                              sounds=count(len(files), "sound"))
        self._context.say("info", words, tr("Cancel"), self._worker.stop, stays=True)

        def work(thread: BackgroundThread) -> MadeBeside:
            return make_beside(files, thread)

        self._worker.start(work, lambda done: self._done(done, photos))

    def _done(self, done: MadeBeside, photos: bool) -> None:
        if done.files:
            self._add(done.files)
        if done.failures:
            self._context.say("bad", done.failed_words)
        else:
            files = count(len(done.files), "JPEG image is", "JPEG images are") if photos else \
                count(len(done.files), "FLAC file is", "FLAC files are")
            self._context.say("info", tr("Stopped: {sounds} there.", sounds=files) if done.stopped
                              else tr("{sounds} there.", sounds=files))
