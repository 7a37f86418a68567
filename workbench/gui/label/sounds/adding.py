"""Copying sound files into the project, in the background, never over another file."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.errors import WorkbenchError
from workbench.project.datasets.splits import Split
from workbench.project.imports.left_behind import find_left_behind, left_words
from workbench.project.imports.sounds import (
    FOLDER,
    ClipCopier,
    SoundImport,
    choose_labels,
    label_notes,
    listed_split,
    look_at,
    settings_here,
)
from workbench.project.library.clip_labels import SoundSettings
from workbench.project.library.clips import SUFFIXES

NO_SETTINGS = SoundSettings()


@dataclass(slots=True)
class Copied:
    """What became of a copy.

    Parameters
    ----------
    made
        New clips.
    extras
        New tables with their labels.
    known
        Number of clips that were there already.
    settings
        How the clips are labelled, where the project did not say yet.
    split
        What the source's lists say of test and validation, if anything.
    notes
        Where labels come from, what else they could come from, and what was left behind.
    """

    made: list[Path] = field(default_factory=list)
    extras: list[Path] = field(default_factory=list)
    known: int = 0
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False
    settings: SoundSettings | None = None
    split: Split | None = None
    notes: list[str] = field(default_factory=list)


class Adder(QObject):
    """Copies files and folders into ``audio/`` with their labels; a folder keeps its name there.

    A folder is taken as ``workbench import`` takes it: with its tables, its CSV of labels and its
    lists of test clips.

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

    def add(self, paths: Sequence[Path], project: Path,
            settings: SoundSettings = NO_SETTINGS, labels: str = "auto") -> None:
        """Copy what ``paths`` name into a project that labels its clips by ``settings``; one copy
        runs at a time. ``labels`` is the source of a folder's labels."""
        self.stop()
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(list(paths), project, settings, labels, self._stop),
            name="add-sounds", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Copy no more; what is copied stays, and is told as always."""
        self._stop.set()

    def stop(self) -> None:
        """End the copying; what is copied stays."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self, paths: list[Path], project: Path, settings: SoundSettings, labels: str,
             stop: threading.Event) -> None:
        done = Copied()
        sources = list(_sources(paths))
        total = sum(len(source.keys) for source, _ in sources)
        copied = 0
        for source, into in sources:
            try:
                if into != FOLDER:
                    choose_labels(source, labels)
                copier = self._copier(source, into, project, settings, done)
            except (WorkbenchError, OSError) as error:
                done.failures.append(str(error))
                continue
            for key in source.keys:
                if stop.is_set():
                    done.cancelled = True
                    break
                copier.take(key)
                copied += 1
                self.progress.emit(copied, total)
            _note(source, copier, project, done, into != FOLDER and not done.cancelled)
        self.finished.emit(done)

    def _copier(self, source: SoundImport, into: str, project: Path, settings: SoundSettings,
                done: Copied) -> ClipCopier:
        own = done.settings or settings
        if own == NO_SETTINGS and source.keys:
            own = settings_here(source, project, into)
            done.settings = own if own != NO_SETTINGS or source.said else None
        return ClipCopier(source, project, into, own)


def _sources(paths: Iterable[Path]) -> Iterator[tuple[SoundImport, str]]:
    """What ``paths`` name, each with its folder in the project; single files go together."""
    files: dict[Path, list[str]] = {}
    for path in paths:
        if path.is_dir():
            yield look_at(path), f"{FOLDER}/{path.name}"
        elif path.suffix.lower() in SUFFIXES and path.is_file():
            files.setdefault(path.parent, []).append(path.name)
    for folder, names in files.items():
        yield SoundImport(folder, names), FOLDER


def _note(source: SoundImport, copier: ClipCopier, project: Path, done: Copied,
          whole: bool) -> None:
    """Add up what became of a source, of which the ``whole`` folder was to be taken or files."""
    made = set(copier.made)
    clips = [project / key for key in source.new_keys.values() if project / key in made]
    done.made += clips
    done.extras += sorted(made - set(clips))
    done.known += source.already
    done.failures += [problem.reason for problem in source.problems]
    done.split = done.split or listed_split(source)
    if source.taken and source.choices:
        done.notes += label_notes(source, in_shell=False)
    if whole:
        done.notes += left_words(item for item in find_left_behind(
            source.source, source.taken, "sounds") if item.kind != "other")
