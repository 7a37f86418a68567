"""Many suggestions made labels, or rejected, in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.core.text import count, tr
from workbench.project.accepted_areas import with_accepted
from workbench.project.suggestion_steps import SuggestionStep
from workbench.project.suggestions import Suggested, Suggestions, fresh

if TYPE_CHECKING:
    from workbench.project.library.clips import ClipDocument
    from workbench.project.library.document import Document
    from workbench.project.session import Session


def counted_on(objects: int, samples: int, *, sounds: bool = False) -> str:
    """ "3 objects on 2 images", or "3 regions in 2 clips"."""
    if sounds:
        return tr("{regions} in {clips}", regions=count(objects, "region"),
                  clips=count(samples, "sound"))
    return tr("{objects} on {images}", objects=count(objects, "object"),
              images=count(samples, "image"))


class Reviewed(NamedTuple):
    """How many became labels, on how many images, and how many were rejected."""

    boxes: int
    images: int
    rejected: int
    sounds: bool = False

    def sentence(self) -> str:
        """What is said to the person."""
        if not self.boxes and not self.rejected:
            return tr("All of these were labelled already.")
        if not self.boxes:
            return tr("Rejected {objects}.",
                      objects=count(self.rejected, "region" if self.sounds else "object"))
        accepted = tr("Accepted {objects}",
                      objects=counted_on(self.boxes, self.images, sounds=self.sounds))
        return tr("{accepted}; rejected {number:,}.", accepted=accepted,
                  number=self.rejected) if self.rejected else f"{accepted}."


def judge(session: Session, store: Suggestions, accepted: Mapping[str, Suggested],
          rejected: Mapping[str, Suggested], then: Callable[[Reviewed], object], *,
          sounds: bool = False, joined: bool = False) -> None:
    """Make suggestions labels and reject others, by image, as one step; ``then`` is told when that
    is done. Where a label stands in the place of one already, no second one is made; ``joined`` is
    as :func:`~workbench.project.accepted_areas.with_accepted` has it.

    Raises
    ------
    WorkbenchError
        If the labels of one of a few images must not be changed; nothing was changed.
    """
    words = _step_text(accepted, rejected)
    made: dict[str, int] = {}  # written by the thread that prepares the step

    def change(document: Document | ClipDocument) -> tuple[LabeledObject, ...]:
        objects = document.annotation.objects
        new = fresh(accepted.get(document.key, ()), objects)
        after = with_accepted(objects, new, joined=joined,
                              image=document.annotation.size)
        made[document.key] = len(new) if after != objects else 0  # all of it may be painted
        return after

    def take_away(keys: list[str]) -> None:
        there = (key for key, new in made.items() if not new)  # labelled already
        gone = {key: (*accepted.get(key, ()), *rejected.get(key, ()))
                for key in dict.fromkeys((*keys, *there, *rejected))}
        session.undo.push(SuggestionStep(
            store, {key: store.without(key, items) for key, items in gone.items()}, words,
            rejected))

    def report(images: int) -> None:
        then(Reviewed(sum(made.values()), images, sum(map(len, rejected.values())), sounds))

    if sounds:
        session.sounds.change_many(accepted, change, words, besides=take_away, then=report)
    else:
        session.images.change_many(accepted, change, words, besides=take_away, then=report)


def _step_text(accepted: Mapping[str, Suggested], rejected: Mapping[str, Suggested]) -> str:
    """Name of the step."""
    yes, no = (sum(map(len, part.values())) for part in (accepted, rejected))
    if not yes:
        return tr("reject {suggestions}", suggestions=count(no, "suggestion"))
    accept = tr("accept {suggestions}", suggestions=count(yes, "suggestion"))
    return tr("{accept}, reject {no:,}", accept=accept, no=no) if no else accept
