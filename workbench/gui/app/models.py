"""The trained models of a project, as a person chooses one to be asked. No Qt in here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.registry import load
from workbench.extension.run_names import title_of_run
from workbench.gui.app.task import window_task
from workbench.jobs.events import Epoch, Failed, Finished
from workbench.project.class_map import class_map, read_class_map
from workbench.project.operating import OperatingScore, operating_score
from workbench.project.runs import ALIVE, RunFolder, list_runs


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The best model of a run; ``classes`` are its own names, in their order."""

    run: str
    title: str
    task: str
    classes: tuple[str, ...]
    training: bool = False
    """Whether it is the best so far of a run that has not ended."""

    def names_now(self, project: Path, classes: Sequence[str]) -> dict[str, str]:
        """What those of its classes are called in the ``project`` with these ``classes`` that are
        called otherwise there, "" for what is left out; reads a small file."""
        run = RunFolder(project / "runs" / self.run)
        return class_map(self.classes, classes, read_class_map(run, classes))


def ends_training(event: object) -> bool:
    """Whether an event of the engine may tell that there is another model, or that none came."""
    return isinstance(event, Failed) or (isinstance(event, Finished) and "metrics" in event.result)


def brings_model(event: object, known: bool) -> bool:
    """Whether to look for models anew, where some are ``known`` or not: a first run that is still
    at work may have one after any epoch."""
    return ends_training(event) or (isinstance(event, Epoch) and not known)


def trained_models(project: Path) -> list[TrainedModel]:
    """Those of all runs that have ended, the newest first; reads a few files for each run."""
    return [model for model in models_to_ask(project) if not model.training]


def models_to_ask(project: Path) -> list[TrainedModel]:
    """Those, and the best so far of runs that are still training."""
    found = []
    for run in list_runs(project):
        if not run.best_path.is_file():
            continue
        try:
            config = run.config
        except WorkbenchError:
            continue  # damaged, which Train says
        classes = config.get("classes")
        names = tuple(map(str, classes)) if isinstance(classes, list) else ()
        title, training = title_of_run(run.name, config), run.state["state"] in ALIVE
        if training:
            title = tr("{run} (training)", run=title)
        found.append(TrainedModel(run.name, title, run.task, names, training))
    return found


def display_of(model: TrainedModel) -> PredictionDisplay | None:
    """How Predict shows what a model answers; None where it cannot."""
    task = window_task(model.task)
    display: PredictionDisplay | None = load(task.answers) if task is not None and task.answers \
        else None
    return display


def score_of(project: Path, model: TrainedModel, classes: Sequence[str]) -> OperatingScore | None:
    """From which score on answers of a model count at first, where the model brings that along.
    May read all labels: for a thread.

    Parameters
    ----------
    classes
        The project's.
    """
    return operating_score(RunFolder(project / "runs" / model.run), classes)
