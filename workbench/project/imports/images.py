"""Bringing a data set from elsewhere into a project: images with their annotations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import capital, tr
from workbench.extension.annotation_formats import annotation_formats
from workbench.extension.holds import MASK
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.extension.tasks import ImportedLabels, tasks
from workbench.project.class_levels import level_said
from workbench.project.datasets.labelled import LabelledFolder
from workbench.project.datasets.splits import PARTS, default_split
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.imports.files import make_folder, renamed
from workbench.project.imports.formats import NO_NAMES, Converted, converted, foreign_format
from workbench.project.imports.image_copier import ImageCopier
from workbench.project.imports.report import ImportReport
from workbench.project.imports.skipped_files import find_skipped_files
from workbench.project.imports.source import is_sound_folder, no_labels_text, open_source
from workbench.project.library.scan import require_listed
from workbench.project.manifest import Manifest
from workbench.project.stack_images import find_stacks, several_pages_text

if TYPE_CHECKING:
    from workbench.project.datasets.label_issues import LabelIssue

IMAGES = ("copy", "link")
SPLITS = ("auto", "lists", "folders", "random")


def check_request(src: Path, project: Path, format: str | None, split: str,
                  images: str = "copy") -> None:
    """Raise :class:`UsageError` for what there is not, and for a ``project`` among the images of
    the project that is imported; :class:`WorkbenchError` for a folder that cannot be listed."""
    load_plugins()
    if format is not None:
        annotation_formats.get(format)
    if split not in SPLITS:
        raise UsageError(f"there is no split “{split}”; there are: {', '.join(SPLITS)}")
    if images not in IMAGES:
        raise UsageError(f"images are not taken by “{images}”; there are: {', '.join(IMAGES)}")
    if not src.exists():
        raise UsageError("there is no such folder or file", path=src)
    require_listed(src)
    own, place = Manifest.load(src), project.resolve()
    if own.exists and place != src.resolve() and place.is_relative_to((src / own.images).resolve()):
        raise UsageError("it lies among the images of the project that is imported, which would "
                         "take the copies for its own; name a folder elsewhere", path=project)


def import_dataset(
    src: Path, project: Path, format: str | None = None, progress: ProgressCallback | None = None,
    cancelled: Callable[[], bool] = lambda: False, *, follow: bool = False, split: str = "auto",
    labels: str = "auto", rename: Mapping[str, str] = NO_NAMES, ready: Converted | None = None,
    images: str = "copy",
) -> ImportReport:
    """Copy the images and annotations of ``src`` into ``project``, which is made if need be.

    Nothing that is in the project is overwritten: the same file again is left, another image of
    the same name gets a number, and where only the annotation differs the project's is kept and
    told. So doing it twice changes nothing. ``ImageSets/Main`` becomes ``splits/default.json``.

    Parameters
    ----------
    format
        Id in :data:`workbench.extension.annotation_formats.annotation_formats` ("voc" for images,
        "sounds"), or None to find out.
    progress
        Called with the number of images done and their total.
    cancelled
        Asked before each image.
    follow
        Whether to take also what lies outside ``src``, by links or by folders that its
        ``workbench.toml`` names.
    split
        Where the split of images comes from: "lists" (``ImageSets/Main``), "folders", "random" to
        take none, or "auto".
    labels
        Where labels of sounds come from, see :func:`~.sounds.choose_labels`. Of images sorted into
        folders: "folders:2" for their second folders, "none" where folders are no classes.
    rename
        Other names of classes, of labels that are converted; several may become one, and those of
        a class called "" are left out.
    images
        "copy", or "link": images stay where they are, and the project refers to them.
    ready
        ``src`` as it was converted before, under its own names: it is not read again.

    Raises
    ------
    UsageError
        If there is no such folder or format, no image or sound in the folder, they lie outside
        of it and ``follow`` is not said, or ``project`` lies among the images of a project that is
        imported.
    WorkbenchError
        If the project cannot be written.
    """
    check_request(src, project, format, split, images)
    progress = progress or (lambda done, total: None)
    if ready is not None and not rename:
        return _import_converted(ready, project, progress, cancelled, split, images)
    if is_archive(src):
        if images == "link":
            raise UsageError("the images of an archive can only be copied", path=src)
        with unpacked(src, cancelled) as folder:
            report = import_dataset(folder, project, format, progress, cancelled, follow=False,
                                    split=split, labels=labels, rename=rename)
        report.problems = [renamed(problem, folder, src) for problem in report.problems]
        return report
    source = None if format == "sounds" or is_file(src) else open_source(src, follow)
    foreign = foreign_format(src, format, bool(source and source.labelled))
    if foreign is not None:
        with converted(foreign, src, follow=follow, cancelled=cancelled, rename=rename,
                       progress=progress) as own:
            if cancelled():
                return ImportReport(project, cancelled=True)
            return _import_converted(own, project, progress, cancelled, split, images)
    if rename:
        raise UsageError("classes are given other names only where labels are converted; rename "
                         "them in the project", path=src)
    if source is None or not source.all_keys or (format is None and is_sound_folder(source, src)):
        if format != "voc":
            heard = _import_sounds(src, project, progress, cancelled, follow, labels)
            if heard is not None:
                if images == "link":
                    heard.notes.append("Sounds are always copied.")
                return heard
        raise UsageError(no_labels_text(src, format), path=src)
    make_folder(project)
    copier = ImageCopier(source, project, ImportReport(project), follow=follow,
                         link=images == "link")
    return _import_images(src, copier, progress, cancelled, split, level_said(labels))


def _import_converted(own: Converted, project: Path, progress: ProgressCallback,
                      cancelled: Callable[[], bool], split: str, images: str) -> ImportReport:
    make_folder(project)
    copier = ImageCopier(open_source(own.folder, follow=True), project, ImportReport(project),
                         follow=True, known=own.labels, link=images == "link",
                         temporary=own.folder.parent)
    report = _import_images(own.folder, copier, progress, cancelled, split)
    report.problems = [*own.problems, *map(own.original, report.problems)]
    report.notes += own.losses.words("Pascal VOC")
    if own.kind.holds.shapes == (MASK,) and report.annotations:
        report.notes.append(tr("Train can learn things from masks, or areas pixel by pixel: choose "
                               "under “Learn” (in a shell, by the recipe)."))
    report.left = own.left
    return report


def _import_images(src: Path, copier: ImageCopier, progress: ProgressCallback,
                   cancelled: Callable[[], bool], split: str, level: int | None = None,
                   ) -> ImportReport:
    """Copy the images; what fails when some have come stops the import, with these kept."""
    try:
        return _copy_images(src, copier, progress, cancelled, split, level)
    except WorkbenchError as error:
        if not copier.made or not is_folder(copier.report.project):
            raise
        copier.stopped_by(error)
        return copier.report


def _copy_images(src: Path, copier: ImageCopier, progress: ProgressCallback,
                 cancelled: Callable[[], bool], split: str, level: int | None) -> ImportReport:
    report, source, project = copier.report, copier.source, copier.report.project
    copier.run(source.all_keys, progress, cancelled)
    copier.finish(split)
    if report.cancelled:
        return report
    if not copier.in_place:
        _take_labels(source, project, copier, level)
    of_wholes = copier.report.labels and not copier.report.annotations
    if of_wholes:  # no image needs a file of its own
        report.problems = [item for item in report.problems if item.kind != "one-stem"]
    found = _doubts(project, copier) if not of_wholes else []
    report.notes += [f"{capital(item.words)}." for item in found]
    stacks = find_stacks((key, project / key) for key in report.made)
    if stacks:
        report.notes.append(several_pages_text(len(stacks), project))
    if not (copier.in_place or copier.temporary):
        inside = source.folder.relative_to(src).as_posix()
        taken = {name if inside == "." else f"{inside}/{name}" for name in copier.taken}
        report.left = find_skipped_files(src, taken, "images", follow=copier.follow)
    return report


def _doubts(project: Path, copier: ImageCopier) -> list[LabelIssue]:
    """What is doubtful in the project by now; read again where not all its labels are known."""
    from workbench.project.datasets.images import load_dataset
    from workbench.project.datasets.label_issues import find_label_issues, known_label_issues

    split = default_split(project)
    known = {copier.new_keys[key]: names for key, names in copier.known.items()
             if key in copier.new_keys}
    if all(key in known for part in PARTS for key in split.members(part)):
        return list(known_label_issues(project, copier.report.classes, split, known))
    return find_label_issues(load_dataset(project, split))


def labels_of_tasks(source: Path, project: Path | None, keys: Mapping[str, str],
                    level: int | None = None) -> Iterator[ImportedLabels]:
    """Give imported images the labels that tasks know of in ``source``; see
    :attr:`~workbench.extension.tasks.Task.take_labels`."""
    for task in tasks:
        if task.medium == "images" and task.take_labels:
            said = () if level is None else (level,)
            yield load(task.take_labels)(source, project, keys, *said)


def _take_labels(source: LabelledFolder, project: Path, copier: ImageCopier,
                 level: int | None) -> None:
    """What tasks know of the images as a whole comes along; of another format its reader has said
    it in a table, and folders are no classes."""
    if copier.temporary and not is_file(source.folder / "labels.csv"):
        return
    for taken in labels_of_tasks(source.folder, project, copier.new_keys, level):
        copier.report.notes += taken.notes
        copier.taken.update(taken.files)
        copier.report.labels += taken.number if copier.report.images else 0
        copier.report.unlabelled = max(0, copier.report.unlabelled - taken.number)
        copier.report.problems += taken.problems
        copier.report.classes += [name for name in taken.counts
                                  if name not in copier.report.classes]


def _import_sounds(
    src: Path, project: Path, progress: ProgressCallback, cancelled: Callable[[], bool],
    follow: bool, labels: str,
) -> ImportReport | None:
    """Import the sounds of ``src``; None where there are none."""
    from workbench.project.imports.sounds import choose_labels, import_sounds, inspect_sounds

    found = inspect_sounds(src, follow=follow)
    if not found.keys:
        return None
    choose_labels(found, labels)
    copier = import_sounds(found, project, progress, cancelled)
    report = copier.report
    if not report.cancelled and not (project.exists() and project.samefile(src)):
        report.left = find_skipped_files(src, copier.taken, "sounds", follow=follow)
    return report
