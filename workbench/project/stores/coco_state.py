"""Where the labels of a COCO project lie, and what is known of its files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from workbench.project.layout import COCO_LABELS
from workbench.project.stores.coco_known import CocoDatabase

CLASSES, KNOWN = "classes.yaml", "known.sqlite"
_WORK, _REST = 0.004, 0.002  # seconds


class CocoState:
    """Of one project: paths, what was known of both sides, and what is decided of conflicts.

    Parameters
    ----------
    files
        The COCO files, as posix paths in the project ``folder``. Of an image that several list,
        the first counts.
    """

    def __init__(self, folder: Path, files: Iterable[str]) -> None:
        self.folder = folder
        self.labels = folder / COCO_LABELS
        self.home = self.labels.parent
        self.files = tuple(files)
        self.classes = self.home / CLASSES
        self.known = CocoDatabase(self.home / KNOWN)
        self.choices: dict[str, bool] = {}
        """Whether ours counts of images in conflict, as a person has chosen."""
        self.renumbered: dict[tuple[str, int], int] = {}
        """Ids of annotations that another program gave at the same time, by (file, id), and those
        that ours have now."""
        self._politely, self._began = False, 0.0

    def entry_path(self, key: str) -> Path:
        """The file that says what the labels of an image are to be."""
        return self.folder / self.entry_key(key)

    @staticmethod
    def entry_key(key: str) -> str:
        """As :meth:`entry_path`, as posix path in the project."""
        return f"{COCO_LABELS}/{key}.json"

    def throttle(self) -> None:
        """Rest now and then while the interpreter is shared with the window."""
        if self._politely and time.perf_counter() - self._began > _WORK:
            time.sleep(_REST)
            self._began = time.perf_counter()
