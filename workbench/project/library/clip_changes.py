"""What other programs did to the sounds of an open project: new, gone and replaced ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Post, Worker
from workbench.core.errors import UsageError
from workbench.core.signal import Signal
from workbench.project.library.clips import ClipDocument, Stamp, find_sounds, stamp_of
from workbench.project.library.scan import Breather

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of clips that came in, that are gone, and whose sound is another."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.replaced)


class SoundChanges:
    """Looks again, in a thread, when it is asked to, and reports to the library what is different.

    Attributes
    ----------
    recording
        Key of a clip that is still being recorded; it is no clip yet.

    Signals
    -------
    found
        (:class:`Changes`) the library has taken them in.
    checked
        A look is over, also one that found nothing.
    """

    def __init__(self, library: SoundLibrary, post: Post) -> None:
        self.found: Signal[Changes] = Signal()
        self.checked: Signal[()] = Signal()
        self.recording = ""
        self._library = library
        self._worker = Worker(name="sound changes", post=post)
        self._closed = False

    def check(self) -> None:
        """Look again, unless that is under way."""
        if self._library.scanning or self._closed or self._worker.busy:
            return
        known = {key: self._library.summary(key).stamp for key in self._library}
        self._worker.start(partial(self._run, known), lambda found: self._take(*found))

    def close(self) -> None:
        """Look no more; returns when the thread has ended."""
        self._closed = True
        self._worker.cancel(None)

    def _run(self, known: dict[str, Stamp | None],
             thread: BackgroundThread) -> tuple[list[ClipDocument], list[str]]:
        library, breathe = self._library, Breather(thread)
        refused: list[OSError] = []
        fresh: list[ClipDocument] = []
        there = set()
        for key in find_sounds(library.folder, refused.append):
            breathe()
            there.add(key)
            before = known.get(key)
            if key in known and (before is None or stamp_of(library.path(key), before.table)
                                 == before):
                continue
            try:
                fresh.append(library.read(key))
            except UsageError:
                there.discard(key)  # removed meanwhile
            except (OSError, ValueError):
                continue  # one that fails costs itself only
        # a folder that cannot be listed, or is not the project's, says nothing about what is in it
        gone = [] if refused else [key for key in known if key not in there]
        if gone and not library.session.identity.is_there():
            gone = []
        return fresh, gone

    def _take(self, fresh: list[ClipDocument], gone: list[str]) -> None:
        library = self._library
        # what has changed since it was read is looked at the next time
        fresh = [item for item in fresh if item.key != self.recording and item.stamp is not None
                 and stamp_of(item.path, item.stamp.table) == item.stamp]
        gone = [key for key in gone if library.row(key) is not None
                and not library.path(key).exists()]
        new = [item.key for item in fresh if library.row(item.key) is None]
        replaced = [item.key for item in fresh if library.row(item.key) is not None
                    and self._take_one(item)]
        if gone:
            library.remove_keys(gone)
        if new:
            library.add_keys(new)
            library.find_classes()
        changes = Changes(tuple(new), tuple(gone), tuple(replaced))
        if changes:
            self.found.emit(changes)
        self.checked.emit()

    def _take_one(self, fresh: ClipDocument) -> bool:
        """Take in a clip that was read anew; whether its sound is another."""
        library, key = self._library, fresh.key
        before = library.summary(key).stamp
        library.refresh_document(fresh)
        return before is not None and fresh.stamp is not None and before.clip != fresh.stamp.clip
