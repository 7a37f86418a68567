"""What a person said of single classes: a least score, and where they are heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from workbench.core.signal import Signal
from workbench.extension.saving import HIGH, LOW, SCORE, of_class
from workbench.gui.label.class_limits import Band


class FoundClasses:
    """The classes of the model in use; see :class:`~workbench.gui.label.class_limits.ClassScores`.

    Parameters
    ----------
    counts
        How many things of each class are shown.
    common
        The least score of the classes without one of their own.
    """

    def __init__(self, counts: Callable[[], Mapping[str, int]], common: Callable[[], float],
                 ) -> None:
        self.limits: dict[str, float] = {}
        self.bands: dict[str, Band] = {}
        self.changed: Signal[()] = Signal()
        self._names: tuple[str, ...] = ()
        self._counts, self._common = counts, common

    def begin(self, names: Sequence[str]) -> None:
        """Another model may be in use; what was said of its classes stays."""
        self._names = tuple(names)
        self.limits = {name: value for name, value in self.limits.items() if name in names}
        self.bands = {name: band for name, band in self.bands.items() if name in names}

    def classes(self) -> dict[str, int]:
        counts = self._counts()
        return {name: counts.get(name, 0) for name in self._names}

    def least(self, label: str) -> float:
        return self.limits.get(label, self._common())

    def set_limits(self, limits: Mapping[str, float]) -> None:
        self.limits = dict(limits)
        self.changed.emit()

    def set_band(self, label: str, band: Band) -> None:
        """Say from and to which frequency (Hz) a class is heard."""
        self.bands[label] = band
        self.changed.emit()

    def by_id(self) -> dict[str, float]:
        """All of it, as :data:`~workbench.extension.saving.Limits`."""
        edges = ((of_class(id, name), value) for name, band in self.bands.items()
                 for id, value in zip((LOW, HIGH), band, strict=True) if value is not None)
        return {**{of_class(SCORE, name): value for name, value in self.limits.items()},
                **dict(edges)}
