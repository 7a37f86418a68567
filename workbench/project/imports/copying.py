"""Copying samples into a project, each with what labels it, so that doing it twice changes nothing.

Files are copied. Hard links would be quicker and smaller, but a link is one file with two names:
a tool that writes in place in the source folder would change the project with it.
"""

from __future__ import annotations

import filecmp
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path

from workbench.core.background import Cancelled
from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists, is_folder, path_in, start_in
from workbench.core.progress import ProgressCallback
from workbench.media.conversion_kinds import AnyName, conversion_of
from workbench.project.folder_identity import FolderIdentity
from workbench.project.imports.files import (
    copy_file,
    ends_copying,
    left_out_text,
    make_folder,
    numbered,
)
from workbench.project.imports.report import ImportReport

AnyPath = AnyName
"""A text where there may be 100,000: each :class:`Path` takes longer than opening a file."""


class SampleCopier(ABC):
    """Copies samples of one medium, never over another file.

    The same file again is left; another sample of the same name gets a number.

    Parameters
    ----------
    source, project
        Folders; the project's is there.
    report
        Receives what becomes of each sample.
    follow
        Whether to copy also what lies outside the source, by links.
    """

    def __init__(self, source: Path, project: Path, report: ImportReport, *,
                 follow: bool = False) -> None:
        self.report = report
        self.made: list[str] = []
        """The new files, those with labels included."""
        self.taken: set[str] = set()
        """Posix paths in the source of all files that were used."""
        self.new_keys: dict[str, str] = {}
        """Key in the project by key in the source."""
        self._folders: set[str] = set()
        self._cancelled: Callable[[], bool] = lambda: False
        self._folder = source
        self._project = project
        self._start = start_in(project)
        self._identity = FolderIdentity(project)
        self._real = "" if follow else os.path.realpath(source)

    # --- what a medium says ---------------------------------------------------------------------

    @abstractmethod
    def path(self, key: str) -> AnyPath:
        """The file of a sample in the source."""

    @abstractmethod
    def own_key(self, key: str) -> str | None:
        """The key in the project of a sample that lies in it already."""

    @abstractmethod
    def wanted_key(self, key: str) -> str:
        """The key in the project that a sample gets, unless it is taken."""

    @abstractmethod
    def take_labels(self, key: str, new_key: str) -> None:
        """Copy what labels a sample that is in the project by now."""

    def is_taken(self, key: str, new_key: str) -> bool:
        """Whether ``new_key``, which is no file, is not free all the same."""
        return os.path.islink(self._start + new_key)

    # --- copying --------------------------------------------------------------------------------

    def run(
        self, keys: Iterable[str], progress: ProgressCallback, cancelled: Callable[[], bool]
    ) -> None:
        """Copy all samples, unless a person or a disk ends it."""
        chosen = list(keys)
        self._cancelled = cancelled
        for number, key in enumerate(chosen, start=1):
            stopped = cancelled() or self.hindered()
            if not stopped:
                stopped = self._stops(key)
            if stopped or self.report.reason:
                self.report.cancelled = True
                return
            progress(number, len(chosen))

    def _stops(self, key: str) -> bool:
        """Take a sample; whether a person ended it in the middle."""
        try:
            self.take(key)
        except Cancelled:
            return True
        return False

    def check(self) -> None:
        """For what takes long; raises :class:`Cancelled` where nothing more is wanted."""
        if self._cancelled():
            raise Cancelled

    def hindered(self) -> bool:
        """Whether nothing more can be copied; the report says why."""
        there = ((self._project, self._identity.is_there()),
                 (self._folder, is_folder(self._folder)))
        gone = next((folder.name for folder, is_there in there if not is_there), "")
        if gone and not self.report.reason:  # it must not be made anew
            self.report.reason = f"the folder “{gone}” is gone"
        return bool(self.report.reason)

    def take(self, key: str) -> None:
        """Copy one sample with its labels, or find that no more can be: see ``report.reason``."""
        path = self.path(key)
        self.taken.add(key)
        if (own := self.own_key(key)) is not None:
            self.new_keys[key] = own
            self.report.already += 1
            return
        try:
            for new_key in numbered(self.wanted_key(key)):
                if self._arrives(key, path, new_key):
                    self.take_labels(key, new_key)
                    return
        except (OSError, WorkbenchError) as error:
            self.report.reason = ends_copying(error)
            if not self.report.reason:
                self.report.add_problem("not-copied", os.fspath(path),
                                        left_out_text(path, error))

    def _arrives(self, key: str, path: AnyPath, new_key: str) -> bool:
        """Whether the sample is ``new_key`` now; False where another one is."""
        here = self._start + new_key
        there = exists(here)
        if not there and self.is_taken(key, new_key):
            there = exists(here)  # another import may bring it between the two looks
            if not there:
                return False
        if there:
            if not self.is_same(path, here):
                return False
            self.report.already += 1
        else:
            # The sample first: what a killed import leaves is then completed by the next one.
            self.place(path, path_in(self._start, new_key))
            self.report.add_sample()
        self.new_keys[key] = new_key
        if new_key != self.wanted_key(key):
            self.report.renamed[key] = new_key
        return True

    def is_same(self, source: AnyPath, target: str) -> bool:
        """Whether a file of the project is what a sample becomes there."""
        conversion = conversion_of(source)
        if conversion is not None:
            return conversion.was_made_from(Path(target), Path(source))
        return filecmp.cmp(source, target, shallow=False)

    def place(self, source: AnyPath, target: str) -> None:
        """Put the file of a sample, or what is made of it, to a free place."""
        conversion = conversion_of(source)
        if conversion is None:
            self.copy(source, target)
            return
        self.make_parent(target)
        conversion.convert(Path(source), Path(target), self.check)
        self.made.append(target)

    def copy(self, source: AnyPath, target: str) -> None:
        """Copy a file to a free place."""
        self.make_parent(target)
        copy_file(source, target)
        self.made.append(target)

    def make_parent(self, target: str) -> None:
        """Make the folder that a file is to lie in."""
        parent = os.path.dirname(target)
        if parent not in self._folders:
            make_folder(Path(parent))
            self._folders.add(parent)
