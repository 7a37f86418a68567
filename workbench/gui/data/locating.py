"""Lost images and sounds are found again in a folder that a person names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import cast

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.progress_sheet import ProgressSheet, or_sentence
from workbench.gui.app.undo_action import say_done
from workbench.gui.background.threads import worker
from workbench.gui.shell.main_window import MainWindow
from workbench.project.links import LOST_SOUND, Targets, find_moved, point
from workbench.project.mending import relinked
from workbench.project.session import Session

Found = tuple[dict[str, str], Targets]
"""Where the files are, and where they were, by key."""
Tell = Callable[[Sequence[Problem], bool], object]


class Locator(QObject):
    """Asks for the folder; a thread looks there and lets the links lead to it."""

    def __init__(self, page: QWidget, context: AppContext) -> None:
        super().__init__(page)
        self._page, self._context = page, context
        self._worker = worker(self, "locate-images")

    def ask(self, session: Session, problems: Sequence[Problem], tell: Tell) -> None:
        """Ask where the folder of the files that ``problems`` are about is."""
        if self._worker.busy:
            return
        name = QFileDialog.getExistingDirectory(
            self._page, tr("Where is the folder of these sounds now?") if _are_sounds(problems)
            else tr("Where is the folder of these images now?"), str(session.folder.parent))
        if name:
            self._look(session, problems, Path(name), tell)

    def _look(self, session: Session, problems: Sequence[Problem], place: Path, tell: Tell) -> None:
        of_key = {Path(item.path).relative_to(session.folder).as_posix(): item
                  for item in problems}
        window = cast("MainWindow", self._page.window())
        sheet = ProgressSheet(window.overlays, lambda: self._worker.cancel(0.0))

        def work(thread: BackgroundThread) -> Found | str:
            def progress(done: int) -> None:
                thread.check()
                report(done, len(of_key))

            report = sheet.reporting(thread)
            found = find_moved(session.folder, of_key, place, progress)
            thread.check()
            return or_sentence(lambda: (found, point(session.folder, found)), place.name)

        def take(result: Found | str) -> None:
            sheet.end()
            sheet.deleteLater()
            if isinstance(result, str):
                self._context.say("bad", result)
            elif self._context.session is session:
                self._tell(session, {of_key[key]: path for key, path in result[0].items()},
                           result[1], len(of_key), tell)

        sheet.begin(tr("Locate sounds") if _are_sounds(problems) else tr("Locate images"),
                    tr("Looking in “{name}” …", name=place.name))
        self._worker.start(work, take, take)

    def _tell(self, session: Session, found: dict[Problem, str], before: Targets, wanted: int,
              tell: Tell) -> None:
        if not found:
            self._context.say("warn", tr("None of them is in that folder."))
            return
        relinked(session, found, before, tell)
        noun = "sound" if _are_sounds(found) else "image"
        words = tr("Found {images} again.", images=count(len(found), noun))
        if len(found) < wanted:
            words += " " + tr("{number:,} are not there.", number=wanted - len(found))
        say_done(self._context, session, words, "ok" if len(found) == wanted else "warn")


def _are_sounds(problems: Iterable[Problem]) -> bool:
    return any(item.kind == LOST_SOUND for item in problems)
