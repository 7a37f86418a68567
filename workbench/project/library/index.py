"""All images of a project, kept up to date in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import WorkbenchError
from workbench.project.cache import cache_folder, read_names
from workbench.project.layout import Layout
from workbench.project.library.image_rows import ImageRows
from workbench.project.library.scan import Scan, sort_naturally
from workbench.project.stores.voc import VocStore

if TYPE_CHECKING:
    from workbench.core.background import Post
    from workbench.project.library.indexer import Indexer
    from workbench.project.stores.base import AnnotationStore

_FIRST_LOOK = 0.008  # seconds of listing before the first rows are handed out
_FIRST_ROWS = 2000  # as many are sorted at once in some milliseconds
_HELD = 60.0  # as long at most where the owner says when that is done
_SETTLE = 0.25  # seconds that a remembered folder is left alone while its first image is painted


class MediaIndex(ImageRows):
    """The images of a project; usable while they are still being found.

    While a folder that was never seen is being listed, its rows come in the disk's order and are
    sorted at the end with one ``reset``. What was found is remembered, so that the next opening has
    its rows at once and only looks for differences. Everything here is called and emitted on the
    owner's thread.
    """

    def __init__(self, folder: Path, layout: Layout, post: Post,
                 store: AnnotationStore | None = None) -> None:
        super().__init__(folder, layout, store if store is not None else VocStore(folder))
        self._post = post
        self._indexer: Indexer | None = None

    def saved(self, key: str) -> int:
        """All of ``key`` is on the disk, which is believed again once it was read anew.

        Not before: what is being read now may arrive only after the next edit. Returns the
        number of the edit that was saved, 0 for none.
        """
        edit = self._live.get(key, 0)
        if self._indexer is not None:
            self._indexer.saved(key, edit)
        else:
            self._live.pop(key, None)
        return edit

    def when_settled(self, what: Callable[[], None]) -> None:
        """Call ``what`` once all that was written so far is summarized again."""
        if self._indexer is not None:
            self._indexer.when_settled(what)

    def rename_class(self, old: str, new: str) -> None:
        super().rename_class(old, new)
        self.refresh()  # what is being read just now may have the old name

    def start(self, *, hold: bool = False) -> None:
        """Read what is remembered or take a first look, and go on in the background.

        With ``hold`` not before :meth:`go_on`, where there is something to show until then.
        """
        from workbench.project.library.indexer import Indexer

        cache = self._cache()
        remembered = read_names(cache, self.layout) if cache is not None else None
        scan = Scan(self.folder, self.layout)
        steps = scan.steps()
        if remembered is not None:
            self._keys = remembered
            self._sorted = True
        else:
            until = time.perf_counter() + _FIRST_LOOK
            for _ in steps:
                if time.perf_counter() > until or len(scan.keys) > _FIRST_ROWS:
                    break
            self._keys = sort_naturally(scan.keys)
        self._indexer = Indexer(self, cache, scan, steps, remembered, self._post)
        self.reset.emit()
        if hold and self._keys:
            self._indexer.start(_HELD)
        else:
            self._indexer.start(_SETTLE if remembered is not None else 0.0)

    def go_on(self) -> None:
        """The first image is painted: the interpreter can be shared."""
        if self._indexer is not None:
            self._indexer.go_on()

    def refresh(self) -> None:
        """Look for files that other programs added, changed or removed."""
        if self._indexer is not None:
            self._indexer.refresh()

    def prioritize(self, keys: Iterable[str]) -> None:
        """Summarize these images, which are in view, before the others."""
        if self._indexer is not None and self.summarizing:
            self._indexer.want(keys)

    def close(self) -> None:
        """Stop looking; returns when the background thread has ended."""
        if self._indexer is not None:
            self._indexer.stop()
            self._indexer = None

    def _cache(self) -> Path | None:
        try:
            return cache_folder(self.folder)
        except WorkbenchError:
            return None  # nowhere to remember anything: the folder is read anew each time
