"""What can be done about a finding of ``doctor``, each as one step that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.annotation import LabeledObject
from workbench.core.errors import Problem, UsageError
from workbench.core.overlaps import labelled_before
from workbench.core.text import count, tr
from workbench.formats.label_checks import has_area
from workbench.project.edits.file_steps import FilesAway
from workbench.project.links import LOST, LOST_SOUND, Relinked
from workbench.project.resolve_disagreements import (
    resolve,
    take_changed,
    take_changed_classes,
    take_classes,
    take_labels,
)
from workbench.project.runs import CONFIG

if TYPE_CHECKING:
    from workbench.project.library.clips import ClipDocument
    from workbench.project.library.document import Document
    from workbench.project.session import Session

Findings = Sequence[Problem]
Mended = Callable[[Findings], object]


@dataclass(frozen=True, slots=True)
class Mending:
    """A way to mend findings of one kind."""

    text: str
    all: str
    """What is said on the button for one finding, and on that for several."""
    help: str
    """What becomes of the files."""
    act: Callable[[Session, Findings, Mended], None]
    """Called with the session, findings, and what is to be called with those that were mended:
    inside the same step of undo, perhaps later."""
    asks_folder: bool = False
    """Whether a person must name a folder first: see :func:`relinked`."""


class _Report:
    """The part of a step that tells whether findings are mended, or stand again."""

    def __init__(self, text: str, findings: Findings, report: Callable[[Findings, bool], object],
                 ) -> None:
        self.text, self.key = text, ""
        self._findings, self._report = findings, report

    def do(self) -> None:
        self._report(self._findings, True)

    def undo(self) -> None:
        self._report(self._findings, False)


def mend(session: Session, findings: Findings, report: Callable[[Findings, bool], object]) -> None:
    """Mend ``findings``, all of one kind, as one step of undo.

    Parameters
    ----------
    report
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
            session.undo.push(_Report(text, tuple(some), report))
        else:
            report((), False)

    with session.undo.together(text):
        mending.act(session, findings, mended)


def relinked(session: Session, found: Mapping[Problem, str], before: Mapping[str, str],
             report: Callable[[Findings, bool], object]) -> None:
    """Make a step of lost images, or sounds, that refer to their files again.

    Parameters
    ----------
    found
        Where those of each finding refer to by now.
    before
        Where they referred to, by key.
    """
    sounds = any(item.kind == LOST_SOUND for item in found)
    step = Relinked(session, {_key(session, item): path for item, path in found.items()}, before,
                    "sound" if sounds else "image")
    with session.undo.together(step.text):
        session.undo.push(step)
        session.undo.push(_Report(step.text, tuple(found), report))


# --- files ----------------------------------------------------------------------------------------


def _trash_files(session: Session, findings: Findings, mended: Mended) -> None:
    paths = [Path(item.path) for item in findings]
    session.undo.push(FilesAway(session, paths, tr("move files to the trash")))
    mended(findings)


def _trash_runs(session: Session, findings: Findings, mended: Mended) -> None:
    """Whole runs."""
    paths = (Path(item.path) for item in findings)
    folders = [path.parent if path.name == CONFIG else path for path in paths]
    session.undo.push(FilesAway(session, folders, tr("move files to the trash")))
    mended(findings)


def images_to_trash(session: Session, keys: Sequence[str]) -> None:
    """Move images and the label files that are theirs alone to the trash, as one step."""
    index = session.index
    paths = [*(index.path(key) for key in keys), *index.own_labels(keys)]
    session.undo.push(FilesAway(session, paths, tr(
        "move {images} to the trash", images=count(len(keys), "image"))))


def _trash_images(session: Session, findings: Findings, mended: Mended) -> None:
    images_to_trash(session, [_key(session, item) for item in findings])
    mended(findings)


def _trash_clips(session: Session, findings: Findings, mended: Mended) -> None:
    session.sounds.delete(_key(session, item) for item in findings)
    mended(findings)


def _trash_videos(session: Session, findings: Findings, mended: Mended) -> None:
    """With the files of their tracks and events."""
    videos = session.videos
    paths = [path for item in findings for key in [_key(session, item)]
             for path in videos.files(key)]
    session.undo.push(FilesAway(session, paths, tr("move files to the trash")))
    mended(findings)


