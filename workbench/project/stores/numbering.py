"""Keeps the file that numbers the classes as an open project needs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from workbench.core.errors import Problem, WorkbenchError

if TYPE_CHECKING:
    from workbench.project.open_project import OpenProject

CLASSES_KEY = "classes of labels"
"""Stands for the file where the saver names a key; no image has it."""


class Numbering:
    """Does nothing where labels name their class themselves. On the session's thread."""

    def __init__(self, project: OpenProject) -> None:
        self._project = project
        self._numbers = project.store.numbers
        self._wanted: dict[str, None] = {}  # classes without a number

    def begin(self) -> None:
        numbers, project = self._numbers, self._project
        if numbers is None:
            return
        project.files[CLASSES_KEY] = numbers.path
        project.saver.remember(numbers.path, numbers.data)
        numbers.is_ours = lambda data: project.saver.knows(numbers.path, data)
        project.index.summarized.connect(self.settle)
        project.index.finished.connect(self._look)
        project.saver.saved.connect(self._saved)
        if numbers.problem is not None:
            self._report(numbers.problem)

    def need(self, names: Iterable[str]) -> None:
        """Classes are used: give them numbers before a label file has these.

        While label files were not all looked at, which may use the next number, they wait.
        """
        if self._numbers is not None:
            known = self._numbers.names
            self._wanted.update((name, None) for name in names if name not in known)
            if not self._project.index.summarizing:
                self.settle()

    def settle(self) -> None:
        """Nothing is waited for any more."""
        wanted, self._wanted = self._wanted, {}
        if self._numbers is not None and self._numbers.add(wanted):
            self._write()

    def rename(self, old: str, new: str | None) -> bool:
        """Whether class ``old`` is called ``new`` by this alone, and no label file changes."""
        if self._numbers is None or new is None or not self._numbers.rename(old, new):
            return False
        self._write()
        self._project.index.rename_class(old, new)
        return True

    def _write(self) -> None:
        assert self._numbers is not None
        self._project.saver.submit(CLASSES_KEY, self._numbers.path, self._numbers.content,
                                   first=True)

    def _saved(self, key: str) -> None:
        if key == CLASSES_KEY:
            self._project.saver.retry()  # labels may have waited for their class

    # Other programs

    def settles(self) -> bool:
        """Whether what another program wrote goes together with what was to be written here."""
        assert self._numbers is not None
        try:
            fits = self._numbers.look(unwritten=True)
        except WorkbenchError:
            return False
        if fits:
            self._project.saver.remember(self._numbers.path, self._numbers.data)
            self._write()
            self._take_in()
        return fits

    def _look(self) -> None:
        numbers = self._numbers
        if numbers is None or self._project.saver.unsaved(CLASSES_KEY):
            return
        before = numbers.names
        try:
            if numbers.look():
                self._project.saver.remember(numbers.path, numbers.data)
                if numbers.names != before:
                    self._take_in()
            elif numbers.problem is not None:
                self._report(numbers.problem)
        except WorkbenchError as error:
            self._report(error)

    def _take_in(self) -> None:
        unused = self._project.manifest.labels.get("unused", ())
        self._project.classes.add_all(
            name for name in self._project.store.names if name not in unused)

    def _report(self, error: WorkbenchError) -> None:
        path = str(self._project.files[CLASSES_KEY])
        self._project.add_problem(Problem(path, "unreadable-labels", error.sentence()))
