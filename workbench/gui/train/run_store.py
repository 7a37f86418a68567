"""The runs of a project as the window lists them, with their notes and a way to the trash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.core.errors import WorkbenchError
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.extension.run_names import recipe_title, title_of_run
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import read_regular
from workbench.gui.train.history import MAIN_METRICS, RunHistory, RunState
from workbench.project.runs import ALIVE, RESUMABLE, RunFolder, last_change, list_runs, restore

NOTES = "notes.txt"


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What the list says about a run; ``value`` is ``metric`` in its best epoch, on validation
    images: the figure by which that epoch was chosen."""

    name: str
    path: Path
    title: str
    recipe: str
    recipe_title: str
    task: str
    state: RunState
    message: str
    metric: str
    value: float | None
    when: datetime | None
    epochs: int
    seconds: float
    notes: str
    has_model: bool
    resumable: bool
    origin: str = ""
    """The project that it was brought from."""

    @property
    def is_running(self) -> bool:
        return self.state in ALIVE


class RunStore:
    """Reads the runs of one project folder and changes what is said about them."""

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        """:attr:`runs` are others, or say something else."""
        self.folder: Path | None = None
        self.runs: list[RunSummary] = []

    def open(self, folder: Path | None) -> None:
        """Turn to another project, or to none."""
        self.folder = folder
        self.refresh()

    def refresh(self) -> None:
        """Read the run folders again."""
        found = list_runs(self.folder) if self.folder is not None else []
        runs = [_info(run) for run in found]
        if runs != self.runs:
            self.runs = runs
            self.changed.emit()

    def info(self, name: str) -> RunSummary | None:
        """The run called ``name``, if there is one."""
        return next((run for run in self.runs if run.name == name), None)

    def startable(self, task: str) -> list[tuple[str, str, str]]:
        """The runs of a task that have a model, as ``(name, title, recipe id)``."""
        return [(run.name, run.title, run.recipe) for run in self.runs
                if run.has_model and run.task == task]

    def folder_of(self, name: str) -> RunFolder:
        """The run's folder; raises :class:`UsageError` where it has gone."""
        return RunFolder.find(self._project(), name)

    def rename(self, name: str, title: str) -> str:
        """Give a run another name and return it; raises as :meth:`RunFolder.rename`."""
        renamed = self.folder_of(name).rename(title).name
        self.refresh()
        return renamed

    def set_notes(self, name: str, notes: str) -> None:
        """Keep a few words with a run, as ``notes.txt`` in its folder."""
        path = self.folder_of(name).path / NOTES
        if notes:
            write_atomic(path, (notes + "\n").encode("utf-8"))
        else:
            path.unlink(missing_ok=True)
        self.refresh()

    def restore(self, project: Path, trashed: Path) -> str:
        """Bring a deleted run back and return its name."""
        name = restore(project, trashed).name
        self.refresh()
        return name

    def _project(self) -> Path:
        if self.folder is None:
            raise WorkbenchError(tr("no project is open"))
        return self.folder


def with_live(runs: list[RunSummary], history: RunHistory) -> list[RunSummary]:
    """``runs`` with the figures of the one under way as it tells them: what its folder says is as
    old as its last checkpoint."""
    best = history.best_value
    return [
        replace(run, metric=history.main_metric, value=best, epochs=history.epochs_done)
        if run.name == history.run and best == best else run
        for run in runs
    ]


def _info(run: RunFolder) -> RunSummary:
    state = run.state
    try:
        config: dict[str, Any] = run.config
    except WorkbenchError as error:
        config, state = {}, {**state, "state": "failed", "message": error.sentence()}
    recipe = str(config.get("recipe", ""))
    metrics = state["metrics"].get("val", {})
    metric = next((key for key in MAIN_METRICS if metrics.get(key) is not None), "")
    how = str(state["state"])
    return RunSummary(
        name=run.name, path=run.path, title=title_of_run(run.name, config),
        recipe=recipe, recipe_title=str(config.get("recipe_title") or recipe_title(recipe)),
        task=run.task,
        state=how,  # type: ignore[arg-type]  # the folder's words are the history's
        message=str(state["message"]),
        metric=metric, value=float(metrics[metric]) if metric else None,
        when=last_change(state), epochs=int(state["epoch"]),
        seconds=_number(state.get("seconds")), notes=_read_notes(run.path / NOTES),
        has_model=run.best_path.is_file(),
        resumable=how in RESUMABLE and run.checkpoint_path.is_file(),
        origin=state.get("origin", {}).get("project", ""),
    )


def _number(value: object) -> float:
    """A figure of a state file that others may have written."""
    return float(value) if isinstance(value, int | float) and value >= 0 else 0.0


def _read_notes(path: Path) -> str:
    """What a person wrote about the run; nothing where it cannot be read."""
    try:
        return read_regular(path).decode("utf-8", "replace").strip()
    except OSError:
        return ""
