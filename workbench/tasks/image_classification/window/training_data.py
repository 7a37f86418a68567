"""What a project of sorted images offers to learn from, as far as the window knows it by itself."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core.text import count, tr
from workbench.extension.window import SplitOption
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of


class ImageLabelSummary:
    """See :class:`workbench.extension.window.LabelSummary`."""

    def is_unlabelled(self, session: Session) -> bool:
        store = labels_of(session)
        return not session.index.scanning and store.ready and not store.labelled

    def words(self, session: Session) -> str:
        store = labels_of(session)
        if self.is_unlabelled(session):
            return tr("No labelled images yet.") if len(session.index) else tr("No images yet.")
        if not store.ready:
            return tr("Reading labels …")
        return (f"{count(store.labelled, 'labelled image')}, "
                f"{count(len(store.counts()), 'class', 'classes')}.")

    def splits(self, session: Session) -> list[SplitOption]:
        return [SplitOption("default", "70 / 15 / 15", tr("Images for training, validation and "
                               "testing, each class in every part. Folders called train, val and "
                               "test are followed where there are some."))]

    def watch(self, session: Session, changed: Callable[[], None]) -> list[Callable[[], None]]:
        return [labels_of(session).changed.connect(lambda _keys: changed())]


DATA = ImageLabelSummary()
