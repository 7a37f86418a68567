"""What a project of images with labels beside them offers to learn from, as far as the window knows
it by itself, whatever is learned of these labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.core.text import count, tr
from workbench.extension.window import SplitOption
from workbench.project.rounds import LabellingState
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of


class ObjectLabelSummary:
    """See :class:`workbench.extension.window.LabelSummary`."""

    def is_unlabelled(self, session: Session) -> bool:
        looked = not session.index.scanning and not session.index.summarizing
        return looked and not session.index.class_counts()

    def words(self, session: Session) -> str:
        if self.is_unlabelled(session):
            return tr("No labelled images yet.") if len(session.index) else tr("No images yet.")
        images = count(session.index.labelled_count(), "image")
        return f"{images}, {count(len(session.classes), 'class')}."

    def labelling(self, session: Session, run: str) -> LabellingState:
        index, store = session.index, suggestions_of(session)
        objects, images = store.sums()
        asked = store.asked_by(run)
        bare = sum((found := index.summary(key)) is not None and not found.labelled
                   for key in asked)
        return LabellingState(len(index), index.labelled_count(), images, objects, len(asked),
                         index.unlabelled_count() - bare)

    def splits(self, session: Session) -> list[SplitOption]:
        published = (session.folder / "ImageSets" / tr("Main")).is_dir()
        words = tr("As published (ImageSets)") if published else "70 / 15 / 15"
        return [SplitOption("default", words, tr("Images for training, validation and testing."))]

    def watch(self, session: Session, changed: Callable[[], None]
              ) -> Sequence[Callable[[], None]]:
        return []  # the images are watched for every project