def _key(session: Session, finding: Problem) -> str:
    return Path(finding.path).relative_to(session.folder).as_posix()


def _write_split(session: Session, findings: Findings, mended: Mended) -> None:
    from workbench.project.datasets.split_files import SplitWritten, split_files

    found = split_files(session.folder)
    if found is not None:
        session.undo.push(SplitWritten(found))
    mended(findings if found is not None else ())


def _hold_back(session: Session, findings: Findings, mended: Mended) -> None:
    from workbench.project.datasets.splits import load_split, with_val_from_train, without_val
    from workbench.project.edits.split_steps import SplitChanged

    split = load_split(session.folder)
    after = with_val_from_train(split, "splits/default.json")
    divided = without_val(split) and bool(after.val)
    if divided:
        session.undo.push(SplitChanged(session.folder, split, after, tr(
            "hold back {images} for validation", images=count(len(after.val), "image"))))
    mended(findings if divided else ())


# --- labels ---------------------------------------------------------------------------------------


def _inside(document: Document) -> tuple[LabeledObject, ...]:
    """The objects cut to the image, without those of which nothing is left there."""
    from workbench.media.images.header import read_image_info

    info = read_image_info(document.path)
    size = (float(info.width), float(info.height))
    cut = ((item, item.shape.clipped(size)) for item in document.annotation.objects)
    return tuple(item if shape == item.shape else item.with_shape(shape)
                 for item, shape in cut if has_area(shape))


def _with_area(document: Document) -> tuple[LabeledObject, ...]:
    return tuple(item for item in document.annotation.objects if has_area(item.in_order().shape))


def _once(document: Document) -> tuple[LabeledObject, ...]:
    """Of objects of one class in one place the first."""
    objects = document.annotation.objects
    again = set(labelled_before([(item.label, item.shape) for item in objects]))
    return tuple(item for at, item in enumerate(objects) if at not in again)


def _change_boxes(change: Callable[[Any], tuple[LabeledObject, ...]], session: Session,
                  findings: Findings, mended: Mended) -> None:
    of_file = {_key(session, item): item for item in findings}
    index = session.index  # as texts: a hundred thousand paths would take half a second
    found = {key: of_file[path] for key in index if (path := index.annotation_key(key)) in of_file}
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


def _to_picture(document: Document, _findings: Findings) -> tuple[LabeledObject, ...]:
    from workbench.project.video_check import cut_to_picture

    return cut_to_picture(document.path, document.annotation.objects)


def _to_end(document: Document, findings: Findings) -> tuple[LabeledObject, ...]:
    from workbench.project.video_check import cut_to_end

    frames = findings[0].frames
    assert frames is not None, "it was found by counting them"
    return cut_to_end(frames, document.annotation.objects)


def _cut_tracks(cut: Callable[[Document, Findings], tuple[LabeledObject, ...]], text: str,
                session: Session, findings: Findings, mended: Mended) -> None:
    from workbench.project.video_check import video_of

    of_key: dict[str, list[Problem]] = {}
    for item in findings:
        key = video_of(Path(item.path)).relative_to(session.folder).as_posix()
        of_key.setdefault(key, []).append(item)
    session.videos.change_many(
        of_key, lambda document: cut(document, of_key[document.key]), tr(text),
        besides=lambda keys: mended([item for key in keys for item in of_key[key]]))


def _merge_classes(session: Session, findings: Findings, mended: Mended) -> None:
    """Into the one of each group that is used most."""
    merged = []
    for item in findings:
        best, *others = [name for name in item.names if name in session.classes] or [""]
        for name in others:
            session.rename_class(name, best)
        merged += [item] if others else []  # else the classes are others by now
    mended(merged)


def _to_trash(move: Callable[[Session, Findings, Mended], None], session: Session,
              findings: Findings, mended: Mended) -> None:
    """Look at each file once more, and move those that are as they were found."""
    from workbench.project.recheck import still_found

    some = still_found(session, findings)
    if some:
        move(session, some, mended)
    else:
        mended(())


