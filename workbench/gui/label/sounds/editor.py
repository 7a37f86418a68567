"""What is being edited: the current clip, its regions, the selection, and every edit as one step.

The editor knows no widget. View, panels and actions call its methods and listen to its signals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.core.annotation import LabeledObject
from workbench.core.errors import WorkbenchError
from workbench.core.shapes import Region
from workbench.core.signal import Signal
from workbench.core.text import count

if TYPE_CHECKING:
    from workbench.project.library.clips import ClipDocument
    from workbench.project.library.sounds import SoundLibrary
    from workbench.project.session import Session

Regions = tuple[LabeledObject, ...]

SHORTEST = 0.002
"""Seconds that a region lasts at least, and the size in Hz below."""
NARROWEST = 1.0
COPY_SHIFT = 0.05


class ClipEditor:
    """The state of the Audio place, and what a person can do to it.

    Attributes
    ----------
    key
        Key of the current clip, "" for none.
    selection
        Positions of the selected regions in :attr:`regions`; the last one is the active one.
    stretch
        ``(start, end)`` in seconds that was marked on the waveform, or None.
    banded
        Whether a drag draws time and frequency, not time alone.
    ghosts
        ``(start, end)`` of regions that are proposed and not made yet.

    Signals are emitted after the state is complete. ``refused`` carries one sentence.
    """

    def __init__(self) -> None:
        self.session: Session | None = None
        self.document: ClipDocument | None = None
        self.key = ""
        self.failure = ""
        self.selection: tuple[int, ...] = ()
        self.stretch: tuple[float, float] | None = None
        self.current_class = ""
        self.banded = False
        self.ghosts: tuple[tuple[float, float], ...] = ()
        self.clip_changed: Signal[()] = Signal()
        self.regions_changed: Signal[()] = Signal()
        self.selection_changed: Signal[()] = Signal()
        self.stretch_changed: Signal[()] = Signal()
        self.class_changed: Signal[()] = Signal()
        self.mode_changed: Signal[()] = Signal()
        self.refused: Signal[str] = Signal()
        self._planned: tuple[int, ...] | None = None
        self._disconnect: Callable[[], None] | None = None

    # --- what there is --------------------------------------------------------------------------

    @property
    def sounds(self) -> SoundLibrary | None:
        return self.session.sounds if self.session is not None else None

    @property
    def regions(self) -> Regions:
        """All regions of the clip, the one for the whole of it included."""
        return self.document.annotation.objects if self.document is not None else ()

    @property
    def parts(self) -> list[int]:
        """Positions of the regions that are parts of the clip."""
        duration = self.duration
        return [at for at, item in enumerate(self.regions) if not item.region.is_whole(duration)]

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
        info = self.document.info if self.document is not None else None
        return info.nyquist if info is not None else 0.0

    @property
    def readonly_reason(self) -> str:
        """Why this clip cannot be labelled, or ""."""
        if self.failure:
            return self.failure
        return (self.document.readonly_reason or "") if self.document is not None else ""

    @property
    def editable(self) -> bool:
        return self.document is not None and not self.readonly_reason

    @property
    def active(self) -> int | None:
        """Position of the region that was selected last."""
        return self.selection[-1] if self.selection else None

    @property
    def focus_range(self) -> tuple[float, float] | None:
        """What to loop over or zoom to: the marked stretch, or else the selected regions."""
        if self.stretch is not None:
            return self.stretch
        chosen = [self.regions[at] for at in self.selection]
        if not chosen:
            return None
        return min(item.start for item in chosen), max(item.end for item in chosen)

    # --- which clip -----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Edit another project; no clip is open then."""
        self.close()
        self.session = session
        names = list(session.classes) if session is not None else []
        self.current_class = names[0] if names else ""
        self.class_changed.emit()

    def open(self, key: str) -> None:
        """Show clip ``key``; one that cannot be read is shown with the reason."""
        sounds = self.sounds
        assert sounds is not None
        self._release()
        self.key, self.failure, self.selection, self.stretch, self.ghosts = key, "", (), None, ()
        try:
            sounds.look_outside(key)
            self.document = sounds.document(key)
        except WorkbenchError as error:
            self.failure = error.sentence()
        if self.document is not None:
            self._disconnect = self.document.changed.connect(self._document_changed)
        self.clip_changed.emit()

    def look_outside(self) -> None:
        """Take in what another program did to the labels of the clip meanwhile."""
        if self.sounds is not None and self.document is not None:
            try:
                self.sounds.look_outside(self.key)
            except WorkbenchError as error:
                self.refused.emit(error.sentence())

    def close(self) -> None:
        """Show no clip."""
        self._release()
        self.key, self.failure, self.selection, self.stretch, self.ghosts = "", "", (), None, ()
        self.clip_changed.emit()

    def _release(self) -> None:
        if self._disconnect is not None:
            self._disconnect()
        self._disconnect = None
        self.document = None

    # --- selection and modes --------------------------------------------------------------------

    def select(self, indexes: Iterable[int]) -> None:
        """Select exactly these regions; the last one becomes the active one."""
        count = len(self.regions)
        chosen = tuple(dict.fromkeys(at for at in indexes if 0 <= at < count))
        if chosen != self.selection:
            self.selection = chosen
            self.selection_changed.emit()

    def toggle(self, index: int) -> None:
        """Add a region to the selection, or take it out."""
        if index in self.selection:
            self.select(at for at in self.selection if at != index)
        else:
            self.select((*self.selection, index))

    def step(self, direction: int) -> None:
        """Select the next part in time, or the one before."""
        order = sorted(self.parts, key=lambda at: self.regions[at].start)
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

    def set_current_class(self, name: str) -> None:
        if name != self.current_class:
            self.current_class = name
            self.class_changed.emit()

    def choose_class(self, name: str) -> None:
        """Make ``name`` the class of regions to come; selected regions get it, too."""
        if self.selection:
            self.relabel(name)
        self.set_current_class(name)

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
        name = region.label or "a region"
        return self._edit((*self.regions, region), f"mark {name}", (len(self.regions),))

    def add_many(self, stretches: Iterable[tuple[float, float]], text: str) -> bool:
        """Add regions with the current class in one step."""
        fitted = (self._fitted(LabeledObject(self.current_class, Region(start, end)))
                  for start, end in stretches)
        added = [item for item in fitted if item is not None]
        first = len(self.regions)
        return bool(added) and self._edit(
            (*self.regions, *added), text, tuple(range(first, first + len(added))))

    def change(self, regions: Mapping[int, LabeledObject], verb: str, *, kind: str = "") -> bool:
        """Put other regions in the place of some; nothing happens where one would be too short.

        Changes of the same ``kind`` that follow quickly are undone together.
        """
        after = list(self.regions)
        for at, region in regions.items():
            fitted = self._fitted(region)
            if fitted is None:
                self.refused.emit("A region must start before it ends.")
                return False
            after[at] = fitted
        return self._edit(tuple(after), f"{verb} {count(len(regions), 'region')}", self.selection,
                          kind)

    def shift_selected(self, seconds: float) -> bool:
        """Move the selected regions together, as far as the clip reaches."""
        chosen = {at: self.regions[at] for at in self.selection}
        if not chosen:
            return False
        first = min(item.start for item in chosen.values())
        last = max(item.end for item in chosen.values())
        by = min(max(seconds, -first), self.duration - last)
        moved = {at: item.with_region(start=item.start + by, end=item.end + by)
                 for at, item in chosen.items()}
        # one undo for all nudges that follow quickly
        return self.change(moved, "move", kind=f"nudge {self.selection}")

    def relabel(self, name: str) -> bool:
        """Give the selected regions the class ``name``."""
        chosen = set(self.selection)
        after = tuple(item.with_label(name) if at in chosen else item
                      for at, item in enumerate(self.regions))
        return self._edit(after, f"make {count(len(chosen), 'region')} {name}", self.selection)

    def delete(self) -> bool:
        """Delete the selected regions."""
        chosen = set(self.selection)
        after = tuple(item for at, item in enumerate(self.regions) if at not in chosen)
        return bool(chosen) and self._edit(after, f"delete {count(len(chosen), 'region')}", ())

    def duplicate(self) -> bool:
        """Put a copy of the selected regions behind them and select it."""
        chosen = [self.regions[at] for at in self.selection]
        if not chosen:
            return False
        last = max(item.end for item in chosen)
        width = last - min(item.start for item in chosen)
        room = self.duration - last
        by = width if room >= width else min(COPY_SHIFT, room) or -COPY_SHIFT
        copies = [replace(item, shape=item.shape.moved(by, 0), source=None)
                  for item in chosen]
        first = len(self.regions)
        return self._edit((*self.regions, *copies), f"duplicate {count(len(copies), 'region')}",
                          tuple(range(first, first + len(copies))))

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

    def _edit(self, regions: Regions, text: str, selection: tuple[int, ...],
              kind: str = "") -> bool:
        sounds = self.sounds
        if sounds is None or self.document is None or regions == self.regions:
            return False
        if self.readonly_reason:
            self.refused.emit(self.readonly_reason)
            return False
        self._planned = selection
        try:
            sounds.edit(self.key, regions, text, kind=kind)
        except WorkbenchError as error:
            self.refused.emit(error.sentence())
            return False
        finally:
            self._planned = None
        return True

    def _document_changed(self) -> None:
        chosen = self.selection if self._planned is None else self._planned
        chosen = tuple(at for at in chosen if at < len(self.regions))
        moved = chosen != self.selection
        self.selection = chosen
        self.regions_changed.emit()
        if moved:
            self.selection_changed.emit()
