"""The clip that is being edited: its regions, the marked stretch, and every edit as one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.label.editor import LabelEditor, Objects
from workbench.gui.label.suggestion_controller import SuggestionController
from workbench.project.library.clips import ClipDocument

if TYPE_CHECKING:
    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.session import Session

SHORTEST = 0.002
"""Seconds that a region lasts at least, and the size in Hz below."""
NARROWEST = 1.0
COPY_SHIFT = 0.05


class ClipEditor(LabelEditor[ClipDocument]):
    """The state of the Audio place, and what a person can do to it.

    ``objects`` are all regions of the clip, the one for the whole of it included.
    """

    noun = "region"

    def __init__(self) -> None:
        super().__init__()
        self.stretch: tuple[float, float] | None = None
        """``(start, end)`` in seconds that was marked on the waveform, or None."""
        self.banded = False
        """Whether a drag draws time and frequency, not time alone."""
        self.ghosts: tuple[tuple[float, float], ...] = ()
        """``(start, end)`` of regions that are proposed and not made yet."""
        self.stretch_changed: Signal[()] = Signal()
        self._parts: Sequence[int] = ()
        self._parts_of: tuple[Objects, float] = (), 0.0  # of which regions, in which duration
        self.suggestions = SuggestionController(self, sounds=True)

    def set_session(self, session: Session | None) -> None:
        super().set_session(session)
        self.suggestions.set_session(session)

    # --- contents -------------------------------------------------------------------------------

    @property
    def library(self) -> SoundLibrary | None:
        return self.session.sounds if self.session is not None else None

    @property
    def parts(self) -> Sequence[int]:
        """Positions of the regions that are parts of the clip."""
        objects, duration = self.objects, self.duration
        if self._parts_of[0] is not objects or self._parts_of[1] != duration:
            self._parts_of = objects, duration
            self._parts = [at for at, item in enumerate(objects)
                           if not item.region.is_whole(duration)]
        return self._parts

    def spans(self) -> Iterator[tuple[float, float, str]]:
        """From and to when each part is, in seconds, and its class."""
        objects = self.objects
        return ((objects[at].start, objects[at].end, objects[at].label) for at in self.parts)

    @property
    def whole_label(self) -> str:
        """Class of the clip as a whole, or ""."""
        if self.document is None:
            return ""
        return self.document.annotation.whole_label(self.duration) or ""

    @property
    def duration(self) -> float:
        return self.document.duration if self.document is not None else 0.0

    @property
    def nyquist(self) -> float:
        return self.document.nyquist if self.document is not None else 0.0

    @property
    def focus_range(self) -> tuple[float, float] | None:
        """What to loop over or zoom to: the marked stretch, or else the selected regions."""
        if self.stretch is not None:
            return self.stretch
        chosen = self.selected
        if not chosen:
            return None
        return min(item.start for item in chosen), max(item.end for item in chosen)

    # --- which clip -----------------------------------------------------------------------------

    def _fetch(self, key: str) -> ClipDocument:
        library = self.library
        assert library is not None
        library.check_disk(key)
        return library.document(key)

    def check_disk(self) -> None:
        """Take in what another program did to the labels of the clip meanwhile."""
        if self.library is not None and self.document is not None:
            try:
                self.library.check_disk(self.key)
            except WorkbenchError as error:
                self.refused.emit(error.sentence())

    def _forget(self) -> None:
        super()._forget()
        self.stretch, self.ghosts = None, ()

    # --- selection and modes --------------------------------------------------------------------

    def step(self, direction: int) -> None:
        """Select the next part in time, or the one before."""
        order = sorted(self.parts, key=lambda at: self.objects[at].start)
        if not order:
            return
        if self.active not in order:
            self.select((order[0 if direction > 0 else -1],))
            return
        place = order.index(self.active) + direction
        self.select((order[place % len(order)],))

    def set_stretch(self, start: float, end: float) -> None:
        """Mark a stretch of time; one without length takes the mark away."""
        low, high = sorted((self.inside(start), self.inside(end)))
        stretch = (low, high) if high - low >= SHORTEST else None
        if stretch != self.stretch:
            self.stretch = stretch
            self.stretch_changed.emit()

    def mark_start(self, at: float) -> None:
        """The marked stretch begins at ``at`` and ends where it did, or at the clip's end."""
        self.set_stretch(at, self.stretch[1] if self.stretch and self.stretch[1] > at
                         else self.duration)

    def mark_end(self, at: float) -> None:
        """The marked stretch ends at ``at`` and begins where it did, or at the beginning."""
        self.set_stretch(self.stretch[0] if self.stretch and self.stretch[0] < at else 0.0, at)

    def set_banded(self, banded: bool) -> None:
        if banded != self.banded:
            self.banded = banded
            self.mode_changed.emit()

    def set_ghosts(self, ghosts: Iterable[tuple[float, float]]) -> None:
        """Show proposals."""
        self.ghosts = tuple(ghosts)
        self.mode_changed.emit()

    # --- edits: each is one step to undo --------------------------------------------------------

    def inside(self, seconds: float) -> float:
        return min(max(seconds, 0.0), self.duration)

    def add(self, start: float, end: float, low: float | None = None, high: float | None = None,
            label: str | None = None) -> bool:
        """Add a region with the current class and select it."""
        region = self._fitted(LabeledObject(label or self.current_class,
                                            Region(start, end, low, high)))
        if region is None:
            return False
        name = region.label or tr("a region")
        return self._append([region], tr("mark {name}", name=name))

    def add_many(self, stretches: Iterable[tuple[float, float]], text: str) -> bool:
        """Add regions with the current class in one step."""
        fitted = (self._fitted(LabeledObject(self.current_class, Region(start, end)))
                  for start, end in stretches)
        return self._append([item for item in fitted if item is not None], text)

    def change(self, regions: Mapping[int, LabeledObject], verb: str, *, kind: str = "") -> bool:
        """Put other regions in the place of some; nothing happens where one would be too short.

        Changes of the same ``kind`` that follow quickly are undone together.
        """
        after = list(self.objects)
        for at, region in regions.items():
            fitted = self._fitted(region)
            if fitted is None:
                short = self.inside(region.end) - self.inside(region.start) < SHORTEST
                self.refused.emit(tr("A region must start before it ends.") if short else tr(
                    "The lowest frequency of a region must be below its highest one."))
                return False
            after[at] = fitted
        return self._edit(tuple(after), f"{verb} {self.counted(len(regions))}", self.selection,
                          kind)

    def shift_selected(self, seconds: float) -> bool:
        """Move the selected regions together, as far as the clip reaches."""
        chosen = {at: self.objects[at] for at in self.selection}
        if not chosen:
            return False
        first = min(item.start for item in chosen.values())
        last = max(item.end for item in chosen.values())
        by = min(max(seconds, -first), self.duration - last)
        moved = {at: item.with_region(start=item.start + by, end=item.end + by)
                 for at, item in chosen.items()}
        # one undo for all nudges that follow quickly
        return self.change(moved, "move", kind=f"nudge {self.selection}")

    def duplicate(self) -> bool:
        """Put a copy of the selected regions behind them and select it."""
        chosen = self.selected
        if not chosen:
            return False
        last = max(item.end for item in chosen)
        width = last - min(item.start for item in chosen)
        room = self.duration - last
        by = width if room >= width else min(COPY_SHIFT, room) or -COPY_SHIFT
        copies = [replace(item, shape=item.shape.moved(by, 0), source=None)
                  for item in chosen]
        return self._append(copies, tr("duplicate {counted}", counted=self.counted(len(copies))))

    def _fitted(self, region: LabeledObject) -> LabeledObject | None:
        """``region`` inside the clip, or None where nothing of it is left."""
        start, end = self.inside(region.start), self.inside(region.end)
        low, high = region.low, region.high
        if low is not None and high is not None:
            low, high = max(0.0, low), min(high, self.nyquist)
            if high - low < NARROWEST:
                return None
        if end - start < SHORTEST:
            return None
        return region.with_region(start=start, end=end, low=low, high=high)