def _trash(help: str, move: Callable[[Session, Findings, Mended], None]) -> Mending:
    return Mending("Move to the trash", "Move all to the trash", help, partial(_to_trash, move))


def _asks(session: Session, findings: Findings, mended: Mended) -> None:
    raise UsageError("a folder must be named first")


_FROM_TRASH = "What is moved to the trash can be restored for 30 days."
_REMOVE = partial(Mending, "Remove", "Remove all")

MENDINGS: Mapping[str, Mending] = {
    "leftover": _trash(_FROM_TRASH, _trash_files),
    "annotation-without-image": _trash(_FROM_TRASH, _trash_files),
    "broken-run": _trash(_FROM_TRASH, _trash_runs),
    "failed-run": _trash(_FROM_TRASH, _trash_runs),
    "unreadable-annotation": _trash("The images can be labelled anew then; the files can be "
                                    "restored from the trash for 30 days.", _trash_files),
    "unreadable-split": _trash(_FROM_TRASH, _trash_files),
    LOST: Mending("Locate the folder…", "Locate the folder…",
                  "Say where the folder of these images is now. Their labels stay as they are.",
                  _asks, asks_folder=True),
    LOST_SOUND: Mending("Locate the folder…", "Locate the folder…",
                        "Say where the folder of these sounds is now. Their labels stay as they "
                        "are.", _asks, asks_folder=True),
    "unreadable-image": _trash(_FROM_TRASH, _trash_images),
    "truncated-image": _trash(_FROM_TRASH, _trash_images),
    "unreadable-sound": _trash(_FROM_TRASH, _trash_clips),
    "unreadable-video": _trash(_FROM_TRASH, _trash_videos),
    "unreadable-tracks": _trash("The videos can be labelled anew then; the files can be restored "
                                "from the trash for 30 days.", _trash_files),
    "unreadable-events": _trash("The events can be noted anew then; the files can be restored "
                                "from the trash for 30 days.", _trash_files),
    "tracks-without-video": _trash(_FROM_TRASH, _trash_files),
    "events-without-video": _trash(_FROM_TRASH, _trash_files),
    "no-validation": Mending(
        "Hold back a part of train", "Hold back a part of train",
        "About every seventh image of train, chosen at random, becomes validation. Images of test "
        "stay where they are.", _hold_back),
    "split-elsewhere": Mending(
        "Write the split there", "Write the split there",
        "Your training scripts then use the split of this project: lists train.txt, val.txt and "
        "test.txt hold its images, and a data.yaml names them.", _write_split),
    "tracks-outside": Mending("Cut to the picture", "Cut all to the picture",
                              "Cuts off what lies outside the picture, on all frames.",
                              partial(_cut_tracks, _to_picture, "cut tracks to the picture")),
    "tracks-beyond-end": Mending("Cut to the last frame", "Cut all to the last frame",
                                 "Removes the boxes beyond the last frame, and tracks that lie "
                                 "there as a whole.",
                                 partial(_cut_tracks, _to_end, "cut tracks to the last frame")),
    "box-out-of-bounds": Mending(
        "Cut to the image", "Cut all to the image",
        "Cuts off what lies outside the image, and removes objects that lie there as a whole. "
        "Rotated boxes of which a part is inside stay as they are.",
        partial(_change_boxes, _inside)),
    "zero-size-box": _REMOVE("Removes boxes and outlines that have no area; key points stay.",
                             partial(_change_boxes, _with_area)),
    "duplicate-box": _REMOVE("Keeps the first of several objects of one class in one place.",
                             partial(_change_boxes, _once)),
    "labels-outside": _REMOVE("Removes labels beyond the end of the recording.",
                              _change_clips),
    "classes-alike": Mending("Merge", "Merge all", "Makes them the one that is used most, in all "
                             "label files.", _merge_classes),
    "changed-there": Mending(
        "Take theirs", "Take all of theirs",
        "You have not changed these since you both had the same: they become as they are there.",
        take_changed),
    "noted-there": Mending(
        "Take theirs", "Take all of theirs",
        "Both of you have changed these. Objects and classes are alike; exact places differ, what "
        "is noted, or who has verified it. Theirs come in place of yours.", take_changed),
    "class-changed-there": Mending(
        "Take theirs", "Take all of theirs",
        "You have not changed these since you both had the same: they become as they are there.",
        take_changed_classes),
    "other-class-there": Mending("Take theirs", "Take all of theirs",
                                 "Your object stays where it is and takes on the other class.",
                                 resolve),
    "labelled-there": Mending(
        "Take their labels", "Take all of their labels",
        "You have no labels there yet: theirs come, with all that they noted.",
        take_labels),
    "class-there": Mending(
        "Take their class", "Take all of their classes",
        "Your images have no class yet: theirs comes.", take_classes),
    "other-class-of-image": Mending(
        "Take theirs", "Take all of theirs", "Your image takes on their class.", take_classes),
    "tag-there": Mending("Add", "Add all", "Adds the tag to your image.", take_classes),
    "tag-here": Mending("Remove", "Remove all", "Takes the tag off your image.", take_classes),
    "only-there": Mending("Add", "Add all", "Adds the object to your labels.", resolve),
    "only-here": Mending("Remove", "Remove all", "Removes the object from your labels.",
                         resolve),
}
"""By the kind of a finding; those of other kinds a person must look at."""

