"""The files that Predict was given, and how far each was looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.paths import is_folder
from workbench.core.text import count, listed, tr
from workbench.core.video import VIDEO_SUFFIXES, is_video
from workbench.extension.registry import load
from workbench.extension.tasks import Task
from workbench.gui.app.context import AppContext, Tone
from workbench.gui.predict.table import Prediction, PredictionTable
from workbench.media.conversion_kinds import PHOTOS, RECORDINGS, Conversion, alone
from workbench.media.images.stack_kinds import UNSHOWN_SUFFIXES, stack_titles
from workbench.project.named_files import FreeNames, named_files
from workbench.project.stack_images import find_stacks, first_pages_text

_FOLDER = "predict/folder"


def suffixes_of(task: Task) -> frozenset[str]:
    """The files that models of a task look at."""
    suffixes: frozenset[str] = load(task.shell).suffixes
    return suffixes | VIDEO_SUFFIXES if task.videos else suffixes


def ask_for_files(parent: QWidget, context: AppContext, suffixes: frozenset[str]) -> list[Path]:
    """Those that a person chooses."""
    patterns = " ".join(f"*{suffix}" for suffix in sorted(suffixes))
    paths, _ = QFileDialog.getOpenFileNames(
        parent, tr("Choose files"), _first_folder(context),
        tr("Files ({patterns})", patterns=patterns))
    return _remembered(context, [Path(path) for path in paths])


def ask_for_folder(parent: QWidget, context: AppContext) -> list[Path]:
    """The one that a person chooses, if so."""
    path = QFileDialog.getExistingDirectory(parent, tr("Choose a folder"), _first_folder(context))
    return _remembered(context, [Path(path)] if path else [])


def _first_folder(context: AppContext) -> str:
    """Where files were chosen before, else the project's, as most models are first tried there."""
    own = str(context.session.folder) if context.session is not None else ""
    before = str(context.settings.value(_FOLDER, own))
    return before if is_folder(Path(before)) else own


def _remembered(context: AppContext, chosen: list[Path]) -> list[Path]:
    if chosen:
        context.settings.setValue(_FOLDER, str(chosen[0].parent))
    return chosen


class GivenFiles:
    """Files and folders in the order in which they came; videos among them by steps of frames."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        """What a person chose, folders as they are."""
        self.names: dict[str, str] = {}
        """Of each file, for files that are made of it."""
        self.to_convert: list[Path] = []
        """Recordings, or RAW photos, among the last ones that are not read as they are, and have
        nothing beside them that is."""
        self._locked: list[str] = []  # folders that could not be listed, until that is said
        self._pages = ""  # what is to be said of files of several pages
        self.unseen_pages = ""
        """The same, until it is said with what was found, too: by then the first message is gone.
        """
        self.stacks: list[Path] = []
        """Of the last ones those of which not all pages are looked at: of several, or of none."""
        self._free = FreeNames()
        self._every: dict[str, int] = {}  # of the videos, how many frames make a step

    def finder(self, paths: Sequence[Path], suffixes: frozenset[str]
               ) -> Callable[[Callable[[], None]], list[tuple[str, str]]]:
        """What lists new files among ``paths`` (file, name) on another thread; it is given what
        raises when it is to end."""
        self.paths += paths
        known, free = set(self.names), self._free

        def find(check: Callable[[], None]) -> list[tuple[str, str]]:
            locked: list[str] = []
            found = named_files(paths, suffixes, free, check,
                                lambda error: locked.append(str(error.filename)))
            new = [(str(path), name) for path, name in found if str(path) not in known]
            self._locked = locked
            self.to_convert = _to_convert(
                paths, RECORDINGS if RECORDINGS.suffix in suffixes else PHOTOS, check)
            unread = {str(path) for path in self.to_convert}  # some are called as what is read
            new = [(path, name) for path, name in new if path not in unread]
            stacks = find_stacks(((name, Path(path)) for path, name in new), check)
            self.stacks = list(dict.fromkeys(stack.path for stack in stacks))
            self._pages = first_pages_text(len(self.stacks))
            if RECORDINGS.suffix not in suffixes:
                unshown = [path for path, _ in
                           named_files(paths, UNSHOWN_SUFFIXES, FreeNames(), check)]
                self.stacks += unshown
                self._pages = f"{self._pages} {_unshown_text(unshown)}".strip()
            return new

        return find

    def trouble(self, found: Sequence[object], noun: str) -> tuple[Tone, str]:
        """What is to be said where ``found`` came of a look for files; "" for nothing."""
        locked, self._locked = self._locked, []
        self.unseen_pages = self._pages
        if locked:
            words = tr("Folders that could not be listed: {names}.", names=listed(locked))
            return "warn", f"{words} {self._pages}".strip()
        if found or self._pages:
            return "info", self._pages
        return "info", tr(
            "There is no {noun} among these that is not in the list.", noun=noun)

    def add(self, files: Iterable[tuple[str, str]], every: int) -> None:
        """Take in files and their names; of new videos each ``every``-th frame is looked at."""
        for path, name in files:
            self.names[path] = name
            if is_video(Path(path)):
                self._every.setdefault(path, every)

    def videos(self, files: Iterable[tuple[str, str]], films: dict[str, list[Prediction]]
               ) -> dict[str, list[int]]:
        """With which frame of each video among ``files`` to go on, and by how many."""
        return {path: [films[path][-1].frame + every if films.get(path) else 0, every]
                for path, _ in files if (every := self._every.get(path))}

    def ended(self, answers: PredictionTable) -> None:
        """A model looked at all, but for the files that could not be read."""
        answers.ended |= self._every.keys() - {item.file for item in answers.all if item.problem}

    def left(self, answers: PredictionTable) -> list[tuple[str, str]]:
        """What a model did not reach, or not to its end, or could not be read."""
        reached = {item.file for item in answers.all
                   if not item.problem and item.frame < 0} | answers.ended
        return [(path, name) for path, name in self.names.items() if path not in reached]

    def rows(self, number: int) -> str:
        """So many files, frames of videos, or both."""
        if not self._every:
            return count(number, "file")
        return count(number, "frame") if len(self._every) == len(self.names) else \
            count(number, "image or frame", "images and frames")


def _unshown_text(files: Sequence[Path]) -> str:
    """What to do with files of microscopes, and DICOM; "" for none."""
    return tr("Not looked at: {files} ({kinds}). Drop them on Images first, which makes images of "
              "what is in them.", files=count(len(files), "file"),
              kinds=stack_titles(files)) if files else ""


def _to_convert(paths: Sequence[Path], conversion: Conversion, check: Callable[[], None]
                ) -> list[Path]:
    files = [str(path) for path, _ in named_files(paths, conversion.given, FreeNames(), check)]
    return [Path(name) for name in alone(conversion, files)]
