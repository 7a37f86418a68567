"""A student learns from the labels and from what a teacher is sure of on samples without labels.

What the teacher says is never a label: it is kept in the student's run alone. Whether the student
became better is judged on labels that are held back (compare Sohn et al., "A simple semi-supervised
learning framework for object detection", arXiv 2005.04757).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.plain import parse_json
from workbench.core.text import count, several
from workbench.engine.rounds import evaluate_run
from workbench.engine.tasks import noun_of, task_of
from workbench.extension.shell import ShellTask
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_file
from workbench.project.rounds import FEW_HELD_BACK, FIGURE_NAMES
from workbench.project.runs import RunFolder

if TYPE_CHECKING:
    from workbench.engine.training.plan import TrainPlan
    from workbench.extension.engine_task import Reporter

FILE = "pseudo-labels.json"
"""In the run of a student: a list of what its teacher was sure of, a sample each."""
MOST_REPEATS = 4
"""So often a labelled sample is shown in an epoch at most."""
PRECISION = 0.9
"""Share of right ones, among the validation samples, from which on a teacher is believed."""
ENOUGH = 10
"""Answers of a class there; of a rarer one, all classes together say it."""
PseudoLabels = list[dict[str, Any]]


def make_pseudo_labels(plan: TrainPlan, report: Reporter) -> PseudoLabels:
    """What the teacher that ``plan`` names is sure of, on the samples without labels.

    Raises
    ------
    UsageError
        If there is no such run, or models of this task cannot teach.
    WorkbenchError
        If nothing is left to be taught.
    """
    name = plan.request.teacher
    if not tasks.get(plan.recipe.task).self_training:
        raise UsageError(f"models of “{tasks.get(plan.recipe.task).title}” cannot teach each other")
    teacher = RunFolder.find(plan.project, name)
    if not teacher.best_path.is_file():
        raise WorkbenchError(f"the run {teacher.name} has no model yet")
    pseudo_labels = task_of(plan.recipe).make_pseudo_labels(plan, teacher, report)
    if not pseudo_labels:
        raise WorkbenchError(
            f"{teacher.name} is sure of nothing on {several(noun_of(plan.recipe))} without labels, "
            "so nothing can be learned from it")
    return pseudo_labels


def with_pseudo_labels(plan: TrainPlan, pseudo_labels: PseudoLabels) -> TrainPlan:
    """The plan with the samples of the pseudo-labels, as many as there are labelled ones: these are
    shown several times in an epoch where there are fewer."""
    extra = task_of(plan.recipe).with_pseudo_labels(plan, pseudo_labels)
    again = max(1, min(MOST_REPEATS, round(len(extra) / max(1, len(plan.train)))))
    data = replace(plan.data, learned=plan.learned, train=[*plan.train * again, *extra])
    return replace(plan, data=data)


def precise_from(scores: Any, precision: Any, least: float, strict: float) -> float:
    """The lowest score down to which enough answers are right, ``least`` at least. Where all of
    them are, none says where it ends: at ``strict`` then, or below.

    Parameters
    ----------
    scores, precision
        float (N,): falling scores, and the share of right ones among those from each on upwards.
    strict
        Where no score is precise enough.
    """
    good = (precision >= PRECISION).nonzero()[0]
    if not len(good):
        return strict
    found = float(scores[good[-1]])
    return max(min(found, strict) if good[-1] == len(scores) - 1 else found, least)


def save_pseudo_labels(run: RunFolder, pseudo_labels: PseudoLabels) -> None:
    """Keep them with the run, so that it can go on."""
    write_atomic(run.path / FILE, json.dumps(pseudo_labels).encode("ascii"))


def read_pseudo_labels(run: RunFolder) -> PseudoLabels:
    """What was kept.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    path = run.path / FILE
    try:
        found = parse_json(read_file(path))
    except ValueError as error:
        raise FormatError("it is not JSON", path=path) from error
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise FormatError("these are no pseudo-labels", path=path)
    return found


def pseudo_label_text(plan: TrainPlan, pseudo_labels: PseudoLabels) -> str:
    """What the student is given, a sentence without its full stop; "" for none."""
    if not pseudo_labels:
        return ""
    objects = sum(len(item.get("labels", ())) for item in pseudo_labels)
    return (f"{plan.request.teacher} is sure of {count(objects, 'object')} on "
            f"{count(len(pseudo_labels), noun_of(plan.recipe))} without labels, which are learned "
            "from, too")


def evaluate_student(run: RunFolder, name: str, report: Reporter) -> dict[str, Any]:
    """Whether the student ``run`` is better than its teacher ``name``, on what is held back:
    "better", the two scores, and "words" for a person."""
    noun = tasks.get(run.task).noun
    shell: ShellTask = load(tasks.get(run.task).shell)
    teacher = RunFolder(run.path.with_name(name))
    if not teacher.best_path.is_file():
        return {"teacher": name, "better": True,
                "words": f"Its teacher {name} is gone, so it could not be compared; it is kept."}
    before, after = (evaluate_run(shell, run.project, item, run, report) for item in (teacher, run))
    if not (before.comparable and after.comparable) or before.figure != after.figure:
        reason = before.reason or after.reason or "there is nothing held back to judge by"
        return {"teacher": name, "better": True,
                "words": f"It could not be compared with {name}: {reason}. It is kept."}
    assert before.score is not None
    assert after.score is not None
    better = after.score > before.score
    figure = FIGURE_NAMES.get(after.figure, after.figure)
    words = (f"{'Better' if better else 'Not better'} than its teacher: {figure} "
             f"{after.score:.3f} instead of {before.score:.3f} on "
             f"{count(after.samples, f'held-back {noun}')}")
    chance = "; with so few that may be chance" if after.samples < FEW_HELD_BACK else ""
    return {"teacher": name, "better": better, "before": before.score, "after": after.score,
            "samples": after.samples, "words": f"{words}{chance}."}

