"""What an import would do, without doing it: the sources of labels and split, with their counts."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.formats.image_sets import find_image_sets
from workbench.project.datasets.labelled import Labelled
from workbench.project.datasets.splits import PARTS
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.files import fit_to_copy, renamed
from workbench.project.imports.formats import converted, foreign_format
from workbench.project.imports.images import check_wishes, labels_of_tasks
from workbench.project.imports.left_behind import find_left_behind
from workbench.project.imports.report import ImportReport
from workbench.project.imports.source import (
    nothing_words,
    open_source,
    published_splits,
    rather_sounds,
    split_counts,
    split_messages,
)
from workbench.project.library.label_sources import LabelChoice


@dataclass(frozen=True, slots=True)
class Source:
    """Where labels, or the split, could come from.

    Parameters
    ----------
    id
        As ``--labels`` or ``--split`` name it.
    text
        "labels.csv", "Folder names".
    counts
        "6 of 12 clips, 2 classes"; "" for none.
    """

    id: str
    text: str
    counts: str = ""


@dataclass(slots=True)
class ImportPlan:
    """What an import of ``folder`` would do, and what one can choose.

    Parameters
    ----------
    report
        As the import would report it; nothing was copied.
    labels, splits
        Sources that were found, the best first.
    label, split
        Ids of those that would be used.
    format, title
        Id and name of the format that it is in.
    objects
        Number of objects by class, as far as all labels were read.
    rename
        Other names of classes that a person chose, "" to leave one out.
    doubts, label_doubts
        Sentences about what may not be as it should be; those that reading all labels found.
    """

    folder: Path
    report: ImportReport
    labels: list[Source] = field(default_factory=list)
    label: str = "auto"
    splits: list[Source] = field(default_factory=list)
    split: str = "auto"
    doubts: list[str] = field(default_factory=list)
    label_doubts: list[str] = field(default_factory=list)
    format: str = "voc"
    title: str = "Pascal VOC"
    objects: Counter[str] = field(default_factory=Counter)
    rename: dict[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether a person should see it first: it is converted, there is a choice, a doubt, or
        something of worth stays behind."""
        unused = self.labels and self.label == "none"
        return bool(self.format != "voc" or len(self.labels) > 1 or unused
                    or len(self.splits) > 1 or self.doubts or self.label_doubts
                    or self.report.problems
                    or any(item.kind != "other" for item in self.report.left))


def preview(
    src: Path, project: Path, format: str | None = None, *, follow: bool = False,
    split: str = "auto", labels: str = "auto",
) -> ImportReport:
    """As :func:`import_dataset`, but nothing is copied or written.

    The numbers are those of the source; what is in the project already is not looked at.
    """
    return plan_import(src, project, format, follow=follow, split=split, labels=labels).report


def plan_import(
    src: Path, project: Path, format: str | None = None, *, follow: bool = False,
    split: str = "auto", labels: str = "auto", doubts: bool = False,
) -> ImportPlan:
    """As :func:`preview`, with what one could choose; with ``doubts`` all labels are read.

    Raises
    ------
    UsageError
        As :func:`~workbench.project.imports.images.import_dataset`.
    """
    check_wishes(src, format, split)
    if is_archive(src):
        with unpacked(src) as folder:
            inside = plan_import(folder, project, format, split=split, labels=labels,
                                 doubts=doubts)
        inside.report.problems = [renamed(item, folder, src) for item in inside.report.problems]
        return replace(inside, folder=src)
    source = None if format == "sounds" or is_file(src) else open_source(src, follow)
    foreign = foreign_format(src, format, bool(source and source.labelled))
    if foreign is not None:
        with converted(foreign, src, follow=follow) as found:
            images = plan_import(found.folder, project, "voc", follow=True, split=split,
                                 doubts=doubts)
        images.report.problems = [*found.problems, *map(found.original, images.report.problems)]
        images.report.notes += found.losses.words("Pascal VOC")
        images.report.left = found.left
        images.doubts += found.losses.words("Pascal VOC")
        return replace(images, folder=src, format=foreign.id, title=foreign.title,
                       objects=found.objects or images.objects)
    if source is None or not source.keys or (format is None and rather_sounds(source, src)):
        plan = None if format == "voc" else _of_sounds(src, project, follow, labels)
        if plan is None:
            raise UsageError(nothing_words(src, format), path=src)
        return plan
    plan = _of_images(src, project, source, follow, split)
    if doubts and (plan.report.annotations or not plan.report.labels):
        plan.label_doubts, plan.objects = _read_labels(source.folder)
    return plan