TITLES: Mapping[str, str] = {
    "unreadable-annotation": "Label files that cannot be read",
    "unreadable-labels": "Labels that cannot be read",
    "unreadable-image": "Images that cannot be read",
    "unwritable-name": "Images whose names no table of labels can hold",
    LOST: "Images whose folder was moved",
    LOST_SOUND: "Sounds whose folder was moved",
    "unreadable-sound": "Sounds that cannot be read",
    "truncated-image": "Images that break off",
    "truncated-sound": "Sounds that break off",
    "unreadable-video": "Videos that cannot be read",
    "truncated-video": "Videos that break off",
    "unreadable-tracks": "Files of tracks that cannot be read",
    "tracks-without-video": "Files of tracks without a video",
    "unreadable-events": "Files of events that cannot be read",
    "events-without-video": "Events without a video",
    "events-beyond-end": "Events that end after the video",
    "tracks-beyond-end": "Tracks that go on beyond the end of the video",
    "tracks-outside": "Tracks that reach outside the picture",
    "annotation-without-image": "Label files without an image",
    "box-out-of-bounds": "Objects that reach out of their image",
    "zero-size-box": "Boxes without an area",
    "duplicate-box": "Objects labelled twice",
    "size-differs": "Labels made for an image of another size",
    "boxes-unturned": "Labels made before the image was turned",
    "labels-outside": "Labels beyond the end of a recording",
    "nameless-regions": "Regions without a class",
    "regions-unused": "Regions in sounds that have a class as a whole",
    "classes-alike": "Classes with nearly the same name",
    "class-in-one-file": "Classes that occur only once",
    "image-in-two-classes": "One image in two classes",
    "duplicate-across-split": "Nearly the same image on two sides of the split",
    "labelled-there": "What only they have labelled",
    "changed-there": "What only they have changed",
    "class-changed-there": "What only they have changed",
    "noted-there": "Places or notes that differ",
    "other-class-there": "Objects with another class",
    "class-there": "Images that only they have labelled",
    "other-class-of-image": "Images with another class",
    "tag-there": "Tags that only they have given",
    "tag-here": "Tags that only you have given",
    "only-there": "Objects that only they have",
    "only-here": "Objects that only you have",
    "leftover": "Remains of interrupted writing",
    "broken-run": "Trainings that cannot be used",
    "failed-run": "Trainings that did not finish",
    "unreadable-split": "Splits that cannot be read",
    "no-validation": "No images for validation",
    "split-elsewhere": "Another split in the data set's own files",
    "split-not-written": "Splits that other programs cannot see",
    "not-read": "Files that are not read",
}


def title_of(kind: str) -> str:
    """What a group of findings is called; the words of the kind where nobody chose better ones."""
    return tr(TITLES[kind]) if kind in TITLES else kind.replace("-", " ").capitalize()
