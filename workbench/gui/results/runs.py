"""The runs that results can be shown of, as they lie on the disk. No Qt in here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from workbench.core.errors import WorkbenchError
from workbench.extension.run_names import title_of_run
from workbench.project.datasets.splits import PARTS
from workbench.project.runs import ALIVE, RunFolder, list_runs


@dataclass(frozen=True, slots=True)
class ResultRun:
    """One line of the run chooser; ``stored`` are the splits whose predictions are on the disk."""

    folder: RunFolder
    state: str
    stored: frozenset[str]
    usable: bool
    task: str
    title: str
    kind: str = ""
    """Of what it learned, where its task knows several."""
    has_model: bool = False
    """Whether its best model, of one that is still trained that so far, can be asked."""

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def training(self) -> bool:
        """Whether it is still being trained, or paused."""
        return self.state in ALIVE


def read_runs(project: Path) -> list[ResultRun]:
    """All runs, the newest first; ``usable`` ones have stored predictions or a finished model."""
    result = []
    for run in list_runs(project):
        stored = frozenset(part for part in PARTS if run.predictions_path(part).is_file())
        try:
            title, readable = title_of_run(run.name, run.config), True
            kind = str(run.config.get("kind", ""))
        except WorkbenchError:  # damaged, which Train says; its classes and split are not known
            title, readable, kind = run.name, False, ""
        state = str(run.state["state"])
        has_model = readable and run.best_path.is_file()
        usable = readable and (bool(stored) or (state not in ALIVE and has_model))
        result.append(ResultRun(run, state, stored, usable, run.task, title, kind, has_model))
    return result


class SplitLabels(Protocol):
    """What is labelled in each part of a split."""

    @property
    def split(self) -> str: ...
    @property
    def parts(self) -> Mapping[str, Sequence[object]]: ...
    def counts(self) -> dict[str, int]: ...


def choose_part(run: ResultRun, labels: SplitLabels) -> str:
    """The split to show first: the least trained on that can be shown at once."""
    filled = [part for part in reversed(PARTS) if labels.parts[part]]
    ready = [part for part in filled if part in run.stored]
    return next(iter(ready or filled), "test")
