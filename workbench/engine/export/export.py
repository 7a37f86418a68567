"""A run's model as a file for other programs, checked before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.progress import Check
from workbench.engine.models.card import ModelCard
from workbench.engine.models.saved import load_model
from workbench.engine.tasks import task_of
from workbench.extension.exports import Difference, Exportable, ExportFormat, export_formats
from workbench.extension.recipe import Recipe
from workbench.extension.registry import load, recipes
from workbench.formats.atomic import write_atomic
from workbench.jobs.events import Event, Finished, Progress
from workbench.project.runs import RunFolder

MOST_PIXELS = 1.0
"""Largest difference of a box's edge that is taken for the same, in pixels of the image."""
MOST_SCORE = 0.01
"""Largest difference of a score that is taken for the same."""
_OURS = ("The weights belong to whoever trained them. Workbench, which wrote this file, is under "
         "Apache-2.0 and claims no right in them.")


def _nothing() -> None:
    pass


def export_run(
    project: Path, run: RunFolder, file: Path, emit: Callable[[Event], None], *,
    format: str = "onnx", score_thresh: float = 0.25, nms_thresh: float = 0.5, job: str = "",
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
    if kind.tasks and recipe.task not in kind.tasks:
        raise WorkbenchError(f"{kind.title} files are not for what {run.name} learned")
    check()
    limits = {"score_thresh": score_thresh, "nms_thresh": nms_thresh}
    exported = task_of(recipe).exportable(model, card, run, limits)
    data: bytes = load(kind.write)(exported.graph,
                                   {**describe(card, recipe, run), **exported.metadata})
    check()
    found, count = _compare(exported, load(kind.open)(data), file, emit, job, check)
    write_atomic(file, data)
    result = {
        "run": run.name, "format": kind.id, "file": str(file), "bytes": len(data),
        "checked": count, "box_difference": found.pixels, "score_difference": found.score,
        "words": _summary(file, len(data), count, found, exported),
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


def describe(card: ModelCard, recipe: Recipe, run: RunFolder) -> dict[str, Any]:
    """What a reader of any exported model needs; ``docs/export.md`` says what it does with it."""
    return {
        "workbench_version": __version__,
        "task": recipe.task,
        "recipe": recipe.id,
        "run": run.name,
        "model": card.id,
        "epoch": card.epoch,
        "classes": list(card.classes),
        "licence": _licence(recipe, run),
    }


def _licence(recipe: Recipe, run: RunFolder) -> str:
    start = run.config.get("start_from")
    if not isinstance(start, dict) or start.get("kind") == "none":
        return _OURS
    if start.get("kind") != "pretrained":
        return f"{_OURS} They started from “{start.get('name', '')}”."
    terms = next((item.licence for item in recipe.weights if item.licence), "")
    return f"{_OURS} They started from {start.get('name', '')}" + (f": {terms}." if terms else ".")


def _compare(
    exported: Exportable, opened: Callable[..., Any], file: Path, emit: Callable[[Event], None],
    job: str, check: Check,
) -> tuple[Difference, int]:
    """The largest difference, and on how many things of the project it was looked for."""
    worst, count, total = Difference(), 0, exported.total
    emit(Progress(job, "Checking that it finds the same", 0, total))
    for count, (name, found) in enumerate(exported.compare(opened, check)):
        if found.pixels > MOST_PIXELS or found.score > MOST_SCORE:
            raise WorkbenchError(
                f"the exported model does not find the same on {name}: "
                f"{_apart(found, exported)}, where "
                f"{MOST_PIXELS:g} {exported.edges} and {MOST_SCORE:g} are allowed", path=file,
                kept="It was not kept; what was there before is untouched.",
            )
        worst = worst.worst(found)
        emit(Progress(job, "Checking that it finds the same", count + 1, total))
        check()
    return worst, count


def _apart(found: Difference, exported: Exportable) -> str:
    if found.pixels == float("inf"):
        return "a box is missing or too many"
    return f"boxes differ by {found.pixels:.2g} {exported.edges} and scores by {found.score:.2g}"


def _summary(file: Path, size: int, count: int, found: Difference, exported: Exportable) -> str:
    noun = exported.noun
    first = exported.first
    if count:
        on = f"{count} {noun}{'' if count == 1 else 's'} and {first.replace(noun, 'one')}"
    else:
        on = first
    apart = f"scores to {_limit(found.score)}"
    if exported.boxes:
        apart = f"boxes to {_limit(found.pixels)} {exported.edges} and {apart}"
    words = f"Saved {file.name} ({size / 1e6:.1f} MB). On {on} it finds the same: {apart}."
    if exported.left_out:
        words += f" It finds boxes only: no {' and no '.join(exported.left_out)}."
    return words


def _limit(value: float) -> str:
    """A bound that a person reads at a glance: 0.001, 0.01 …"""
    bound = 0.0001
    while bound < value:
        bound *= 10
    return f"{bound:.4f}".rstrip("0")