def _of_images(
    src: Path, project: Path, source: Labelled, follow: bool, split: str
) -> ImportPlan:
    real = "" if follow else os.path.realpath(source.folder)
    place = source.placement
    images = [key for key in source.keys if fit_to_copy(place.path(key), real)]
    there = set(images)
    labelled = [key for key in source.labelled
                if key in there and fit_to_copy(place.annotation_path(key), real)]
    report = ImportReport(project, images=len(images), annotations=len(labelled),
                          unlabelled=len(images) - len(labelled), planned=True)
    plan = ImportPlan(src, report)
    taken = {*images, *(place.annotation(key) for key in labelled)}
    for labels in labels_of_tasks(source.folder, None, {key: key for key in images}):
        taken.update(labels.files)
        report.labels += labels.number
        report.problems += labels.problems
        plan.objects.update(labels.counts)
    try:
        found = published_splits(source)
    except WorkbenchError as error:
        report.notes.append(error.sentence())
        plan.doubts.append(error.sentence())
        found = {}
    report.notes += split_messages(found, split, source.folder)
    plan.splits = [Source(name, "Folders" if name == "folders"
                          else item.origin[:1].upper() + item.origin[1:],
                          split_counts(item)) for name, item in found.items()]
    plan.split = split if split != "auto" else next(iter(found), "random")
    used = found.get(plan.split)
    if used is not None:
        report.split = used.counts()
        report.notes += used.notes
        plan.doubts += used.notes
    if used is not None and used is found.get("lists"):
        taken |= {path.relative_to(source.folder).as_posix()
                  for paths in find_image_sets(source.folder)[0].values() for path in paths}
    inside = source.folder.relative_to(src).as_posix()
    report.left = find_left_behind(
        src, {name if inside == "." else f"{inside}/{name}" for name in taken}, "images",
        follow=follow)
    return plan


def _read_labels(folder: Path) -> tuple[list[str], Counter[str]]:
    """What is doubtful with the labels, and the number of objects by class."""
    from workbench.project.datasets.doubts import find_doubts
    from workbench.project.datasets.images import load_dataset

    try:
        data = load_dataset(folder)
        found = find_doubts(data)
    except WorkbenchError as error:
        return [error.sentence()], Counter()
    records = {record.key: record for part in PARTS for record in data.part(part)}
    objects = Counter(item.label for record in records.values() for item in record.objects)
    return [f"{item.words[:1].upper()}{item.words[1:]}." for item in found], objects


def _place(choice: LabelChoice) -> str:
    return {"folders": "Folder names",
            "names": f"File names of the form {choice.settings.pattern}"}.get(choice.id,
                                                                               choice.place)


def _of_sounds(src: Path, project: Path, follow: bool, labels: str) -> ImportPlan | None:
    from workbench.project.imports.sounds import (
        choose_labels,
        duplicate_messages,
        inspect_sounds,
        label_doubts,
        listed_split,
        planned_report,
    )

    found = inspect_sounds(src, follow=follow)
    if not found.keys:
        return None
    choose_labels(found, labels)
    report, taken = planned_report(found, project)
    report.left = find_left_behind(src, taken, "sounds", follow=follow)
    listed = listed_split(found, {key: key for key in found.keys})
    return ImportPlan(
        src, report, [Source(item.id, _place(item), item.counts) for item in found.choices],
        found.choice.id, [Source("lists", listed.origin, split_counts(listed))] if listed else [],
        "lists" if listed else "random", [*label_doubts(found), *duplicate_messages(found)])
