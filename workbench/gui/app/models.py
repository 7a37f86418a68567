"""The trained models of a project, as a person chooses one to be asked. No Qt in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.core.class_names import classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.extension.registry import load
from workbench.extension.run_names import title_of_run
from workbench.gui.app.task import window_task
from workbench.project.runs import ALIVE, RunFolder, list_runs


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """The best model of a run that has ended; ``classes`` are its own names, in their order."""

    run: str
    title: str
    task: str
    classes: tuple[str, ...]

    def names_now(self, project: tuple[str, ...]) -> dict[str, str]:
        """What those of its classes are called that were renamed in the project since."""
        return dict(classes_of_run(self.classes, project).renamed)


def trained_models(project: Path) -> list[TrainedModel]:
    """All there are, the newest first; reads a few files for each run."""
    found = []
    for run in list_runs(project):
        if not run.best_path.is_file() or run.state["state"] in ALIVE:
            continue
        try:
            config = run.config
        except WorkbenchError:
            continue  # damaged, which Train says
        classes = config.get("classes")
        names = tuple(map(str, classes)) if isinstance(classes, list) else ()
        found.append(TrainedModel(run.name, title_of_run(run.name, config),
                                  run.task, names))
    return found


def first_scores(project: Path, model: TrainedModel, classes: Sequence[str]) -> Mapping[str, float]:
    """From which score each class is shown at first, as the model's own validation says; {} where
    that is not known. Reads all labels: for a thread.

    Raises
    ------
    WorkbenchError
        If the run or labels cannot be read.
    """
    task = window_task(model.task)
    look = load(task.answers) if task is not None and task.answers else None
    if look is None or look.starts is None:
        return {}
    found: Mapping[str, float] = look.starts(RunFolder.find(project, model.run), classes)
    return found
