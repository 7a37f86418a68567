"""Models that another copy of a project has trained, brought in as runs of this one."""

from __future__ import annotations

import filecmp
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench.core.background import Cancelled
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, tr
from workbench.extension.tasks import tasks
from workbench.formats.atomic import new_folder, write_atomic
from workbench.project.imports.archives import is_archive, unpacked
from workbench.project.manifest import Manifest
from workbench.project.runs import ALIVE, BEST, CHECKPOINT, CONFIG, STATE, RunFolder, list_runs
from workbench.project.trash import in_trash

_STAYS = (CHECKPOINT, "tensorboard", ".*")


@dataclass(slots=True)
class Brought:
    """What came."""

    runs: list[RunFolder] = field(default_factory=list)
    """As they are called here."""
    already: list[str] = field(default_factory=list)
    """Names of runs that were here before, with just this model."""
    problems: list[Problem] = field(default_factory=list)
    """Why others did not come."""
    origin: str = ""
    """The project that they are from."""

    def words(self) -> str:
        """All of it as sentences."""
        said = []
        if self.runs:
            said.append(tr("Added {models} from “{project}”.", models=count(
                len(self.runs), "model"), project=self.origin))
        if self.already:
            said.append(tr("{models} here already.", models=count(
                len(self.already), "model is", "models are")))
        return " ".join([*said, *(problem.reason for problem in self.problems)])


def holds_models(place: Path) -> bool:
    """Whether it is the folder of a run with its model."""
    return is_file(place / CONFIG) and is_file(place / BEST)


def bring_models(project: Path, source: Path, progress: ProgressCallback | None = None,
                 cancelled: Callable[[], bool] = lambda: False) -> Brought:
    """Copy the models of ``source`` into ``project``, each as a run that says where it is from.

    Classes of a model are those of the project where they have the same names. What only the other
    computer goes on with (its checkpoint) stays there.

    Parameters
    ----------
    source
        The folder of a run, of runs or of a project, or a ZIP file of one of these.
    progress
        Called with the number of models that are done, and of all.

    Raises
    ------
    UsageError
        If there is no model in it, or it is the project itself.
    WorkbenchError
        If an archive cannot be read, or the disk refuses.
    """
    with _opened(source, cancelled) as folder:
        runs = _runs_in(folder)
        if not runs:
            raise UsageError("there is no trained model in it", path=source)
        if is_folder(project / "runs") and runs[0].path.parent.samefile(project / "runs"):
            raise UsageError("these models are the project's own", path=source)
        result = Brought(origin=_name_of(folder))
        for number, run in enumerate(runs, start=1):
            if cancelled():
                break
            _bring(project, run, result)
            if progress is not None:
                progress(number, len(runs))
        return result


@contextmanager
def _opened(source: Path, cancelled: Callable[[], bool]) -> Iterator[Path]:
    if not is_archive(source):
        yield source
        return
    with unpacked(source, cancelled) as folder:
        if cancelled():
            raise Cancelled
        yield folder


def _runs_in(folder: Path) -> Sequence[RunFolder]:
    """The runs with a model, the oldest first."""
    if holds_models(folder):
        return [RunFolder(folder)]
    found = list_runs(folder)
    if not found:  # the folder "runs" itself, or some of its runs
        try:
            found = [RunFolder(path) for path in sorted(folder.iterdir()) if holds_models(path)]
        except OSError:
            return []
    return [run for run in reversed(found) if run.best_path.is_file()]


def _name_of(folder: Path) -> str:
    """What the project is called that the models come from."""
    place = folder
    if holds_models(place):
        place = place.parent
    if place.name == "runs":
        place = place.parent
    manifest = Manifest.load(place)
    return manifest.name if manifest.exists else place.name


def _bring(project: Path, run: RunFolder, result: Brought) -> None:
    reason = _unfit(project, run)
    if reason:
        result.problems.append(Problem(str(run.path), "not-brought", reason))
        return
    name = _free_name(project, run)
    if name is None:
        result.already.append(run.name)
        return
    target = project / "runs" / name
    with new_folder(target, "the model") as place:
        shutil.copytree(run.path, place, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns(*_STAYS), symlinks=True)
        for path in place.rglob("*"):
            if path.is_symlink():  # it would lead to something else here
                path.unlink()
        write_atomic(place / STATE, state_elsewhere(run, origin={
            "project": result.origin, "run": run.name, "brought": time.time()}))
    result.runs.append(RunFolder(target))


def _unfit(project: Path, run: RunFolder) -> str:
    """Why a run cannot come, as a sentence."""
    try:
        task = run.config.get("task") or run.task
    except WorkbenchError as error:
        return error.sentence()
    if run.state["state"] in ALIVE:
        return tr("{name} is still being trained.", name=run.name)
    if task not in tasks:
        return tr("{name} is of a kind that this version does not know: {task}.", name=run.name,
                  task=str(task))
    return ""


def _free_name(project: Path, run: RunFolder) -> str | None:
    """What it is called here; None where this very model is here already."""
    taken = {path.name for path in in_trash(project, "runs")}
    number = 1
    while True:
        name = run.name if number == 1 else f"{run.name}-{number}"
        here = project / "runs" / name
        if not here.exists() and name not in taken:
            return name
        if is_file(here / BEST) and filecmp.cmp(here / BEST, run.best_path, shallow=False):
            return None
        number += 1


def state_elsewhere(run: RunFolder, **more: object) -> bytes:
    """What ``state.json`` of a copy holds: the process that wrote it is none of that computer."""
    state = {**run.state, "pid": 0, **more}
    state.pop("folder", None)
    state.pop("started", None)
    return (json.dumps(state, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
