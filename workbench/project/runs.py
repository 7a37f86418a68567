"""The folders of trainings: ``runs/DATE-RECIPE/``."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.paths import is_file, is_folder, may_write
from workbench.core.plain import JSON, InvalidData, fitted, parse_json
from workbench.core.run_data import RunConfig, RunStatus
from workbench.extension.saving import folder_of
from workbench.formats.atomic import DiskErrors, patiently, write_atomic
from workbench.formats.regular_file import MB, open_regular, read_file
from workbench.project.layout import STATE_FOLDER
from workbench.project.manifest import Manifest
from workbench.project.split_names import split_name
from workbench.project.task import default_task, has_other_labels
from workbench.project.trash import (
    TRASH,
    PutAway,
    bring_back,
    forget_old,
    in_trash,
    put_away,
)

CONFIG = "config.json"
STATE = "state.json"
EVENTS = "metrics.jsonl"
BEST = "best.safetensors"
CHECKPOINT = "last.ckpt"
OPERATING = "operating-score.json"
ALIVE = frozenset({"running", "paused"})
"""States in which a process should be at work."""
RESUMABLE = frozenset({"stopped", "failed", "cancelled", "interrupted"})

_LONGEST_LINE = 16 * MB
_UNFIT = re.compile(r"[^\w. +()-]+")


class RunFolder:
    """One training on the disk.

    ``config.json`` is frozen when it begins; ``state.json`` says how it stands; ``metrics.jsonl``
    holds the events of the training, one JSON object a line.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"RunFolder({self.path.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunFolder) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @classmethod
    def create(
        cls, project: Path, recipe: str, config: Mapping[str, Any], *, day: date | None = None
    ) -> RunFolder:
        """Make ``runs/2026-11-20-compact-n`` with its config; later runs end in -2, -3, on
        whatever day, so that a number names one run of the project, or of its trash.

        A folder without ``workbench.toml`` becomes a project by that, with the config's
        ``classes`` and ``task``.

        Raises
        ------
        WorkbenchError
            If the folder cannot be written.
        """
        base = f"{(day or date.today()).isoformat()}-{_UNFIT.sub('-', recipe)}"
        runs = project / "runs"
        with DiskErrors(runs):
            runs.mkdir(exist_ok=True)
            number = 1 + _highest_number(project, base[len("2026-11-20-"):])
            while True:
                path = runs / (base if number == 1 else f"{base}-{number}")
                try:
                    path.mkdir()
                    break
                except FileExistsError:
                    number += 1
        run = cls(path)
        try:
            write_atomic(path / CONFIG, _json_bytes(config))
        except WorkbenchError:
            with suppress(OSError):
                path.rmdir()  # without its config it would be a run that cannot be used
            raise
        _make_project(project, config)
        run.write_state(state="running", pid=os.getpid(), epoch=0, message="", metrics={})
        return run

    @classmethod
    def find(cls, project: Path, name: str) -> RunFolder:
        """The run called ``name`` ("" or "last": the newest).

        Raises
        ------
        UsageError
            If there is none; the sentence lists what there is.
        """
        runs = list_runs(project)
        if name in ("", "last") and runs:
            return runs[0]
        for run in runs:
            if run.name == name:
                return run
        known = ", ".join(run.name for run in runs[:5]) or "none yet"
        raise UsageError(f"there is no run “{name}” in {project.name}; there are: {known}")

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def project(self) -> Path:
        return self.path.parent.parent

    @property
    def config(self) -> JSON:
        """The frozen configuration.

        Raises
        ------
        FormatError
            If it cannot be read.
        """
        return _read(self.path / CONFIG, RunConfig)

    @property
    def task(self) -> str:
        """Id of its task; the usual one of images where a run does not say, or is broken."""
        try:
            return str(self.config.get("task") or default_task())
        except WorkbenchError:
            return default_task()

    @property
    def split(self) -> str:
        """Name of the split that the run was trained with; raises as :attr:`config`."""
        return split_name(self.config.get("split"), self.path)

    @property
    def state(self) -> JSON:
        """How the run stands now; a "running" or "paused" one without its process is
        "interrupted", one whose state cannot be read is "failed"."""
        try:
            state = _read(self.path / STATE, RunStatus)
        except WorkbenchError as error:
            return {"state": "failed", "pid": 0, "epoch": 0, "metrics": {},
                    "message": f"The state of the run cannot be read: {error.message}."}
        state = {"state": "failed", "pid": 0, "epoch": 0, "message": "", "metrics": {}, **state}
        if state["state"] in ALIVE and not (self._is_written(state) and _is_alive(state)):
            state["state"] = "interrupted"
            state["message"] = "The training ended unexpectedly; it can be resumed." \
                if is_file(self.checkpoint_path) else \
                "The training ended unexpectedly, before its first checkpoint."
        return state

    def write_state(self, **changes: Any) -> JSON:
        """Change ``state.json`` atomically and return it; ``pid`` brings its start time along, and
        the folder into which that process writes.

        How a run has ended is written over the old text where a full disk has no room for a new
        file: it would stand as at work for as long as its process lives.

        Raises
        ------
        WorkbenchError
            If the disk refuses.
        """
        try:
            state = _read(self.path / STATE, RunStatus)
        except WorkbenchError:
            state = {}
        state.update(changes)
        if "pid" in changes:
            state["started"] = _start_time(changes["pid"])
            state["folder"] = str(self.path.absolute())
        state["changed"] = time.time()
        data = _json_bytes(state)
        try:
            write_atomic(self.path / STATE, data)
        except WorkbenchError:
            if state.get("state") in ALIVE or not _write_over(self.path / STATE, data):
                raise
        return state

    def _is_written(self, state: JSON) -> bool:
        """Whether this is where the run's process writes: not where the folder was renamed
        meanwhile, nor in a copy of it."""
        folder = state.get("folder")
        try:
            return folder is None or self.path.samefile(folder)
        except (OSError, ValueError):
            return False

    @property
    def resumable(self) -> bool:
        return self.state["state"] in RESUMABLE and is_file(self.checkpoint_path)

    @property
    def best_path(self) -> Path:
        return self.path / BEST

    @property
    def checkpoint_path(self) -> Path:
        return self.path / CHECKPOINT

    @property
    def events_path(self) -> Path:
        return self.path / EVENTS

    def predictions_path(self, split: str) -> Path:
        """Where the raw predictions for "train", "val" or "test" lie."""
        return self.path / f"predictions-{split}.npz"

    # Events

    def append_line(self, text: str) -> None:
        """Append one event; a line that a killed process left unfinished is cut off first.

        Raises
        ------
        WorkbenchError
            If the disk refuses.
        """
        line = text.replace("\n", " ").encode("utf-8") + b"\n"
        with DiskErrors(self.events_path), self.events_path.open("ab") as stream:
            end = stream.tell()
            if end and not self._ends_whole(end):
                stream.truncate(self._whole_length())
            stream.write(line)

    def lines(self) -> Iterator[str]:
        """The events, in order; without a last line that is not finished, and without those that
        are longer than any event."""
        try:
            stream = open_regular(self.events_path)
        except OSError:
            return
        with stream:
            whole = True
            while line := stream.readline(_LONGEST_LINE):
                ends = line.endswith(b"\n")
                if whole and ends and line.strip():
                    yield line[:-1].decode("utf-8", "replace")
                whole = ends

    def _ends_whole(self, end: int) -> bool:
        with self.events_path.open("rb") as stream:
            stream.seek(end - 1)
            return stream.read(1) == b"\n"

    def _whole_length(self) -> int:
        return self.events_path.read_bytes().rfind(b"\n") + 1

    # Housekeeping

    def rename(self, name: str) -> RunFolder:
        """Give the run another name; returns it under that name.

        Raises
        ------
        UsageError
            If the name is taken or unfit, or the run is at work.
        """
        name = name.strip()
        if name.startswith(".") or _UNFIT.search(name) or folder_of(name) != name:
            raise UsageError(f"“{name}” cannot be the name of a run")
        self._refuse_alive("renamed")
        target = self.path.with_name(name)
        if target.exists() and (name == self.name or not target.samefile(self.path)):
            raise UsageError(f"there is already a run “{name}”")
        _move(self.path, target)
        return RunFolder(target)

    def delete(self) -> Path:
        """Move the run to the project's trash and return where it lies now, for :func:`restore`.

        It stays there for :data:`~workbench.project.trash.KEPT_DAYS` days.

        Raises
        ------
        UsageError
            If the run is at work.
        """
        self._refuse_alive("deleted")
        forget_old(self.project)
        away = put_away(self.project, [self.path])
        return away.folder / away.files[0]

    def _refuse_alive(self, what: str) -> None:
        if self.state["state"] in ALIVE:
            raise UsageError(f"the run {self.name} is at work; stop it before it is {what}")


