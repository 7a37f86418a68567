"""Adding sound files by choosing or dropping them, with progress and a way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.undo_action import goes_when_undone, undo_action
from workbench.gui.label.sounds.adding import Adder, Copied
from workbench.gui.label.sounds.clip_list import ClipPanel
from workbench.media.sounds.suffixes import TAKEN
from workbench.project.datasets.splits import list_splits, save_split
from workbench.project.edits.file_steps import ClipFiles
from workbench.project.library.clip_labels import SoundSettings
from workbench.project.session import Session


class AddController(QObject):
    """Copies what a person brings into the project and says what became of it.

    Parameters
    ----------
    before_removal
        Called before copies are taken back, so that nothing has them open.
    """

    adding_changed = Signal()
    """:attr:`adding` is another."""

    def __init__(self, context: AppContext, panel: ClipPanel,
                 before_removal: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._panel = panel
        self._before_removal = before_removal
        self._wanted: tuple[Sequence[Path], str] = (), "auto"
        self.adding = False
        """Whether it is under way: the panel shows how far, also where there are no sounds yet."""
        self.adder = Adder(self)
        panel.cancel_wanted.connect(self.adder.cancel)
        self.adder.progress.connect(self._copying)
        self.adder.finished.connect(self._copied)

    @property
    def _session(self) -> Session | None:
        return self._context.session

    def choose(self, parent: QWidget) -> None:
        """Let a person choose sound files."""
        kinds = " ".join(f"*{suffix}" for suffix in sorted(TAKEN))
        names, _ = QFileDialog.getOpenFileNames(parent, tr("Add sound files"), str(Path.home()),
                                                tr("Sounds ({kinds})", kinds=kinds))
        self.add([Path(name) for name in names])

    def add(self, paths: Sequence[Path], labels: str = "auto") -> None:
        """Copy files and folders into the project; ``labels`` is the source of a folder's."""
        if self._session is not None and paths:
            self._wanted = paths, labels
            self._show(tr("Copying …"))
            self.adder.add(paths, self._session.folder, self._session.sounds.settings, labels)

    def stop(self) -> None:
        """End the copying; what is copied stays."""
        self.adder.stop()
        self._show("")

    def _copying(self, done: int, total: int) -> None:
        self._panel.set_progress(tr("Copying {done:,} of {total:,}",
                                    done=done, total=total), done / total)

    def _show(self, words: str) -> None:
        self._panel.set_progress(words)
        self.adding = bool(words)
        self.adding_changed.emit()

    def _copied(self, done: Copied) -> None:
        self._show("")
        session = self._session
        if session is None:
            return
        if done.failures:
            more = tr(" (and {failures} more)",
                      failures=len(done.failures) - 1) if len(done.failures) > 1 else ""
            self._context.say("bad", tr("{failures}{more} All others are there.",
                                        failures=done.failures[0], more=more))
        if done.made:
            keys = [path.relative_to(session.folder).as_posix() for path in done.made]
            step = ClipFiles(session.sounds, keys, tr("add {clips}",
                                                      clips=count(len(keys), "sound")),
                             adds=True, known=True)
            session.undo.push(step)
            self._take_in(session, done)
            added = tr("{clips} added.", clips=count(len(done.made), "sound"))
            if done.cancelled:
                why = f", {done.reason}" if done.reason else ""
                added = tr("Stopped{why}: {added} Add the folder again to go on from there.",
                           why=why, added=added)
            words = " ".join((added, *done.notes))
            self._context.say("warn" if done.reason else "ok", words, tr("Undo"),
                              lambda: undo_action(
                                  self._context, session, step, self._before_removal),
                              stays=done.cancelled)
            goes_when_undone(self._context, session, step, words)
        elif done.reason:
            self._context.say("bad", tr("Nothing was added: {reason}.", reason=done.reason))
        elif done.cancelled and not done.known:
            paths, labels = self._wanted
            self._context.say("info", tr("Stopped: nothing was added."), tr("Try again"),
                              lambda: self.add(paths, labels))
        elif not done.failures:
            self._context.say("info", tr("These sounds are in the project already.") if done.known
                              else tr("There is no sound file among these."))

    def _take_in(self, session: Session, done: Copied) -> None:
        """Label the new clips as they came, and keep the data set's own split."""
        if done.split is not None and "default" not in list_splits(session.folder):
            try:
                save_split(session.folder, done.split)
            except WorkbenchError as error:
                self._context.say("bad", error.sentence())
        if done.settings is not None and session.sounds.settings == SoundSettings():
            session.sounds.use_settings(done.settings)
        else:
            session.sounds.refresh()


def dropped_sounds(event: QDropEvent) -> list[Path]:
    """Sound files and folders among what is dragged."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in TAKEN or is_folder(path)]
