"""What a model found, written as labels in any format that has a place for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.found_shapes import has_both
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.video import place_text, shown_in
from workbench.extension.annotation_formats import AnnotatedSample, AnnotationFormat
from workbench.extension.holds import KEYPOINTS, MASK, NUMBER, PLACED, POLYGON, WITHIN, fit
from workbench.extension.registry import load
from workbench.extension.saving import Prediction, Saving
from workbench.media.images.header import read_image_info
from workbench.project.label_export import FolderTarget, LabelExport, formats_to_write
from workbench.project.named_files import writable


def label_formats(saving: Saving, medium: str) -> list[AnnotationFormat]:
    """Formats that can hold what a model finds; images are left where they are."""
    if saving.annotation is None:
        return []
    return [kind for kind in formats_to_write(medium) if kind.holds.files != PLACED
            and (kind.holds.labels if saving.whole else kind.holds.shapes)]


def write_predicted(kind: AnnotationFormat, saving: Saving, classes: Sequence[str],
                    answers: Iterable[tuple[Prediction, str]], folder: Path,
                    skeletons: Mapping[str, Skeleton] = NO_SKELETONS) -> LabelExport:
    """Write answers into ``folder``, which exists; what was written and what was lost.

    Parameters
    ----------
    classes
        All that the model knows, in their order.
    answers
        Each with a name that no other has ("night/0041", a posix path without suffix).
    skeletons
        What the key points of classes are called.

    Raises
    ------
    WorkbenchError
        If the disk refuses, or the format has no room for so much.
    OSError
        If the disk refuses.
    """
    found = LabelExport(folder, kind, classes=tuple(classes))
    target = FolderTarget(folder, classes, "none", skeletons)
    load(kind.write)(target, _samples(saving, answers, found))
    found.problems += target.problems
    return found


def _samples(saving: Saving, answers: Iterable[tuple[Prediction, str]], found: LabelExport,
             ) -> Iterator[AnnotatedSample]:
    for answer, name in answers:
        try:
            sample = _sample(saving, answer, name, found)
        except WorkbenchError as error:
            found.problems.append(Problem(place_text(answer), "unreadable", error.sentence()))
            continue
        annotation = sample.annotation
        assert annotation is not None
        annotation = fit(annotation, found.format.holds, found.losses)
        found.samples += 1
        found.objects += len(annotation.objects)
        found.labels += len(annotation.labels) + (NUMBER in annotation.attributes)
        yield replace(sample, annotation=annotation)


def _sample(saving: Saving, answer: Prediction, name: str, found: LabelExport) -> AnnotatedSample:
    """An answer as a sample that is named and measured; WorkbenchError if it has no place, or its
    file cannot be read."""
    kind = found.format
    path, frame, _ = shown_in(answer)
    if frame >= 0 and kind.holds.files == WITHIN:
        raise WorkbenchError(f"{kind.title} holds the images themselves, and a frame of a video is "
                             "no file", path=path)
    annotation = _annotation(saving, answer, found)
    name = writable(name + (path.suffix if frame < 0 else ".jpg"))
    if kind.medium == "sounds":
        from workbench.media.sounds.sound_info import read_sound_info

        info = read_sound_info(path)
        return AnnotatedSample(path, replace(annotation, labels=()),  # regions say them, too
                               name=name, extent=(info.duration, info.nyquist))
    return AnnotatedSample(path, _measured(annotation, answer, path, frame), name=name)


def _annotation(saving: Saving, answer: Prediction, found: LabelExport) -> Annotation:
    """An answer as labels. Of a thing whose key points have no place in the format, but the outline
    that was found with them has, it is the outline: the box around the points says less."""
    assert saving.annotation is not None
    annotation, holds = saving.annotation(answer), found.format.holds.shapes
    if KEYPOINTS in holds or not {POLYGON, MASK}.intersection(holds) or not has_both(answer):
        return annotation
    without = {name: value for name, value in answer.items() if name != "keypoints"}
    objects = list(annotation.objects)
    for place, item in enumerate(saving.annotation(without).objects):
        if item.shape != objects[place].shape and isinstance(item.shape, Polygon | RotatedBox):
            found.losses.became[KEYPOINTS, POLYGON] += 1
            objects[place] = item
    return replace(annotation, objects=tuple(objects))


def _measured(annotation: Annotation, answer: Prediction, path: Path, frame: int) -> Annotation:
    if annotation.size is not None:
        return annotation
    if frame < 0:
        info = read_image_info(path)
        return replace(annotation, size=(info.width, info.height))
    from workbench.media.video.frames import shown_pixels

    height, width = shown_pixels(answer).shape[:2]
    return replace(annotation, size=(width, height))
