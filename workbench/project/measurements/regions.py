"""The labelled regions of a project's sounds, measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import Float64Array
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.measurements import Measurement
from workbench.core.progress import ProgressCallback
from workbench.formats.atomic import disk_reason
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.measures import Measures, RegionsBySide, measure
from workbench.project.library.clips_on_disk import ClipOnDisk, ClipsOnDisk
from workbench.project.measurements.table import MeasuredTable

REGION_MEASUREMENTS: Mapping[str, Measurement] = {
    "start": Measurement("start", "Start", "From the beginning of the sound", unit="s"),
    "duration": Measurement("duration", "Duration", "How long it is", unit="s"),
    "low": Measurement("low", "Low", "Lower end of its band; where none was drawn, 5 % of the "
                       "energy lies below", unit="Hz"),
    "high": Measurement("high", "High", "Upper end of its band; where none was drawn, 5 % of the "
                        "energy lies above", unit="Hz"),
    "peak": Measurement("peak", "Peak", "The strongest frequency, in the band", unit="Hz"),
    "bandwidth": Measurement("bandwidth", "Bandwidth", "From low to high", unit="Hz"),
    "level": Measurement("level", "Level", "In dB of full scale (RMS), in the band", unit="dB"),
    "snr": Measurement("snr", "Signal to noise", "Power above that beside the region, over the "
                       "latter, in the band", unit="dB"),
}
"""By the attribute of :class:`Measures`; and where a region begins."""


def measure_regions(folder: Path, *, classes: Sequence[str] = (),
                    progress: ProgressCallback = lambda done, total: None) -> MeasuredTable:
    """Measure the regions of the labelled sounds of the project ``folder``, as
    :func:`workbench.project.measurements.labels.measure_labels` does those of images. A sound with
    a class as a whole has one region."""
    clips, found = ClipsOnDisk(folder), _Found()
    for number, clip in enumerate(clips):
        try:
            found.add(clip, classes)
        except WorkbenchError as error:
            found.problems.append(Problem(str(clip.path), "unreadable", error.sentence()))
        except OSError as error:
            reason = f"{clip.path.name}: {disk_reason(error, 'read')}."
            found.problems.append(Problem(str(clip.path), "unreadable", reason))
        progress(number + 1, len(clips.keys))
    return found.table()


class _Found:
    """Rows that were measured."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._keys: list[str] = []
        self._sizes: list[tuple[float, float]] = []
        self._classes: dict[str, int] = {}
        self._rows: list[tuple[int, int, int]] = []
        self._attributes: list[Mapping[str, str | float | bool]] = []
        self._values: list[list[float]] = []

    def add(self, clip: ClipOnDisk, classes: Sequence[str]) -> None:
        """Measure the regions of a clip; one without labels is left out."""
        info, regions = clip.read()
        if not regions:
            return
        measured = list(_measured(clip.path, regions, classes))
        self._keys.append(clip.key)
        self._sizes.append((info.duration, info.nyquist))
        for place, item, values in measured:
            label = self._classes.setdefault(item.label, len(self._classes))
            self._rows.append((len(self._keys) - 1, label, place))
            self._attributes.append(item.attributes)
            self._values.append(values)

    def table(self) -> MeasuredTable:
        rows = np.array(self._rows, np.int64).reshape(-1, 3)
        values: Float64Array = np.array(self._values, float).reshape(-1, len(REGION_MEASUREMENTS))
        number = len(self._keys)
        return MeasuredTable(
            tuple(self._keys), np.array(self._sizes, float).reshape(-1, 2),
            np.full((number, 2), np.nan), "", tuple(REGION_MEASUREMENTS.values()),
            tuple(self._classes), rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 2],
            np.full((number, 4), np.nan), tuple(self._attributes), values, values,
            tuple(self.problems), True, medium="sounds")


def _measured(path: Path, regions: Sequence[LabeledObject], classes: Sequence[str],
              ) -> Iterator[tuple[int, LabeledObject, list[float]]]:
    """Place, region and numbers of those of ``classes``, or of all."""
    beside = RegionsBySide(item.region for item in regions)
    with ClipReader(path) as reader:
        for place, item in enumerate(regions):
            if not classes or item.label in classes:
                found = measure(reader, item.region, beside.others(item.region))
                yield place, item, _numbers(item, found)


def _numbers(item: LabeledObject, found: Measures) -> list[float]:
    known = {"start": item.start}
    values = (known.get(name, getattr(found, name, None)) for name in REGION_MEASUREMENTS)
    return [np.nan if value is None else float(value) for value in values]
