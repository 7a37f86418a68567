"""One look through a project's folder for sounds and what is said about them, in a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, UsageError, unexpected
from workbench.formats.atomic import disk_reason
from workbench.project.library.clips import ClipDocument, find_sounds, unreadable_clip
from workbench.project.library.scan import Breather, Stopped, sort_politely

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary

_BATCH = 100


class SoundScan:
    """Finds the clips and reads header and table of each; tells the library on its thread."""

    def __init__(self, library: SoundLibrary, post: Callable[[Callable[[], None]], None]) -> None:
        self._library = library
        self._post_raw = post
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sounds", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look no further; returns when the thread has ended, and nothing is told after that."""
        self._stop.set()
        self._thread.join()

    def _post(self, what: Callable[[], None]) -> None:
        self._post_raw(lambda: None if self._stop.is_set() else what())

    def _run(self) -> None:
        library, breathe = self._library, Breather(self._stop.is_set)
        try:
            keys = sort_politely(list(find_sounds(library.folder, self._refused)), breathe)
            quick = library.known_by_name(keys)
            self._post(lambda: library.take_keys(keys, quick))
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
                    self._post(partial(library.take, batch))
                    batch = []
            self._post(partial(library.take, batch))
            self._post(library.take_end)
        except Stopped:
            return

    def _refused(self, error: OSError) -> None:
        """A folder that may not be looked into: its sounds are missing, and that is told."""
        reason = f"The folder could not be listed: {disk_reason(error, 'read')}."
        problem = Problem(str(error.filename), "unreadable-folder", reason)
        self._post(lambda: self._library.session.add_problem(problem))
