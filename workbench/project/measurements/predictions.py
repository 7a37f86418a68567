"""What a model found, measured as labels are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.found_shapes import has_both
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.video import PLACE, place_row, place_text, shown_in
from workbench.extension.saving import Prediction, Saving
from workbench.media.images.header import read_image_info
from workbench.project.manifest import Manifest
from workbench.project.measurements.rows import Row, object_rows
from workbench.project.measurements.table import MeasuredTable, Measurer, Values
from workbench.project.pixel_sizes import pixel_size_at


def measurable(saving: Saving, medium: str) -> bool:
    """Whether answers hold things that have a size: what is found in images, not what images are
    as a whole."""
    return medium == "images" and saving.annotation is not None and not saving.whole


class AnswerMeasurer:
    """Measures one answer after the other.

    Parameters
    ----------
    saving
        How answers of the task are kept, which are :func:`measurable`.
    project
        The folder of the project whose model it is: its images may have sizes of pixels of their
        own, and what it says of all holds for files that say nothing.
    skeletons
        By class, which key points are joined.
    """

    def __init__(self, saving: Saving, project: Path,
                 skeletons: Mapping[str, Skeleton] = NO_SKELETONS) -> None:
        self._saving, self._project = saving, project.absolute()
        self._sizes = Manifest.load(project).pixel_sizes
        self._measurer = Measurer(skeletons)
        self._places: list[Row] = []
        self._frames = False

    def add(self, answer: Prediction) -> None:
        """Measure what was found in a picture, and how bright it is there."""
        shown = shown_in(answer)
        annotation, drawn_on = self._found(answer)
        self._places.append(place_row(answer, True))
        self._frames = self._frames or shown.frame >= 0
        values = self._values(answer) if annotation.objects else None
        size: tuple[float, float] | None = annotation.size
        if size is None:
            size = _size(shown.path) if values is None else (values.shape[1], values.shape[0])
        pixel = pixel_size_at(self._sizes, self._project, shown.path)
        self._measurer.add(place_text(answer), annotation.objects, size, pixel,
                           values, drawn_on=drawn_on)

    def _found(self, answer: Prediction) -> tuple[Annotation, tuple[int, int] | None]:
        """What was found, and the size of the picture that it is drawn on; None for the image."""
        if self._saving.masks is not None:
            return self._saving.masks(answer)
        assert self._saving.annotation is not None
        if has_both(answer):  # an outline has a size, key points have none
            answer = {name: value for name, value in answer.items() if name != "keypoints"}
        return self._saving.annotation(answer), None

    def _values(self, answer: Prediction) -> Values | None:
        from workbench.media.images.pixels import upright_values
        from workbench.media.video.frames import shown_pixels

        shown = shown_in(answer)
        try:
            return upright_values(shown.path) if shown.frame < 0 else shown_pixels(answer)
        except WorkbenchError as error:  # sizes are known all the same
            self._measurer.problems.append(Problem(str(shown.path), "unreadable", error.sentence()))
            return None

    def table(self) -> MeasuredTable:
        """All that was measured."""
        return self._measurer.table()

    def rows(self) -> Iterator[Row]:
        """A row for each thing that was found, the titles first."""
        table = self.table()
        wide = len(PLACE) if self._frames else 1
        return object_rows(table, table.units[0], np.arange(len(table.label)), PLACE[:wide],
                           [row[:wide] for row in self._places])


def measured_rows(saving: Saving, answers: Iterable[Mapping[str, Any]], project: Path,
                  skeletons: Mapping[str, Skeleton] = NO_SKELETONS,
                  step: Callable[[int], object] = lambda done: None) -> Iterator[Row]:
    """The rows of a table of answers, their titles first; ``step`` is called after each answer and
    may raise to end the work."""
    measurer = AnswerMeasurer(saving, project, skeletons)
    for done, answer in enumerate(answers, 1):
        measurer.add(answer)
        step(done)
    yield from measurer.rows()


def _size(path: Path) -> tuple[float, float]:
    """Width and height of a picture that could not be decoded; nan where nothing is known."""
    try:
        info = read_image_info(path)
    except WorkbenchError:
        return np.nan, np.nan
    return info.width, info.height
