"""What a project offers to learn good images from, as far as the window knows it by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from workbench.core.text import count, tr
from workbench.extension.registry import load
from workbench.extension.tasks import WholeLabels, tasks
from workbench.extension.window import SplitOption
from workbench.project.session import Session
from workbench.tasks.anomaly.kind import ID
from workbench.tasks.anomaly.samples import GOOD, class_of_good


def whole_labels(session: Session) -> WholeLabels:
    """The classes of the images, which are read from now on."""
    found: WholeLabels = load(tasks.get(ID).open_labels)(session)
    return found


class GoodLabelSummary:
    """See :class:`workbench.extension.window.LabelSummary`."""

    def is_unlabelled(self, session: Session) -> bool:
        """Images without any class are all good: only where there are none can nothing be
        learned."""
        return not session.index.scanning and not len(session.index)

    def words(self, session: Session) -> str:
        images = len(session.index)
        if not images:
            return tr("No images yet.")
        labels = whole_labels(session)
        counts = Counter(", ".join(names) for key in session.index
                         if (names := labels.tags(key)))
        good = class_of_good(counts, images - sum(counts.values()))
        if not counts:
            return tr("{images}, all taken for good.", images=count(images, "image"))
        known = counts[good] if good else images - sum(counts.values())
        others = sum(number for name, number in counts.items() if name != good)
        words = tr("{images} called “{good}”", images=count(known, "image"), good=good) if good \
            else tr("{images} without a class, taken for {good}", images=count(known, "image"),
                    good=tr(GOOD))
        if not others:
            return tr("{words}, no faulty ones.", words=words)
        return tr("{words}; {others} to judge by.", words=words,
                  others=count(others, "faulty one"))

    def splits(self, session: Session) -> list[SplitOption]:
        return [SplitOption("default", tr("4 of 5 good ones"), tr(
            "Four fifths of the good images are learned from. The others, and all faulty ones, "
            "are for judging. Folders called train and test are followed where there are some."))]

    def watch(self, session: Session, changed: Callable[[], None]) -> list[Callable[[], None]]:
        return [whole_labels(session).changed.connect(lambda _keys: changed())]


DATA = GoodLabelSummary()