def _highest_number(project: Path, recipe: str) -> int:
    """The highest number of a run of ``recipe``, also of one in the trash, which may come back; 0
    where there is none."""
    made = re.compile(rf"\d{{4}}-\d\d-\d\d-{re.escape(recipe)}(?:-(\d+))?")
    found = (made.fullmatch(path.name)
             for path in (*(project / "runs").iterdir(), *in_trash(project, "runs")))
    return max((int(match.group(1) or 1) for match in found if match is not None), default=0)


def restore(project: Path, trashed: Path) -> RunFolder:
    """Take back :meth:`RunFolder.delete`.

    Raises
    ------
    UsageError
        If there is another run of its name by now.
    """
    target = project / "runs" / trashed.name
    if target.exists():
        raise UsageError(f"there is already a run “{target.name}”")
    bring_back(project, PutAway(trashed.parent.parent, (f"runs/{trashed.name}",)))
    return RunFolder(target)


def move_old_trash(project: Path) -> None:
    """Take runs that an earlier version deleted out of the cache, to where nobody throws them away
    unasked."""
    old = project / STATE_FOLDER / "trash"
    try:
        runs = list(old.iterdir())
        for run in runs:
            target = project / TRASH / f"runs {run.name}" / "runs"
            target.mkdir(parents=True, exist_ok=True)
            run.rename(target / run.name.rpartition(".")[0])
        old.rmdir()
    except OSError:
        return  # none there, or it is tried again at the next opening


