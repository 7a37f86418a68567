"""One look through a project's folder for sounds and what is said about them, in a thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.core.background import BackgroundThread, Post
from workbench.core.errors import Problem, UsageError, unexpected
from workbench.formats.atomic import disk_reason
from workbench.project.library.clips import ClipDocument, find_sounds, unreadable_clip
from workbench.project.library.scan import Breather, sort_politely

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary

_BATCH = 100


class SoundScan:
    """Finds the clips and reads header and table of each; tells the library on its thread."""

    def __init__(self, library: SoundLibrary, post: Post) -> None:
        self._library = library
        self._thread = BackgroundThread(self._run, name="sounds", post=post)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look no further; returns when the thread has ended, and nothing is told after that."""
        self._thread.cancel()
        self._thread.join()

    def _run(self, thread: BackgroundThread) -> None:
        library, breathe = self._library, Breather(thread)
        keys = sort_politely(list(find_sounds(library.folder, self._refused)), breathe)
        quick = library.known_by_name(keys)
        self._thread.post(lambda: library.set_keys(keys, quick))
        batch: list[ClipDocument] = []
        for key in keys:
            try:
                batch.append(library.read(key))
            except UsageError:
                continue  # removed since it was found
            except Exception as bug:  # costs this clip only
                batch.append(unreadable_clip(key, library.path(key), unexpected(bug)))
            breathe()
            if len(batch) >= _BATCH:
                self._thread.post(partial(library.set_read, batch))
                batch = []
        self._thread.post(partial(library.set_read, batch))
        self._thread.post(library.finish_scan)

    def _refused(self, error: OSError) -> None:
        """A folder that may not be looked into: its sounds are missing, and that is told."""
        reason = f"The folder could not be listed: {disk_reason(error, 'read')}."
        problem = Problem(str(error.filename), "unreadable-folder", reason)
        self._thread.post(lambda: self._library.session.add_problem(problem))
