"""What a project of images offers to learn areas from, as far as the window knows it by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.area_names import is_area_class
from workbench.core.text import count, tr
from workbench.gui.app.image_labels import ObjectLabelSummary
from workbench.project.rounds import LabellingState
from workbench.project.session import Session
from workbench.project.statistics.facts import facts_of
from workbench.tasks.segmentation.advice import boxes_only_text

if TYPE_CHECKING:
    from workbench.project.statistics.table import ObjectTable


MOSTLY = 0.5
"""Such a share of all labels are masks where areas are what somebody wants."""
_LOOKED_THROUGH = 5_000  # labelled images: reading those of more only for a hint would be felt


@dataclass(frozen=True, slots=True)
class AreaCounts:
    """How many labels there are, outlines and masks among them, and on how many images these are;
    of all ``labelled`` images how many hold boxes or key points ``alone``."""

    objects: int = 0
    polygons: int = 0
    masks: int = 0
    images: int = 0
    labelled: int = 0
    alone: int = 0

    @classmethod
    def of(cls, table: ObjectTable) -> AreaCounts:
        import numpy as np

        def having(shape: str) -> list[bool]:
            return [shape in said and "difficult" not in said
                    for said in (trait.split("\n") for trait in table.traits)]

        polygon, mask = (np.array(having(shape), bool)[table.trait]
                         for shape in ("polygon", "mask"))
        some, areas = (np.bincount(table.sample[those], minlength=len(table.keys)) > 0
                       for those in (slice(None), polygon | mask))
        return cls(len(table.sample), int(polygon.sum()), int(mask.sum()), int(areas.sum()),
                   int(table.labelled.sum()), int((some & ~areas).sum()))


class AreaLabelSummary(ObjectLabelSummary):
    """Labels as files say them are counted in the background, when Train asks for words."""

    def is_unlabelled(self, session: Session) -> bool:
        counts = _counts(session)
        return super().is_unlabelled(session) or (
            counts is not None and counts.labelled > 0 and not counts.images)

    def words(self, session: Session) -> str:
        facts_of(session).want()
        counts = _counts(session)
        if counts is None or super().is_unlabelled(session):
            return super().words(session)
        if not counts.images:
            return tr("{images} labelled, but with no outline or mask: boxes do not say which "
                      "pixels belong to a thing. In Images, M makes masks of what is in the "
                      "selected boxes.", images=count(counts.labelled, "image"))
        classes = sum(is_area_class(name) for name in session.classes.names)
        shapes = [count(number, word) for number, word in
                  ((counts.polygons, "polygon"), (counts.masks, "mask")) if number]
        words = tr("{shapes} on {images}, {classes}.", shapes=" and ".join(shapes),
                   images=count(counts.images, "image"), classes=count(classes, "class"))
        if not counts.alone:
            return words
        return f"{words} {boxes_only_text(counts.alone, counts.labelled)}."

    def labelling(self, session: Session, run: str) -> LabellingState:
        """Images with boxes only are still to be labelled, once they were counted."""
        state, counts = super().labelling(session, run), _counts(session)
        return state if counts is None else state._replace(
            labelled=max(0, state.labelled - counts.alone))

    def fits(self, session: Session) -> str:
        """Masks say what each pixel is, as whoever painted them wanted to know that."""
        if session.index.labelled_count() <= _LOOKED_THROUGH:
            facts_of(session).want()
        counts = _counts(session)
        if counts is None or counts.masks < MOSTLY * max(1, counts.objects):
            return ""
        return tr("Your labels are masks: “Areas in images” learns the class of each pixel.")

    def watch(self, session: Session, changed: Callable[[], None]
              ) -> Sequence[Callable[[], None]]:
        facts = facts_of(session)
        return [facts.changed.connect(changed), facts.outdated.connect(changed)]


def _counts(session: Session) -> AreaCounts | None:
    """As they were read last; None before that."""
    table = facts_of(session).table
    return AreaCounts.of(table) if table is not None and table.medium == "images" else None


DATA = AreaLabelSummary()
