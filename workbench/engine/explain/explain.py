"""Explaining what a model sees of a file, by the methods that are registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from workbench.core.errors import UsageError, WorkbenchError
from workbench.engine.models.card import read_card
from workbench.engine.models.saved import context_of, load_model
from workbench.engine.training.control import TrainControl
from workbench.engine.training.planning import make_plan
from workbench.engine.training.record import EventReporter
from workbench.extension.explanations import (
    Explanation,
    ExplanationMethod,
    ExplanationRequest,
    explanation_methods,
)
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.jobs.commands import Explain
from workbench.jobs.events import Event, Explained, Finished
from workbench.project.runs import RunFolder


def explain(job: Explain, emit: Callable[[Event], None], control: TrainControl) -> None:
    """Answer with what a trained model, or the one that would be trained, sees of a file."""
    load_plugins()
    project = Path(job.project)
    build = partial(ExplanationRequest, project / job.file, start=job.start, end=job.end,
                    seed=job.seed, check=control.check,
                    report=EventReporter(emit, job.job, control.check))
    if job.run:
        run = RunFolder.find(project, job.run)
        card = read_card(run.best_path)
        task = run.task
        method = _method(job.method, task)
        context = context_of(card, run.best_path, "cpu")
        request = build(recipe=card.recipe, settings=card.settings, facts=context.facts,
                        classes=card.classes,
                        load_model=lambda: load_model(run.best_path, "cpu")[0])
    else:
        plan = make_plan(project, job.request, lambda text, done, total: None)
        method = _method(job.method, plan.recipe.task)
        request = build(recipe=plan.recipe.id, settings=plan.settings, facts=plan.facts,
                        classes=tuple(plan.classes),
                        load_model=_no_model)
    found: Explanation = load(method.explain)(request)
    emit(Explained(job.job, job.file, request.recipe, dict(found.features), found.views))
    emit(Finished(job.job, "finished", {"file": job.file}))


def _method(wanted: str, task: str) -> ExplanationMethod:
    fitting = [item for item in explanation_methods if not item.tasks or task in item.tasks]
    found = next((item for item in fitting if item.id == wanted or not wanted), None)
    if found is None:
        known = ", ".join(item.id for item in fitting) or "none"
        what = f"“{wanted}”" if wanted else "explanation"
        raise UsageError(f"there is no {what} for “{tasks.get(task).title}”; there are: {known}")
    return found


def _no_model() -> Any:
    raise WorkbenchError("there is no trained model yet to explain")
