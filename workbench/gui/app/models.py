"""The trained models of a project, as a person chooses one to be asked. No Qt in here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.core.class_names import classes_of_run
from workbench.core.errors import WorkbenchError
from workbench.extension.run_names import run_title
from workbench.project.runs import ALIVE, list_runs


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
        found.append(TrainedModel(run.name, run_title(run.name, str(config.get("recipe", ""))),
                                  run.task, names))
    return found
