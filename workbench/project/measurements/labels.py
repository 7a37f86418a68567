"""The labelled objects of a project, measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.core.annotation import LabeledObject
from workbench.core.area_names import is_area_class
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.mask_instances import instances_in_masks
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.extension.tasks import tasks
from workbench.media.images.header import read_image_info
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.measurements.table import MeasuredTable, Measurer, Values
from workbench.project.task import task_of_folder


def measure_labels(folder: Path, *, classes: Sequence[str] = (), inside: bool = False,
                   split: float = 0.0,
                   progress: ProgressCallback = lambda done, total: None) -> MeasuredTable:
    """Measure the objects in the labelled images of the project ``folder``, or the regions of its
    sounds, as they are on disk. Where areas are learned, each connected region of what is painted
    of a class is an object; what nobody knows, and background, is none.

    Parameters
    ----------
    classes
        Which are measured; all without any.
    inside
        Whether the images are read, for the brightness of what is inside.
    split
        Where regions of areas are cut, as things that touch are: the share of
        :func:`~workbench.core.splitting.pieces_of`.
    progress
        Called with the number of images or sounds that are done and their total; what it raises
        ends the work.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    task = tasks.get(task_of_folder(folder))
    if task.medium == "sounds":
        from workbench.project.measurements.regions import measure_regions

        return measure_regions(folder, classes=classes, progress=progress)
    found = LabelledFolder(folder)
    measurer = Measurer(found.manifest.skeletons)
    for number, key in enumerate(found.labelled):
        try:
            _measure(measurer, found, key, classes, inside=inside,
                     split=split if task.areas else None)
        except WorkbenchError as error:
            measurer.problems.append(Problem(str(folder / key), "unreadable", error.sentence()))
        progress(number + 1, len(found.labelled))
    return measurer.table()


def _measure(measurer: Measurer, found: LabelledFolder, key: str, classes: Sequence[str], *,
             inside: bool, split: float | None) -> None:
    path, annotation = found.placement.path(key), found.read(key).annotation
    size = annotation.size
    if size is None or not all(size):
        info = read_image_info(path)
        size = (info.width, info.height)
    known = found.manifest.pixel_sizes.known(key, path)
    objects: Sequence[LabeledObject] = annotation.objects
    owners: Sequence[int] = ()
    if split is not None:
        try:
            things = [thing for thing in instances_in_masks(annotation.objects, split)
                      if is_area_class(thing.item.label)]
        except WorkbenchError as error:
            raise WorkbenchError(error.message, path=path) from error
        objects = [thing.item for thing in things]
        owners = [thing.place for thing in things]
    wanted = any(not classes or item.label in classes for item in objects)
    values = read_values(path, measurer) if inside and wanted else None
    measurer.add(key, objects, size, known.size if known is not None else None, values, classes,
                 owners=owners)


def read_values(path: Path, measurer: Measurer) -> Values | None:
    """The pixels of an image; None where they cannot be read, which becomes a problem: sizes are
    known all the same."""
    from workbench.media.images.pixels import upright_values  # Pillow, where somebody asks for it

    try:
        return upright_values(path)
    except WorkbenchError as error:
        measurer.problems.append(Problem(str(path), "unreadable", error.sentence()))
        return None
