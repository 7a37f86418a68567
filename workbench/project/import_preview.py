"""What an import would do, without doing it: the sources of labels and split, with their counts."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.core.errors import UsageError, WorkbenchError
from workbench.formats.image_sets import find_image_sets
from workbench.project.files import fit_to_copy
from workbench.project.import_source import (
    nothing_words,
    open_source,
    published_splits,
    rather_sounds,
    split_notes,
)
from workbench.project.importer import ImportReport, check_wishes
from workbench.project.labelled import Labelled
from workbench.project.left_behind import find_left_behind


def preview(
    src: Path, project: Path, format: str | None = None, *, follow: bool = False,
    split: str = "auto", labels: str = "auto",
) -> ImportReport:
    """As :func:`~workbench.project.importer.import_dataset`, but nothing is copied or written.

    The numbers are those of the source; what is in the project already is not looked at.
    """
    check_wishes(src, format, split)
    source = None if format == "sounds" else open_source(src, follow)
    if source is None or not source.keys or (format is None and rather_sounds(source, src)):
        report = None if format == "voc" else _of_sounds(src, project, follow, labels)
        if report is None:
            raise UsageError(nothing_words(src, format), path=src)
        return report
    return _of_images(src, project, source, follow, split)


def _of_images(
    src: Path, project: Path, source: Labelled, follow: bool, split: str
) -> ImportReport:
    real = "" if follow else os.path.realpath(source.folder)
    place = source.placement
    images = [key for key in source.keys if fit_to_copy(place.path(key), real)]
    there = set(images)
    labelled = [key for key in source.labelled
                if key in there and fit_to_copy(place.annotation_path(key), real)]
    report = ImportReport(project, images=len(images), annotations=len(labelled),
                          unlabelled=len(images) - len(labelled), planned=True)
    taken = {*images, *(place.annotation(key) for key in labelled)}
    try:
        found = published_splits(source)
    except WorkbenchError as error:
        report.notes.append(error.sentence())
        found = {}
    report.notes += split_notes(found, split, source.folder)
    used = found.get(split if split != "auto" else next(iter(found), ""))
    if used is not None:
        report.split = used.counts()
        report.notes += used.notes
    if used is not None and used is found.get("lists"):
        taken |= {path.relative_to(source.folder).as_posix()
                  for paths in find_image_sets(source.folder)[0].values() for path in paths}
    inside = source.folder.relative_to(src).as_posix()
    report.left = find_left_behind(
        src, {name if inside == "." else f"{inside}/{name}" for name in taken}, "images",
        follow=follow)
    return report


def _of_sounds(src: Path, project: Path, follow: bool, labels: str) -> ImportReport | None:
    from workbench.project.sound_importer import (
        choose_labels,
        look_at,
        note_taken,
        notes,
    )

    found = look_at(src, follow=follow)
    if not found.keys:
        return None
    choose_labels(found, labels)
    note_taken(found)
    return ImportReport(
        project, sounds=len(found.keys), annotations=found.tables, notes=list(notes(found)),
        left=find_left_behind(src, found.taken, "sounds", follow=follow), of_sounds=True,
        unlabelled=found.unlabelled, problems=found.problems, planned=True)
