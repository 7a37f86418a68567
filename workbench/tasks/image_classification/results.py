"""What is shown of a classifier of images: stored scores beside the labels. No Qt in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file
from workbench.core.plain import fitted, json_text, parse_json
from workbench.core.text import tr
from workbench.evaluation import scored
from workbench.evaluation.estimated import NumberSet
from workbench.evaluation.scored import ScoredSet, ScoredSnapshot
from workbench.evaluation.tagged import TagSet
from workbench.evaluation.tags import THRESHOLD
from workbench.extension.engine_task import Run
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file
from workbench.formats.scores import ScoreSet, load_scores
from workbench.project import class_results
from workbench.project.class_results import PartLabels, is_shared, join_scores
from workbench.project.datasets.splits import PARTS
from workbench.project.imports.files import put_aside
from workbench.project.runs import RunFolder
from workbench.tasks.image_classification.dataset import (
    LabelledImage,
    check_kind,
    load_images,
    targets_of,
)
from workbench.tasks.image_classification.labels import Kind, number_of

ImageLabels = PartLabels[LabelledImage]
ImageSet = ScoredSet[LabelledImage]
ImageSnapshot = ScoredSnapshot[LabelledImage]
ImageTags = TagSet[LabelledImage]
ImageNumbers = NumberSet[LabelledImage]
Fresh = Mapping[str, str]
"""Labels that differ from those that were read, by key; "" where one was taken off."""

_KEPT = "thresholds.json"
_SAME = 0.005  # half a step of a slider

_IS_TRAIN = "These images were trained on as well: the figures are too good."


def key_of(image: LabelledImage) -> str:
    """What tells an image from all others."""
    return image.key


def read_parts(project: Path, run: RunFolder) -> ImageLabels:
    """The labelled images of a run's split.

    Raises
    ------
    WorkbenchError
        If the split cannot be read, or labels are of another kind now.
    """
    name = run.split
    data = load_images(project, name, run=run.path)
    check_kind(str(run.config.get("kind", "class")), data.kind)
    doubts = {"train": "The model was trained on these images."}
    if data.split.val_is_train:
        doubts["val"] = _IS_TRAIN
    return PartLabels(name, "" if is_shared(project, name) else run.name,
                      {part: tuple(data.part(part)) for part in PARTS}, doubts,
                      gone={part: data.gone_text(part, "image") for part in PARTS})


def stored_scores(run: RunFolder, part: str, kind: Kind) -> ScoreSet:
    """Scores of a run that learned labels of a kind.

    Raises
    ------
    WorkbenchError
        If they cannot be read, or are of another kind.
    """
    found = load_scores(run.predictions_path(part))
    if found.meta.get("kind", "class") != kind:
        raise WorkbenchError("what is stored with this run are answers of another kind of model",
                             path=run.predictions_path(part))
    return found


def open_images(
    run: RunFolder, part: str, labels: ImageLabels, project_classes: Sequence[str], fresh: Fresh
) -> ImageSet:
    """Join a run's stored scores with the labels.

    Raises
    ------
    WorkbenchError
        If the scores cannot be read, or are of tags or numbers.
    """
    now = join_scores(stored_scores(run, part, "class"), labels, part, project_classes)
    whole = ScoredSet(run.name, part, (), now.classes, now.scores[:0], now.samples, now.scores,
                      missing=now.missing, doubt=now.doubt)
    return relabelled(whole, fresh)


def relabelled(results: ImageSet, fresh: Fresh) -> ImageSet:
    """The same scores beside labels that were mended since."""
    return scored.relabelled(results, fresh, key_of)


def _mended(images: Sequence[LabelledImage], fresh: Fresh) -> tuple[LabelledImage, ...]:
    return tuple(replace(item, label=fresh[item.key]) if item.key in fresh else item
                 for item in images)


# --- tags -----------------------------------------------------------------------------------------


def found_thresholds(run: RunFolder | Run) -> dict[str, float]:
    """The score from which on each tag counts, as it was found on the run's validation images;
    empty where there were none."""
    try:
        found = load_scores(run.predictions_path("val")).meta.get("thresholds", {})
    except WorkbenchError:
        return {}
    return {str(name): float(value) for name, value in found.items()}


def kept_thresholds(run: RunFolder | Run) -> tuple[dict[str, float], str]:
    """Those that a person chose instead, which lie in the run's folder; a damaged file counts as
    none, which a sentence says."""
    path = run.path / _KEPT
    if not is_file(path):
        return {}, ""
    try:
        return fitted(parse_json(read_file(path)), dict[str, float], "it"), ""
    except (WorkbenchError, ValueError) as error:
        reason = error.message if isinstance(error, WorkbenchError) else str(error)
        return {}, tr("The thresholds that were chosen for the run {run} cannot be read: {reason}. "
                      "Those found on its validation images count instead; “{name}” in its folder "
                      "was left as it is.", run=run.name, reason=reason, name=_KEPT)


def thresholds_of_run(run: RunFolder | Run) -> tuple[dict[str, float], str]:
    """The score from which on each tag counts in predictions; see :func:`kept_thresholds`."""
    kept, problem = kept_thresholds(run)
    return {**found_thresholds(run), **kept}, problem


def keep_thresholds(run: RunFolder, results: ImageTags, thresholds: Mapping[str, float]) -> None:
    """Have these count from now on, by the tags of ``results``; as they were found, no file is
    kept. A damaged file is kept under another name.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    own = dict(zip(results.classes, run.config["classes"], strict=True))
    chosen = {own[name]: round(value, 6) for name, value in thresholds.items()
              if abs(results.thresholds.get(name, THRESHOLD) - value) > _SAME}
    path = run.path / _KEPT
    if kept_thresholds(run)[1]:
        put_aside(path)
    if chosen:
        write_atomic(path, json_text(chosen, indent=2).encode("utf-8"))
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WorkbenchError(f"it cannot be removed ({error.strerror})", path=path) from error


