"""What other programs did to the sounds of an open project: new, gone and replaced ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Post, Worker
from workbench.core.errors import UsageError
from workbench.core.signal import Signal
from workbench.project.library.clips import ClipDocument, ClipSummary, Stamp, find_sounds, stamp_of
from workbench.project.library.scan import Throttle

if TYPE_CHECKING:
    from workbench.project.library.file_library import FileLibrary

    Clips = FileLibrary[ClipSummary, ClipDocument]


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of clips that came in, that are gone, and whose sound is another."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.replaced)


TakeIn = Callable[[list[ClipDocument], list[str]], Changes]
"""Given clips that were read anew and keys that are gone, what of that was taken in."""


class SoundChanges:
    """Looks again, in a thread, when it is asked to, and has the library take in what is
    different; ``follow_tables`` is :meth:`SoundLibrary.follow_tables`."""

    def __init__(self, library: Clips, take_in: TakeIn, follow_tables: Callable[[], bool],
                 post: Post) -> None:
        self.found: Signal[Changes] = Signal()
        """(:class:`Changes`) the library has taken them in."""
        self.checked: Signal[()] = Signal()
        """A look is over, also one that found nothing."""
        self.recording = ""
        """Key of a clip that is still being recorded; it is no clip yet."""
        self._library, self._take_in, self._follow_tables = library, take_in, follow_tables
        self._worker = Worker(name="sound changes", post=post)
        self._closed = False
        self._again = False  # a look was asked for while one was under way
        library.finished.connect(self._go_on)

    def check(self) -> None:
        """Look again; where a look is under way, once more after it, as it may be past the file
        that has changed."""
        if self._closed:
            return
        if self._library.scanning or self._worker.busy:
            self._again = True
            return
        self._again = self._follow_tables()
        if self._again:
            return
        known = {key: self._library.summary(key).stamp for key in self._library}
        self._worker.start(partial(self._run, known), lambda found: self._take(*found))

    def close(self) -> None:
        """Look no more; returns when the thread has ended."""
        self._closed = True
        self._worker.cancel(None)

    def _run(self, known: dict[str, Stamp | None],
             thread: BackgroundThread) -> tuple[list[ClipDocument], list[str]]:
        library, throttle = self._library, Throttle(thread)
        refused: list[OSError] = []
        fresh: list[ClipDocument] = []
        there = set()
        for key in find_sounds(library.folder, refused.append):
            throttle()
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
        changes = self._take_in([item for item in fresh if item.key != self.recording], gone)
        if changes:
            self.found.emit(changes)
        self.checked.emit()
        self._go_on()

    def _go_on(self) -> None:
        if self._again:
            self.check()
