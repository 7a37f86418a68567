"""What a project of sounds offers to learn calls from, as far as the window knows it by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.core.text import count, tr
from workbench.gui.app.sound_labels import SoundLabelSummary
from workbench.project.session import Session
from workbench.project.statistics.facts import facts_of
from workbench.tasks.sound_detection.kind import ID

if TYPE_CHECKING:
    from workbench.project.statistics.table import ObjectTable

MOSTLY = 0.5
"""Such a share of the labelled regions have a band where calls are what somebody wants."""
_LOOKED_THROUGH = 5_000  # labelled sounds: reading those of more only for a hint would be felt


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How many regions there are, how many of these have a band, of how many classes, and in how
    many recordings they are."""

    regions: int
    calls: int
    classes: int
    recordings: int

    @classmethod
    def of(cls, table: ObjectTable) -> CallCounts:
        import numpy as np

        start, low, end, high = table.bounds.T
        seconds = table.sizes[table.sample, 0]
        known = np.isfinite(low) & np.isfinite(high)
        # the class of a sound as a whole is a region over all of it
        parts = known | (start > 0.01) | (end < seconds - 0.01)
        return cls(int(parts.sum()), int(known.sum()), len(np.unique(table.label[known])),
                   len(np.unique(table.sample[known])))


class CallLabelSummary(SoundLabelSummary):
    """Regions as files say them are counted in the background, when Train asks for words."""

    def is_unlabelled(self, session: Session) -> bool:
        counts = _counts(session)
        return super().is_unlabelled(session) or (counts is not None and not counts.calls)

    def words(self, session: Session) -> str:
        facts_of(session).want()
        counts = _counts(session)
        if counts is None or super().is_unlabelled(session):
            return super().words(session)
        if not counts.calls:
            return tr("{regions}, but none with a lowest and a highest frequency: in Audio, hold "
                      "Shift and drag over a call.", regions=count(counts.regions, "region"))
        words = tr("{calls} in {recordings}, {classes}.", calls=count(counts.calls, "call"),
                   recordings=count(counts.recordings, "recording"),
                   classes=count(counts.classes, "class"))
        bare = counts.regions - counts.calls
        return words if not bare else tr(
            "{words} {regions} without a band left out.", words=words,
            regions=count(bare, "region"))

    def fits(self, session: Session) -> str:
        """A band was drawn by who wanted to know where in frequency calls are."""
        if len(session.sounds) <= _LOOKED_THROUGH:
            facts_of(session).want()
        counts = _counts(session)
        if counts is None or not counts.calls or counts.calls < MOSTLY * counts.regions:
            return ""
        return tr("{calls} of your {regions} have a lowest and a highest frequency: “Calls in "
                  "sounds” finds such boxes, also of calls above each other.",
                  calls=f"{counts.calls:,}", regions=count(counts.regions, "region"))

    def watch(self, session: Session, changed: Callable[[], None]
              ) -> list[Callable[[], None]]:
        facts = facts_of(session)
        more: Sequence[Callable[[], None]] = (facts.changed.connect(changed),
                                              facts.outdated.connect(changed))
        return [*super().watch(session, changed), *more]


def _counts(session: Session) -> CallCounts | None:
    """As they were read last; None before that."""
    table = facts_of(session).table
    return CallCounts.of(table) if table is not None and table.medium == "sounds" else None


DATA = CallLabelSummary(ID)
