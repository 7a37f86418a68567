"""What can be done about a finding of ``doctor``, each as one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, UsageError
from workbench.core.paths import is_folder
from workbench.core.text import count, tr
from workbench.project.edits.file_steps import FilesAway
from workbench.project.runs import CONFIG

if TYPE_CHECKING:
    from workbench.project.library.clips import ClipDocument
    from workbench.project.library.document import Document
    from workbench.project.session import Session

Findings = Sequence[Problem]
Mended = Callable[[Findings], object]


@dataclass(frozen=True, slots=True)
class Mending:
    """A way to mend findings of one kind.

    Parameters
    ----------
    text, all
        What is said on the button for one finding, and on that for several.
    help
        What becomes of the files.
    act
        Called with the session, findings, and what is to be called with those that were mended:
        inside the same step of undo, perhaps later.
    """

    text: str
    all: str
    help: str
    act: Callable[[Session, Findings, Mended], None]


class _Told:
    """The part of a step that tells whether findings are mended, or stand again."""

    def __init__(self, text: str, findings: Findings, tell: Callable[[Findings, bool], object],
                 ) -> None:
        self.text, self.key = text, ""
        self._findings, self._tell = findings, tell

    def do(self) -> None:
        self._tell(self._findings, True)

    def undo(self) -> None:
        self._tell(self._findings, False)


def mend(session: Session, findings: Findings, tell: Callable[[Findings, bool], object]) -> None:
    """Mend ``findings``, all of one kind, as one step of undo.

    Parameters
    ----------
    tell
        Called on the owner's thread with findings and whether they are mended now: when it is done,
        undone and done again; with none where the files are others by now and nothing had to be
        changed. Many label files are prepared in the background first, as
        :meth:`~workbench.project.library.base.Library.change_many` does.

    Raises
    ------
    UsageError
        If there is no way to mend findings of this kind.
    WorkbenchError
        If the disk refuses; nothing was changed then.
    """
    if not findings:
        return
    mending = MENDINGS.get(findings[0].kind)
    if mending is None:
        raise UsageError(f"“{findings[0].kind}” cannot be mended by a button")
    text = tr("mend {findings}", findings=count(len(findings), "problem"))

    def mended(some: Findings) -> None:
        if some:
            session.undo.push(_Told(text, tuple(some), tell))
        else:
            tell((), False)

    with session.undo.together(text):
        mending.act(session, findings, mended)


# --- files ----------------------------------------------------------------------------------------


def _trash_files(session: Session, findings: Findings, mended: Mended) -> None:
    paths = [Path(item.path) for item in findings]
    session.undo.push(FilesAway(session, paths, tr("move files to the trash")))
    mended(findings)


def _trash_runs(session: Session, findings: Findings, mended: Mended) -> None:
    """Whole runs, but for those that go on, or ended well, since they were looked at."""
    from workbench.project.doctor import run_problems

    folders: dict[Problem, Path] = {}
    for item in findings:
        path = Path(item.path)
        folder = path.parent if path.name == CONFIG else path
        if is_folder(folder) and any(now.kind == item.kind for now in run_problems(folder)):
            folders[item] = folder
    if folders:
        session.undo.push(FilesAway(session, folders.values(), tr("move files to the trash")))
    mended(tuple(folders))


def images_to_trash(session: Session, keys: Sequence[str]) -> None:
    """Move images and the label files that are theirs alone to the trash, as one step."""
    index, gone = session.index, set(keys)
    labels = (index.annotation_path(key) for key in keys if not set(index.sharing(key)) - gone)
    paths = [*(index.path(key) for key in keys), *labels]
    session.undo.push(FilesAway(session, paths, tr(
        "move {images} to the trash", images=count(len(keys), "image"))))


def _trash_images(session: Session, findings: Findings, mended: Mended) -> None:
    images_to_trash(session, [_key(session, item) for item in findings])
    mended(findings)


def _trash_clips(session: Session, findings: Findings, mended: Mended) -> None:
    session.sounds.delete(_key(session, item) for item in findings)
    mended(findings)


def _key(session: Session, finding: Problem) -> str:
    return Path(finding.path).relative_to(session.folder).as_posix()


# --- labels ---------------------------------------------------------------------------------------


def _inside(document: Document) -> tuple[LabeledObject, ...]:
    """The objects cut to the image, without those that have no area there."""
    from workbench.media.images.header import read_image_info
    from workbench.project.datasets.images import cut_to

    info = read_image_info(document.path)
    size = (info.width, info.height)
    cut = (cut_to(item, size) for item in document.annotation.objects)
    return tuple(item for item in cut if item is not None)


def _with_area(document: Document) -> tuple[LabeledObject, ...]:
    kept = []
    for item in document.annotation.objects:
        x1, y1, x2, y2 = item.shape.bounds()
        if x2 > x1 and y2 > y1:
            kept.append(item)
    return tuple(kept)


def _once(document: Document) -> tuple[LabeledObject, ...]:
    """Of objects of one class in one place the first."""
    kept: dict[tuple[object, ...], LabeledObject] = {}
    for item in document.annotation.objects:
        kept.setdefault((item.label, item.shape), item)
    return tuple(kept.values())


def _change_boxes(change: Callable[[Any], tuple[LabeledObject, ...]], session: Session,
                  findings: Findings, mended: Mended) -> None:
    of_file = {_key(session, item): item for item in findings}
    index = session.index  # as texts: a hundred thousand paths would take half a second
    found = {key: of_file[path] for key in index
             if (path := index.annotation_key(key)) in of_file}
    text = tr("mend {findings}", findings=count(len(findings), "problem"))
    session.images.change_many(found, change, text,
                               besides=lambda keys: mended(_of_files(findings, found, keys)))


def _of_files(findings: Findings, found: Mapping[str, Problem], keys: Sequence[str]) -> Findings:
    """All findings about the label files of ``keys``: a file may have several."""
    paths = {found[key].path for key in keys}
    return [item for item in findings if item.path in paths]


def _drop_outside(document: ClipDocument) -> tuple[LabeledObject, ...]:
    from workbench.project.library.clips import within

    return within(document.annotation, document.duration).objects


def _change_clips(session: Session, findings: Findings, mended: Mended) -> None:
    of_key = {_key(session, item): item for item in findings}
    session.sounds.change_many(
        of_key, _drop_outside, tr("remove labels beyond the end"),
        besides=lambda keys: mended([of_key[key] for key in keys]))


def _merge_classes(session: Session, findings: Findings, mended: Mended) -> None:
    """Into the one of each group that is used most."""
    merged = []
    for item in findings:
        best, *others = [name for name in item.names if name in session.classes] or [""]
        for name in others:
            session.rename_class(name, best)
        merged += [item] if others else []  # else the classes are others by now
    mended(merged)


# --- another person's labels ----------------------------------------------------------------------


def _settle(session: Session, findings: Findings, mended: Mended) -> None:
    from workbench.project.agreement import Difference, settled

    of_key: dict[str, list[Difference]] = {}
    for item in findings:
        if isinstance(item, Difference) and item.pair is not None:
            of_key.setdefault(item.pair.key, []).append(item)

    def change(document: Document) -> tuple[LabeledObject, ...]:
        pairs = [item.pair for item in of_key[document.key] if item.pair is not None]
        return settled(document.annotation.objects, pairs)

    session.images.change_many(
        of_key, change, tr("settle {differences}", differences=count(len(findings), "difference")),
        besides=lambda keys: mended([item for key in keys for item in of_key[key]]))


_TRASH = partial(Mending, "Move to the trash", "Move all to the trash")
_FROM_TRASH = "What is moved to the trash can be restored for 30 days."
_REMOVE = partial(Mending, "Remove", "Remove all")

MENDINGS: Mapping[str, Mending] = {
    "leftover": _TRASH(_FROM_TRASH, _trash_files),
    "annotation-without-image": _TRASH(_FROM_TRASH, _trash_files),
    "broken-run": _TRASH(_FROM_TRASH, _trash_runs),
    "failed-run": _TRASH(_FROM_TRASH, _trash_runs),
    "unreadable-annotation": _TRASH("The images can be labelled anew then; the files can be "
                                    "restored from the trash for 30 days.", _trash_files),
    "unreadable-split": _TRASH(_FROM_TRASH, _trash_files),
    "unreadable-image": _TRASH(_FROM_TRASH, _trash_images),
    "truncated-image": _TRASH(_FROM_TRASH, _trash_images),
    "unreadable-sound": _TRASH(_FROM_TRASH, _trash_clips),
    "box-out-of-bounds": Mending(
        "Cut to the image", "Cut all to the image",
        "Cuts off what lies outside the image, and removes objects that lie there as a whole.",
        partial(_change_boxes, _inside)),
    "zero-size-box": _REMOVE("Removes boxes that have no width or no height.",
                             partial(_change_boxes, _with_area)),
    "duplicate-box": _REMOVE("Keeps the first of several objects of one class in one place.",
                             partial(_change_boxes, _once)),
    "labels-outside": _REMOVE("Removes labels beyond the end of the recording.",
                              _change_clips),
    "classes-alike": Mending("Merge", "Merge all", "Makes them the one that is used most, in all "
                             "label files.", _merge_classes),
    "other-class-there": Mending("Take theirs", "Take all of theirs",
                                 "Your object stays where it is and takes on the other class.",
                                 _settle),
    "only-there": Mending("Add", "Add all", "Adds the object to your labels.", _settle),
    "only-here": Mending("Remove", "Remove all", "Removes the object from your labels.",
                         _settle),
}
"""By the kind of a finding; those of other kinds a person must look at."""

TITLES: Mapping[str, str] = {
    "unreadable-annotation": "Label files that cannot be read",
    "unreadable-labels": "Labels that cannot be read",
    "unreadable-image": "Images that cannot be read",
    "unreadable-sound": "Sounds that cannot be read",
    "truncated-image": "Images that break off",
    "truncated-sound": "Sounds that break off",
    "annotation-without-image": "Label files without an image",
    "box-out-of-bounds": "Objects that reach out of their image",
    "zero-size-box": "Boxes without an area",
    "duplicate-box": "Objects labelled twice",
    "size-differs": "Labels made for an image of another size",
    "boxes-unturned": "Labels made before the image was turned",
    "labels-outside": "Labels beyond the end of a recording",
    "classes-alike": "Classes with nearly the same name",
    "class-in-one-file": "Classes that occur only once",
    "image-in-two-classes": "One image in two classes",
    "duplicate-across-split": "Nearly the same image on two sides of the split",
    "other-class-there": "Objects with another class",
    "only-there": "Objects that only they have",
    "only-here": "Objects that only you have",
    "leftover": "Remains of interrupted writing",
    "broken-run": "Trainings that cannot be used",
    "failed-run": "Trainings that did not finish",
    "unreadable-split": "Splits that cannot be read",
    "not-read": "Files that are not read",
}


def title_of(kind: str) -> str:
    """What a group of findings is called; the words of the kind where nobody chose better ones."""
    return tr(TITLES[kind]) if kind in TITLES else kind.replace("-", " ").capitalize()