def list_runs(project: Path) -> list[RunFolder]:
    """All runs of ``project``, the newest first; folders without a config are no runs."""
    try:
        found = [RunFolder(path) for path in (project / "runs").iterdir() if is_file(path / CONFIG)]
    except (OSError, ValueError):  # a folder that is remembered may be no path at all
        return []
    return sorted(found, key=lambda run: (_made(run), run.name), reverse=True)


def find_run(project: Path, name: str) -> RunFolder:
    """The run called ``name``, or the newest that has a model.

    Raises
    ------
    UsageError
        If there is none of that name, or no folder ``project``.
    WorkbenchError
        If it has no model.
    """
    if not is_folder(project):
        raise UsageError(f"there is no folder {project}")
    if name:
        run = RunFolder.find(project, name)
        if not run.best_path.is_file():
            raise WorkbenchError(f"the run {run.name} has no model yet")
        return run
    found = next((run for run in list_runs(project) if run.best_path.is_file()), None)
    if found is None:
        raise UsageError(f"{project.name} has no run with a model; train one first")
    return found


def find_run_at(project: Path, text: str) -> RunFolder:
    """A run of any project: its name in ``project``, its folder, or the folder of a project, of
    which the newest with a model is taken; raises as :func:`find_run`."""
    path = Path(text)
    if text and is_folder(path):
        run = RunFolder(path)
        return run if run.best_path.is_file() else find_run(path, "")
    return find_run(project, text)


def require_storable(path: Path) -> None:
    """Raise WorkbenchError, before a model is asked, where its predictions could not be stored at
    ``path``: all figures are computed from what lies there."""
    if not may_write(path.parent):
        raise WorkbenchError("not all that this needs of the model's answers is there, and new "
                             f"ones cannot be stored, as {path.parent} may not be written. Copy "
                             "the project to a folder that may be, and evaluate the copy",
                             path=path)


def require_room(project: Path) -> None:
    """Raise WorkbenchError where a training could keep no run."""
    runs = project / "runs"
    if not os.access(runs if runs.is_dir() else project, os.W_OK):
        raise WorkbenchError("no run could be kept, as this folder may not be written. Copy the "
                             "project to a folder that may be, and train the copy", path=runs)


def _make_project(project: Path, config: Mapping[str, Any]) -> None:
    manifest = Manifest.load(project)
    if not manifest.exists:
        classes, task = config.get("classes"), str(config.get("task", ""))
        if has_other_labels(project, task):
            classes, task = [], ""  # the files with objects say what it is about
        if isinstance(classes, list):
            manifest.classes = [str(name) for name in classes]
        manifest.task = task
        manifest.save(project)


def _made(run: RunFolder) -> float:
    # The config is written once: its time is when the run began, also after a rename.
    try:
        return (run.path / CONFIG).stat().st_mtime
    except OSError:
        return 0.0


def _move(source: Path, target: Path) -> None:
    with DiskErrors(source, kept="The run was left as it is."):
        target.parent.mkdir(exist_ok=True)
        patiently(source.rename, target)


def last_change(state: Mapping[str, Any]) -> datetime | None:
    """When a run's state was last written, in local time; None where that is not known."""
    changed = state.get("changed")
    try:
        return datetime.fromtimestamp(changed).astimezone() if changed else None
    except (OverflowError, OSError, ValueError):
        return None  # no clock shows that


def _is_alive(state: JSON) -> bool:
    pid = state.get("pid")
    if pid is None or pid <= 0:
        return False
    started = _start_time(pid)
    if started is None:
        return False
    # Another process may have got the number since; clocks are rounded differently by a bit.
    stated = state.get("started")
    return stated is None or abs(started - stated) < 2.0


def _start_time(pid: int) -> float | None:
    """When the process began, in seconds since the epoch; None where there is no such process."""
    import psutil  # 15 ms that opening a folder need not pay

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except (psutil.Error, OverflowError):
        return None


def _write_over(path: Path, data: bytes) -> bool:
    """Write into the room that a small file has already; whether that worked."""
    try:
        with path.open("r+b") as stream:
            stream.write(data)
            stream.truncate()
    except OSError:
        return False
    return True


def _json_bytes(data: Mapping[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"
    return text.encode("utf-8", "backslashreplace")  # so JSON writes paths that are no UTF-8


def _read(path: Path, kind: Any) -> JSON:
    """Content of one of the files that hold named values; ``kind`` says which."""
    try:
        data: JSON = fitted(parse_json(read_file(path)), kind)
    except InvalidData as error:
        raise FormatError(str(error), path=path) from error
    except ValueError as error:
        raise FormatError("it is not JSON", path=path) from error
    return data
