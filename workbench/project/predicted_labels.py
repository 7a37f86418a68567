"""What a model found, written as labels in any format that has a place for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.core.annotation import Annotation
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.video import place_text, shown_in
from workbench.extension.annotation_formats import AnnotatedSample, AnnotationFormat
from workbench.extension.holds import NUMBER, PLACED, WITHIN, fit
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
            sample = _sample(saving, answer, name, found.format)
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


def _sample(saving: Saving, answer: Prediction, name: str, kind: AnnotationFormat,
            ) -> AnnotatedSample:
    """An answer as a sample that is named and measured; WorkbenchError if it has no place, or its
    file cannot be read."""
    path, frame, _ = shown_in(answer)
    assert saving.annotation is not None
    if frame >= 0 and kind.holds.files == WITHIN:
        raise WorkbenchError(f"{kind.title} holds the images themselves, and a frame of a video is "
                             "no file", path=path)
    annotation = saving.annotation(answer)
    name = writable(name + (path.suffix if frame < 0 else ".jpg"))
    if kind.medium == "sounds":
        from workbench.media.sounds.sound_info import read_sound_info

        info = read_sound_info(path)
        return AnnotatedSample(path, replace(annotation, labels=()),  # regions say them, too
                               name=name, extent=(info.duration, info.nyquist))
    return AnnotatedSample(path, _measured(annotation, answer, path, frame), name=name)


def _measured(annotation: Annotation, answer: Prediction, path: Path, frame: int) -> Annotation:
    if annotation.size is not None:
        return annotation
    if frame < 0:
        info = read_image_info(path)
        return replace(annotation, size=(info.width, info.height))
    from workbench.media.video.frames import shown_pixels

    height, width = shown_pixels(answer).shape[:2]
    return replace(annotation, size=(width, height))
