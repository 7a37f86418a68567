"""What a project of sorted images offers to learn from, as far as the window knows it by itself."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core.text import count, tr
from workbench.extension.window import SplitOption
from workbench.project.rounds import LabellingState
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import labels_of

_NAMES = {"class": ("class", "classes"), "tags": ("tag", "tags")}


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
        labelled, names = count(store.labelled, "labelled image"), len(store.counts())
        if store.kind == "number":
            return f"{labelled}."
        return f"{labelled}, {count(names, *_NAMES[store.kind])}."

    def label_kind(self, session: Session) -> str:
        return labels_of(session).kind

    def labelling(self, session: Session, run: str) -> LabellingState:
        number, labelled = len(session.index), labels_of(session).labelled
        return LabellingState(number, labelled, left=number - labelled)

    def splits(self, session: Session) -> list[SplitOption]:
        return [SplitOption("default", "70 / 15 / 15", tr("Images for training, validation and "
                               "testing, each class in every part. Folders called train, val and "
                               "test are followed where there are some."))]

    def watch(self, session: Session, changed: Callable[[], None]) -> list[Callable[[], None]]:
        return [labels_of(session).changed.connect(lambda _keys: changed())]


DATA = ImageLabelSummary()


def outputs(session: Session) -> int:
    """A number, or one for each class."""
    store = labels_of(session)
    return 1 if store.kind == "number" else max(2, len(store.counts()))
