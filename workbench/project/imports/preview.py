"""What an import would do, without doing it: the sources of labels and split, with their counts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.core.area_names import is_void
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_file
from workbench.core.progress import ProgressCallback
from workbench.core.text import capital, count, tr
from workbench.formats.image_sets import find_image_sets
from workbench.formats.yolo import TWO_READINGS
from workbench.project.class_levels import level_said
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import PARTS, default_split
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.damaged import damage_words
from workbench.project.imports.files import may_copy, renamed
from workbench.project.imports.formats import Converted, converted, foreign_format
from workbench.project.imports.image_copier import photo_messages
from workbench.project.imports.images import check_request, labels_of_tasks
from workbench.project.imports.report import ImportReport
from workbench.project.imports.skipped_files import find_skipped_files
from workbench.project.imports.source import (
    automatic_split,
    is_sound_folder,
    no_labels_text,
    open_source,
    published_splits,
    split_counts,
    split_messages,
)
from workbench.project.library.label_sources import LabelChoice
from workbench.project.library.scan import Scan
from workbench.project.manifest import Manifest


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Where labels, or the split, could come from."""

    id: str
    """As ``--labels`` or ``--split`` name it."""
    text: str
    """ "labels.csv", "Folder names"."""
    counts: str = ""
    """ "6 of 12 clips, 2 classes"; "" for none."""


_READINGS = (ImportSource("yolo", "Boxes, with the score and the track that a program wrote"),
             ImportSource("yolo-segment", "Outlines, of which some are triangles"))


@dataclass(slots=True)
class ImportPlan:
    """What an import of ``folder`` would do, and what one can choose.

    Parameters
    ----------
    labels, splits
        Sources that were found, the best first.
    label, split
        Ids of those that would be used.
    """

    folder: Path
    report: ImportReport
    """As the import would report it; nothing was copied."""
    labels: list[ImportSource] = field(default_factory=list)
    label: str = "auto"
    splits: list[ImportSource] = field(default_factory=list)
    split: str = "auto"
    doubts: list[str] = field(default_factory=list)
    label_doubts: list[str] = field(default_factory=list)
    """Sentences about what may not be as it should be; those that reading all labels found."""
    format: str = "voc"
    title: str = "Pascal VOC"
    """Id and name of the format that it is in."""
    formats: list[ImportSource] = field(default_factory=list)
    """Those that it may as well be in, itself among them; none where that is clear."""
    objects: Counter[str] = field(default_factory=Counter)
    """Number of objects by class, as far as all labels were read."""
    rename: dict[str, str] = field(default_factory=dict)
    """Other names of classes that a person chose, "" to leave one out."""
    images: str = "copy"
    """ "copy" or "link", as a person chose."""
    own: Converted | None = None
    """The data set as it was converted, where it was and is kept: see :meth:`close`."""
    kept: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        """Remove the temporary files, also where they were removed already."""
        self.own = None
        self.kept.close()

    @property
    def packed(self) -> bool:
        """Whether its images must be copied: they lie in an archive, or are sounds."""
        return self.report.of_sounds or is_archive(self.folder)

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
    split: str = "auto", labels: str = "auto", doubts: bool = False, keep: bool = False,
    ready: Converted | None = None, progress: ProgressCallback | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportPlan:
    """As :func:`preview`, with what one could choose; with ``doubts`` all labels are read.

    Parameters
    ----------
    keep
        Whether the plan keeps what was converted, for the import; then it must be closed.
    ready
        What was converted for a plan of the same source: it is not read again.
    progress
        Called with the number of images that are converted, and of all.
    cancelled
        Asked between images; what is returned then is not whole.

    Raises
    ------
    UsageError
        As :func:`~workbench.project.imports.images.import_dataset`.
    """
    check_request(src, project, format, split)
    with ExitStack() as stack:
        if ready is not None:
            return _of_converted(src, project, ready, split, doubts)
        place = stack.enter_context(unpacked(src, cancelled)) if is_archive(src) else src
        source = None if format == "sounds" or is_file(place) else open_source(place, follow)
        foreign = foreign_format(place, format, bool(source and source.labelled))
        if foreign is not None:
            own = stack.enter_context(converted(foreign, place, follow=follow, progress=progress,
                                                cancelled=cancelled))
            if place != src:
                own.shown_as(place, src)
            plan = _of_converted(src, project, own, split, doubts)
            if doubts:
                known = {item.reason.partition(": ")[0] for item in own.problems}
                plan.label_doubts += damage_words([own.folder / key for key in own.originals],
                                                  known, progress, cancelled)
            if keep:
                plan.own, plan.kept = own, stack.pop_all()
            return plan
        plan = _of_own(place, project, source, format, follow, split, labels, doubts)
        if doubts and source is not None and not plan.report.of_sounds:
            plan.label_doubts += damage_words([source.placement.path(key) for key in source.keys],
                                              (), progress, cancelled)
        plan.report.problems = [renamed(item, place, src) for item in plan.report.problems]
        return replace(plan, folder=src)


def _of_own(place: Path, project: Path, source: LabelledFolder | None, format: str | None,
            follow: bool, split: str, labels: str, doubts: bool) -> ImportPlan:
    """What lies in the program's own formats."""
    if source is None or not source.all_keys or (format is None and is_sound_folder(source, place)):
        plan = None if format == "voc" else _of_sounds(place, project, follow, labels)
        if plan is None:
            raise UsageError(no_labels_text(place, format), path=place)
        return plan
    plan = _of_images(place, project, source, follow, split, doubts, level_said(labels))
    if doubts and (plan.report.annotations or not plan.report.labels):
        found, plan.objects = _read_labels(source.folder)
        plan.label_doubts += found
    return plan


