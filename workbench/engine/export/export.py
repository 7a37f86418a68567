"""A run's model as a file for other programs, checked before it is kept."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.engine.export.check import (
    MOST_PIXELS,
    MOST_SCORE,
    Check,
    Checked,
    Difference,
    check_classifier,
    check_detector,
)
from workbench.engine.export.graphs import graph_of
from workbench.engine.export.metadata import describe
from workbench.engine.models.card import ModelCard
from workbench.engine.models.saved import load_model
from workbench.extension.exports import ExportFormat, export_formats
from workbench.extension.registry import recipes
from workbench.formats.atomic import write_atomic
from workbench.jobs.messages import Event, Finished, Progress
from workbench.project.dataset import load_dataset
from workbench.project.runs import RunFolder
from workbench.project.splits import PARTS
from workbench.tasks.detection.engine.stored import split_of
from workbench.tasks.sound_classification.engine.stored import run_sounds

CHECKED = 8
"""So many of the project's images or sounds an exported model is compared on."""
CHECKED_TILED = 2
"""Images that are cut in tiles are many each."""


def _nothing() -> None:
    pass


def export_run(
    project: Path,
    run: RunFolder,
    file: Path,
    emit: Callable[[Event], None],
    *,
    format: str = "onnx",
    score_thresh: float = 0.25,
    nms_thresh: float = 0.5,
    job: str = "",
    check: Check = _nothing,
) -> dict[str, Any]:
    """Write the best model of ``run`` to ``file``, if it finds there what it finds here.

    The exported model is run on some of the project's images (or sounds) before anything is
    written, and the file appears whole or not at all.

    Parameters
    ----------
    file
        Its folder must exist; a file that is there is replaced.
    format
        Id of a format in :data:`workbench.extension.exports.export_formats`.
    score_thresh, nms_thresh
        0..1; kept in the file for its reader.
    check
        Called between steps; may raise to end the work.

    Returns
    -------
    ``{"run", "format", "file", "bytes", "checked", "box_difference" (px), "score_difference",
    "words"}``, which is also told with ``Finished``. ``checked`` counts images or sounds.

    Raises
    ------
    UsageError
        If there is no such format or folder, or the file's name does not fit the format.
    WorkbenchError
        If there is no model, it cannot be exported, it finds something else than before, or the
        disk refuses. What was at ``file`` stays as it was.
    """
    kind = _format(format, file)
    if not run.best_path.is_file():
        raise WorkbenchError(f"the run {run.name} has no model yet")
    emit(Progress(job, "Writing the model"))
    model, card = load_model(run.best_path, "cpu")
    recipe = recipes.get(card.recipe)
    if recipe.task not in kind.tasks:
        raise WorkbenchError(f"{kind.title} files are not for what {run.name} learned")
    check()
    graph = graph_of(model, card)
    metadata = describe(graph, card, recipe, run, score_thresh=score_thresh, nms_thresh=nms_thresh)
    data: bytes = _function(kind.write)(graph, metadata)
    check()
    opened = _function(kind.open)(data)
    if recipe.task == "detection":
        most = CHECKED if card.tiling is None else CHECKED_TILED
        samples: Sequence[Any] = _spread(_images(project, run), most)
        checked = check_detector(model, card, opened, samples, (score_thresh, nms_thresh),
                                 check)
    else:
        samples = _spread(_sounds(project, run), CHECKED)
        checked = check_classifier(model, card, opened, samples)
    found, count = _compare(checked, len(samples) + 1, file, emit, job, check)
    write_atomic(file, data)
    result = {
        "run": run.name, "format": kind.id, "file": str(file), "bytes": len(data),
        "checked": count, "box_difference": found.pixels, "score_difference": found.score,
        "words": _words(file, len(data), count, found, card),
    }
    emit(Finished(job, "finished", result))
    return result


def _format(name: str, file: Path) -> ExportFormat:
    kind = export_formats.get(name)
    if file.suffix.lower() != kind.suffix:
        raise UsageError(f"the name of the file must end in {kind.suffix}: “{file.name}” does not")
    if is_folder(file):
        raise UsageError(f"“{file.name}” is a folder")
    if not is_folder(file.absolute().parent):
        raise UsageError(f"there is no folder {file.absolute().parent}")
    return kind


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _images(project: Path, run: RunFolder) -> list[Path]:
    """Images to compare on, from the first part of the split that has some; none if it is gone."""
    try:
        data = load_dataset(project, split_of(run))
    except WorkbenchError:
        return []
    parts = ([record.path for record in data.records(part)] for part in reversed(PARTS))
    return next((part for part in parts if part), [])


def _sounds(project: Path, run: RunFolder) -> list[Any]:
    try:
        parts = run_sounds(project, run)
    except WorkbenchError:
        return []
    return next((parts[part] for part in reversed(PARTS) if parts.get(part)), [])


def _spread(items: Sequence[Any], most: int) -> list[Any]:
    """At most ``most`` of them, spread evenly."""
    count = min(most, len(items))
    return [items[place * len(items) // count] for place in range(count)]


def _compare(
    checked: Checked, total: int, file: Path, emit: Callable[[Event], None], job: str,
    check: Check,
) -> tuple[Difference, int]:
    """The largest difference, and on how many things of the project it was looked for."""
    worst, count = Difference(), 0
    emit(Progress(job, "Checking that it finds the same", 0, total))
    for count, (name, found) in enumerate(checked):
        if not found.small:
            raise WorkbenchError(
                f"the exported model does not find the same on {name}: {_apart(found)}, where "
                f"{MOST_PIXELS:g} px and {MOST_SCORE:g} are allowed", path=file,
                kept="It was not kept; what was there before is untouched.",
            )
        worst = worst.worst(found)
        emit(Progress(job, "Checking that it finds the same", count + 1, total))
        check()
    return worst, count


def _apart(found: Difference) -> str:
    if found.pixels == float("inf"):
        return "a box is missing or too many"
    return f"boxes differ by {found.pixels:.2g} px and scores by {found.score:.2g}"


def _words(file: Path, size: int, count: int, found: Difference, card: ModelCard) -> str:
    sounds = hasattr(card.facts, "clips")
    noun = "sound" if sounds else "image"
    on = f"{count} {noun}{'' if count == 1 else 's'}" if count else ""
    on = " and ".join(part for part in (on, "noise" if sounds else "a blank one" if count
                                        else "a blank image") if part)
    apart = f"scores to {_limit(found.score)}"
    if not sounds:
        apart = f"boxes to {_limit(found.pixels)} px and {apart}"
    return f"Saved {file.name} ({size / 1e6:.1f} MB). On {on} it finds the same: {apart}."


def _limit(value: float) -> str:
    """A bound that a person reads at a glance: 0.001, 0.01 …"""
    bound = 0.0001
    while bound < value:
        bound *= 10
    return f"{bound:.4f}".rstrip("0")
