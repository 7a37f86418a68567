"""Pictures of a source that cannot be used, told before they are imported."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, listed, tr
from workbench.media.images.readable import picture_info
from workbench.project.damage import cut_off_pictures

LONGEST = 20.0
"""Seconds; of 100,000 images on a disk that turns, nobody waits for all before an import."""


def damage_words(
    pictures: Sequence[Path], known: Collection[str] = (), progress: ProgressCallback | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[str]:
    """Sentences about those that cannot be read and those that break off, with their names.

    Nearly nothing but the beginning and the end of each file is read.

    Parameters
    ----------
    known
        Names of pictures of which it is told already that they cannot be read.
    progress, cancelled
        Called with how many were looked at, and of how many; asked before each.
    """
    look = _Look(pictures, progress or (lambda done, total: None), cancelled)
    broken = [Path(problem.path).name for problem in cut_off_pictures(look.readable())]
    unread = [f"{name} ({why})" for path, why in look.unread.items()
              if (name := path.name) not in known]
    words = []
    if unread:
        words.append(tr("{images} could not be read: {names}.",
                        images=count(len(unread), "image"), names=listed(unread)))
    if broken:
        words.append(tr("{images} off, so a part is missing: {names}.",
                        images=count(len(broken), "image breaks", "images break"),
                        names=listed(broken)))
    if look.done < len(pictures):
        words.append(tr("Whether pictures are whole was looked at in the first {done:,} of "
                        "{total:,}.", done=look.done, total=len(pictures)))
    return words


class _Look:
    """One look at each picture, for as long as somebody waits."""

    def __init__(self, pictures: Sequence[Path], progress: ProgressCallback,
                 cancelled: Callable[[], bool]) -> None:
        self._pictures, self._progress, self._cancelled = pictures, progress, cancelled
        self.done = 0
        self.unread: dict[Path, str] = {}
        """Why a picture cannot be read."""

    def readable(self) -> Iterator[Path]:
        """Those whose header can be read."""
        until = time.monotonic() + LONGEST
        for path in self._pictures:
            if self._cancelled() or time.monotonic() > until:
                return
            try:
                picture_info(path)
            except WorkbenchError as error:
                self.unread[path] = error.message.rstrip(".")
            else:
                yield path
            self.done += 1
            self._progress(self.done, len(self._pictures))
