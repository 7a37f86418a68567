"""What a project of labelled images offers to learn from, as far as the window knows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from workbench.core.text import count
from workbench.extension.window import SplitOption
from workbench.project.session import Session
from workbench.tasks.image_classification.labels import find_table, read_labels


class ImageClassData:
    """See :class:`workbench.extension.window.TrainingData`."""

    def is_unlabelled(self, session: Session) -> bool:
        return not session.index.scanning and not self._counts(session)[0]

    def words(self, session: Session) -> str:
        images, classes = self._counts(session)
        if not images:
            return "No labelled images yet." if len(session.index) else "No images yet."
        return f"{count(images, 'image')}, {count(classes, 'class', 'classes')}."

    def splits(self, session: Session) -> list[SplitOption]:
        return [SplitOption("default", "70 / 15 / 15 of each class, or as the folders say",
                            "Images for training, validation and testing.")]

    def watch(self, session: Session, changed: Callable[[], None]) -> list[Callable[[], None]]:
        return []  # the images are watched for every project

    def _counts(self, session: Session) -> tuple[int, int]:
        if session.index.scanning:
            return 0, 0
        table = find_table(session.folder)
        return _counted(session.folder, tuple(session.index.keys()),
                        table.stat().st_mtime_ns if table is not None else 0)


@lru_cache(maxsize=2)
def _counted(folder: Path, keys: tuple[str, ...], changed: int) -> tuple[int, int]:
    """Labelled images and classes; remembered as long as neither images nor table change."""
    found = read_labels(folder, keys)
    return len(found.labels), len(found.classes)


DATA = ImageClassData()