def _of_converted(src: Path, project: Path, own: Converted, split: str, doubts: bool) -> ImportPlan:
    plan = _of_images(own.folder, project, open_source(own.folder, follow=True), True, split,
                      doubts)
    lost = [*own.losses.words("Pascal VOC"), *_of_void(own)]
    plan.report.problems = [*own.problems, *map(own.original, plan.report.problems)]
    plan.report.notes += lost
    plan.report.left = own.left
    plan.doubts += lost
    if doubts and (plan.report.annotations or not plan.report.labels):
        from workbench.project.datasets.label_issues import known_label_issues

        classes = Manifest.load(own.folder).classes
        found = known_label_issues(own.folder, classes, default_split(own.folder), own.labels)
        plan.label_doubts += [f"{capital(item.words)}." for item in found]
    unsure = any(item.kind == TWO_READINGS for item in own.problems)
    return replace(plan, folder=src, format=own.kind.id, title=own.kind.title,
                   formats=list(_READINGS) if unsure else [],
                   objects=own.objects or plan.objects)


def _of_void(own: Converted) -> list[str]:
    """What becomes of pixels that a format says nobody knows."""
    names = [name for name in own.objects if own.kind.holds.void and is_void(name)]
    return [tr("What the masks leave open is “{name}”: its pixels are neither learned from nor "
               "judged.", name=name) for name in names]


def _of_images(
    src: Path, project: Path, source: LabelledFolder, follow: bool, split: str, doubts: bool,
    level: int | None = None,
) -> ImportPlan:
    real = "" if follow else os.path.realpath(source.folder)
    place = source.placement
    images = [key for key in source.all_keys if may_copy(place.path(key), real)]
    there = set(images)
    labelled = [key for key in source.labelled
                if key in there and may_copy(place.annotation_path(key), real)]
    report = ImportReport(project, images=len(images), annotations=len(labelled),
                          unlabelled=len(images) - len(labelled), planned=True)
    plan = ImportPlan(src, report)
    if doubts:
        plan.label_doubts += _same_names(images, project)
    report.notes += photo_messages(images)
    taken = {*images, *(place.annotation(key) for key in labelled)}
    for labels in labels_of_tasks(source.folder, None, {key: key for key in images}, level):
        taken.update(labels.files)
        report.notes += labels.notes
        report.labels += labels.number
        report.problems += labels.problems
        plan.objects.update(labels.counts)
    taken |= _take_split(plan, source, split)
    inside = source.folder.relative_to(src).as_posix()
    report.left = find_skipped_files(
        src, {name if inside == "." else f"{inside}/{name}" for name in taken}, "images",
        follow=follow)
    return plan


def _same_names(images: Sequence[str], project: Path) -> list[str]:
    """What becomes of images whose names are in the project already, in whichever folder."""
    if not project.is_dir():
        return []
    keys = Scan(project, Manifest.load(project).layout).run().keys
    there = {key.rpartition("/")[2] for key in keys}
    number = sum(key.rpartition("/")[2] in there for key in images)
    if not number:
        return []
    return [tr("{images} of the same name in the project already. One that is the same file in the "
               "same folder is left; any other comes besides, with a number where its name is "
               "taken.", images=count(number, "image has one", "images have one"))]


def _take_split(plan: ImportPlan, source: LabelledFolder, split: str) -> set[str]:
    """Find out which split is taken; returns the files that say it."""
    report = plan.report
    try:
        found = published_splits(source)
    except WorkbenchError as error:
        report.notes.append(error.sentence())
        plan.doubts.append(error.sentence())
        found = {}
    split = automatic_split(found, report.project) if split == "auto" else split
    report.notes += split_messages(found, split, source.folder)
    plan.splits = [ImportSource(name, "Folders" if name == "folders"
                                else item.origin[:1].upper() + item.origin[1:],
                                split_counts(item)) for name, item in found.items()]
    plan.split = split
    used = found.get(plan.split)
    if used is not None:
        report.split = used.counts()
        report.notes += used.notes
        plan.doubts += used.notes
    if used is None or used is not found.get("lists"):
        return set()
    return {path.relative_to(source.folder).as_posix()
            for paths in find_image_sets(source.folder)[0].values() for path in paths}


def _read_labels(folder: Path) -> tuple[list[str], Counter[str]]:
    """What is doubtful with the labels, and the number of objects by class."""
    from workbench.project.datasets.images import load_dataset
    from workbench.project.datasets.label_issues import find_label_issues

    try:
        data = load_dataset(folder, ends=False)  # those of all images are looked at
        found = find_label_issues(data)
    except WorkbenchError as error:
        return [error.sentence()], Counter()
    records = {record.key: record for part in PARTS for record in data.part(part)}
    objects = Counter(item.label for record in records.values() for item in record.objects)
    return [f"{capital(item.words)}." for item in found], objects


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
    report.left = find_skipped_files(src, taken, "sounds", follow=follow)
    listed = listed_split(found, {key: key for key in found.keys})
    parts = [ImportSource("lists", listed.origin, split_counts(listed))] if listed else []
    return ImportPlan(
        src, report, [ImportSource(item.id, _place(item), item.counts) for item in found.choices],
        found.choice.id, parts, "lists" if listed else "random",
        [*label_doubts(found), *duplicate_messages(found)])
