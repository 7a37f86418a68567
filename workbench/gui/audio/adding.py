"""Copying sound files into the project, in the background, never over another file."""

from __future__ import annotations

import filecmp
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.audio.names import free_path
from workbench.project.sounds import SUFFIXES

FOLDER = "audio"


@dataclass(slots=True)
class Copied:
    """What became of a copy: new files, those that were there already, and what failed."""

    made: list[Path] = field(default_factory=list)
    known: int = 0
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False


class Adder(QObject):
    """Copies files and folders into ``audio/``; a folder keeps its name there.

    Signals
    -------
    progress
        (done, total).
    finished
        (:class:`Copied`).
    """

    progress = Signal(int, int)
    finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def add(self, paths: Sequence[Path], project: Path) -> None:
        """Copy what ``paths`` name; one copy runs at a time."""
        self.stop()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(list(paths), project, self._stop),
                                        name="add-sounds", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the copying; what is copied stays."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, paths: list[Path], project: Path, stop: threading.Event) -> None:
        wanted = list(sounds_in(paths, project / FOLDER))
        done = Copied()
        for number, (source, target) in enumerate(wanted, start=1):
            if stop.is_set():
                done.cancelled = True
                break
            _copy(source, target, project, done)
            self.progress.emit(number, len(wanted))
        self.finished.emit(done)


def sounds_in(paths: Iterable[Path], target: Path) -> Iterable[tuple[Path, Path]]:
    """Sound files that ``paths`` name or hold, each with its place below ``target``."""
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix.lower() in SUFFIXES and file.is_file():
                    yield file, target / path.name / file.relative_to(path)
        elif path.suffix.lower() in SUFFIXES:
            yield path, target / path.name


def _copy(source: Path, target: Path, project: Path, done: Copied) -> None:
    try:
        if source.resolve().is_relative_to(project.resolve()):
            done.known += 1
            return
        if target.exists() and filecmp.cmp(source, target, shallow=False):
            done.known += 1
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target = free_path(target)
        part = target.with_name(f".{target.name}.part")
        try:
            shutil.copyfile(source, part)
            part.rename(target)
        finally:
            part.unlink(missing_ok=True)
        done.made.append(target)
        _copy_table(source, target)
    except OSError as error:
        done.failures.append(f"{source.name} could not be copied: {error.strerror}.")


def _copy_table(source: Path, target: Path) -> None:
    """A selection table beside the sound comes along."""
    table = source.with_name(f"{source.stem}.selections.txt")
    place = target.with_name(f"{target.stem}.selections.txt")
    if table.is_file() and not place.exists():
        shutil.copyfile(table, place)