def open_tags(
    run: RunFolder, part: str, labels: ImageLabels, project_classes: Sequence[str], fresh: Fresh
) -> ImageTags:
    """:func:`open_images` of a run that learned tags."""
    stored = stored_scores(run, part, "tags")
    now = join_scores(stored, labels, part, project_classes)
    kept, problem = kept_thresholds(run)

    def named(limits: Mapping[str, float]) -> dict[str, float]:
        return {name: limits[old] for old, name in zip(stored.classes, now.classes, strict=True)
                if old in limits}

    whole = TagSet(run.name, part, (), now.classes, now.scores[:0],
                   np.zeros((0, len(now.classes)), bool), named(found_thresholds(run)),
                   now.samples, now.scores, missing=now.missing, doubt=now.doubt,
                   kept=named(kept), problem=problem)
    return relabelled_tags(whole, fresh)


def relabelled_tags(results: ImageTags, fresh: Fresh) -> ImageTags:
    """The same scores beside tags that were mended since."""
    every = _mended(results.every, fresh)
    rows = [row for row, item in enumerate(every) if item.label]
    samples = tuple(every[row] for row in rows)
    return replace(results, every=every, samples=samples, scores=results.every_scores[rows],
                   truth=targets_of(samples, results.classes, "tags") > 0,
                   left_out=len(every) - len(rows))


# --- numbers --------------------------------------------------------------------------------------


def open_numbers(
    run: RunFolder, part: str, labels: ImageLabels, project_classes: Sequence[str], fresh: Fresh
) -> ImageNumbers:
    """:func:`open_images` of a run that learned a number."""
    now = join_scores(stored_scores(run, part, "number"), labels, part, ())
    none = np.zeros(0)
    whole = NumberSet(run.name, part, (), none, none, now.samples, now.scores[:, 0],
                      missing=now.missing, doubt=now.doubt)
    return relabelled_numbers(whole, fresh)


def relabelled_numbers(results: ImageNumbers, fresh: Fresh) -> ImageNumbers:
    """The same estimates beside numbers that were mended since."""
    every = _mended(results.every, fresh)
    numbers = [number_of(item.label) for item in every]
    rows = [row for row, number in enumerate(numbers) if number is not None]
    return replace(results, every=every, samples=tuple(every[row] for row in rows),
                   found=results.every_found[rows],
                   truth=np.asarray([numbers[row] for row in rows], np.float64),
                   left_out=len(every) - len(rows))


def csv_bytes(shown: ImageSnapshot) -> bytes:
    """The images in the list with their scores, as CSV (UTF-8, one head line)."""
    return class_results.csv_bytes(shown, ("file",), lambda image: [image.key])
