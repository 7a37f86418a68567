"""Copying sound files into the project, in the background, never over another file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_file, is_folder
from workbench.gui.background.threads import worker
from workbench.media.sounds.suffixes import TAKEN
from workbench.project.datasets.splits import Split
from workbench.project.imports.skipped_files import find_skipped_files, skipped_text
from workbench.project.imports.sounds import (
    FOLDER,
    ClipCopier,
    FoundSounds,
    choose_labels,
    converted_messages,
    inspect_sounds,
    label_messages,
    listed_split,
    settings_here,
)
from workbench.project.library.clip_labels import SoundSettings

NO_SETTINGS = SoundSettings()


@dataclass(slots=True)
class Copied:
    """What became of a copy."""

    made: list[Path] = field(default_factory=list)
    """New clips."""
    extras: list[Path] = field(default_factory=list)
    """New tables with their labels."""
    known: int = 0
    """Number of clips that were there already."""
    failures: list[str] = field(default_factory=list)
    cancelled: bool = False
    reason: str = ""
    """Whether it was stopped, and why where no person did it."""
    settings: SoundSettings | None = None
    """How the clips are labelled, where the project did not say yet."""
    split: Split | None = None
    """What the source's lists say of test and validation, if anything."""
    notes: list[str] = field(default_factory=list)
    """Where labels come from, what else they could come from, and what was left behind."""


class Adder(QObject):
    """Copies files and folders into ``audio/`` with their labels; a folder keeps its name there.

    A folder is taken as ``workbench import`` takes it: with its tables, its CSV of labels and its
    lists of test clips.
    """

    progress = Signal(int, int)
    """(done, total)."""
    finished = Signal(object)
    """(:class:`Copied`)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = worker(self, "add-sounds")
        self._next: list[Callable[[BackgroundThread], Copied]] = []

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def add(self, paths: Sequence[Path], project: Path,
            settings: SoundSettings = NO_SETTINGS, labels: str = "auto") -> None:
        """Copy what ``paths`` name into a project that labels its clips by ``settings``; one copy
        runs after the other. ``labels`` is the source of a folder's labels."""
        self._next.append(partial(self._copy, list(paths), project, settings, labels))
        if not self._worker.busy:
            self._begin()

    def cancel(self) -> None:
        """Copy no more; what is copied stays, and is told as always."""
        self._next.clear()
        self._worker.stop()

    def stop(self) -> None:
        """End the copying without a word; what is copied stays."""
        self._next.clear()
        self._worker.cancel(None)

    def _begin(self) -> None:
        self._worker.start(self._next.pop(0), self._ended)

    def _ended(self, done: Copied) -> None:
        self.finished.emit(done)
        if self._next and not self._worker.busy:
            self._begin()

    def _copy(self, paths: list[Path], project: Path, settings: SoundSettings, labels: str,
              thread: BackgroundThread) -> Copied:
        def stopped() -> bool:
            thread.check()
            return thread.stopping

        def tell(number: int, _of: int) -> None:
            thread.post(partial(self.progress.emit, copied + number, total))

        done = Copied()
        sources = list(_sources(paths))
        total = sum(len(source.keys) for source, _ in sources)
        copied = 0
        arrived: list[Path] = []
        for source, into in sources:
            try:
                if into != FOLDER:
                    choose_labels(source, labels)
                copier = self._copier(source, into, project, settings, done)
            except (WorkbenchError, OSError) as error:
                done.failures.append(str(error))
                continue
            copier.run(source.keys, tell, stopped)
            copied += len(source.keys)
            done.cancelled = done.cancelled or copier.report.cancelled
            done.reason = copier.report.reason or done.reason
            _note(source, copier, project, done, into != FOLDER and not done.cancelled)
            arrived += [source.source / key for key in copier.new_keys]
        if done.made:
            done.notes[:0] = converted_messages(arrived)
        return done

    def _copier(self, source: FoundSounds, into: str, project: Path, settings: SoundSettings,
                done: Copied) -> ClipCopier:
        own = done.settings or settings
        if own == NO_SETTINGS and source.keys:
            own = settings_here(source, project, into)
            done.settings = own if own != NO_SETTINGS or source.said else None
        return ClipCopier(source, project, into, own)


def _sources(paths: Iterable[Path]) -> Iterator[tuple[FoundSounds, str]]:
    """What ``paths`` name, each with its folder in the project; single files go together."""
    files: dict[Path, list[str]] = {}
    for path in paths:
        if is_folder(path):
            yield inspect_sounds(path), f"{FOLDER}/{path.name}"
        elif path.suffix.lower() in TAKEN and is_file(path):
            files.setdefault(path.parent, []).append(path.name)
    for folder, names in files.items():
        yield FoundSounds(folder, names), FOLDER


def _note(source: FoundSounds, copier: ClipCopier, project: Path, done: Copied,
          whole: bool) -> None:
    """Add up what became of a source, of which the ``whole`` folder was to be taken or files."""
    made = set(map(Path, copier.made))
    clips = [project / key for key in copier.new_keys.values() if project / key in made]
    done.made += clips
    done.extras += sorted(made - set(clips))
    done.known += copier.report.already
    done.failures += [problem.reason for problem in copier.report.problems]
    done.split = done.split or listed_split(source, copier.new_keys)
    if copier.taken and source.choices:
        done.notes += label_messages(source, in_shell=False)
    if whole:
        done.notes += skipped_text(item for item in find_skipped_files(
            source.source, copier.taken, "sounds") if item.kind != "other")
