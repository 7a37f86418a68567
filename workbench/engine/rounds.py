"""Did a round help? All models of a project, judged on the samples that are held back now.

No sample changes its part of the split, so what is held back now was never learned from, also by
the models of earlier rounds: they are asked again about what is new there.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from workbench.core.errors import UsageError, WorkbenchError
from workbench.core.text import count
from workbench.extension.engine_task import Reporter
from workbench.extension.saving import Saving
from workbench.extension.shell import ShellTask
from workbench.extension.tasks import load, tasks
from workbench.project.datasets.splits import load_split
from workbench.project.rounds import FIGURES, RoundScore, known_to, rounds_of
from workbench.project.runs import RunFolder, list_runs
from workbench.project.task import task_of_folder

_SCORE = 0.25
MOST = 12
"""So many rounds are judged, the newest ones."""


def evaluate_rounds(project: Path, report: Reporter, device: str = "auto") -> list[RoundScore]:
    """The rounds of ``project``, the oldest first, each with its score on the same samples.

    Raises
    ------
    UsageError
        If there is no folder ``project`` or no model in it.
    """
    task = tasks.get(task_of_folder(project))
    runs = rounds_of(project, task.id)[-MOST:]
    if not runs:  # it was told with each training what it learns
        task = next((tasks.get(run.task) for run in list_runs(project)
                     if run.best_path.is_file() and run.task in tasks), task)
        runs = rounds_of(project, task.id)[-MOST:]
    if not runs or not task.shell:
        raise UsageError(f"{project.name} has no run with a model; train one first")
    shell: ShellTask = load(task.shell)
    found = []
    for number, run in enumerate(runs):
        report(f"Judging round {number + 1}", number, len(runs))
        found.append(evaluate_run(shell, project, run, runs[-1], report, device))
    return found


def evaluate_run(shell: ShellTask, project: Path, run: RunFolder, newest: RunFolder,
                 report: Reporter, device: str = "auto") -> RoundScore:
    """One of them, to be compared with the ``newest``."""
    learned = len(known_to(run, "train"))
    options = Namespace(project=project, split=None, score_thresh=_least_score(run.task),
                        nms_thresh=0.5, match_iou=0.5, device=device)
    try:
        measured = shell.measure(options, run, report)
    except WorkbenchError as error:
        return RoundScore(run.name, learned, reason=str(error).rstrip("."))
    figures = measured.figures
    figure = next((name for name in FIGURES if figures.get(name) is not None), "")
    number = int(figures.get("images") or figures.get("samples") or 0)
    return RoundScore(run.name, learned, figure, figures[figure] if figure else None,
                      measured.split, number, _difference(run, newest, measured.split))


def _least_score(task: str) -> float:
    """From which score on the answers of a task's models count."""
    saving: Saving | None = load(tasks.get(task).saving) if tasks.get(task).saving else None
    return saving.usual if saving is not None and saving.usual is not None else _SCORE


def _difference(run: RunFolder, newest: RunFolder, part: str) -> str:
    """Why ``run`` cannot be compared with ``newest``; "" where it can."""
    try:
        mine, its = (load_split(item.path, item.split) for item in (run, newest))
        kinds = {str(item.config.get("kind", "class")) for item in (run, newest)}
    except WorkbenchError:
        return "what it learned from is not known"
    if its.val_is_train and part == "val":
        return "nothing is held back yet"
    if mine.name != its.name or len(kinds) > 1:
        return "it learned another kind of labels or another split"
    held = set(its.members(part)) - its.stretches.keys()
    seen = len(held.intersection(mine.train)) if run != newest else 0
    return f"it learned from {count(seen, 'sample')} of those that are held back now" \
        if seen else ""
