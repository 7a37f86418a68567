"""Making images of the pages of stacks: asked for, written on a thread, one step of undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.core.background import BackgroundThread
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.gui.app.context import ImageTarget
from workbench.gui.app.task import place_for
from workbench.gui.background.threads import worker
from workbench.gui.label.images.page_popup import PagePopup
from workbench.media.images.tiff_header import TIFF_SUFFIXES
from workbench.project.edits.file_steps import ImportedFiles
from workbench.project.pixel_sizes import pixel_size_at
from workbench.project.stack_images import (
    PageChoice,
    PagesWritten,
    StackFile,
    find_stacks,
    write_page_images,
)

if TYPE_CHECKING:
    from workbench.gui.label.images.commands import ImageCommands
    from workbench.project.session import Session


class PageMaker(QObject):
    """Does one thing at a time for the place."""

    busy_changed = Signal()
    """It began to make images, or has ended."""

    def __init__(self, place: ImageCommands) -> None:
        super().__init__(place)
        self._place = place
        self._worker = worker(self, "page-images")
        self.popup = PagePopup(place)
        self.popup.chosen.connect(self.start)
        self.popup.all_wanted.connect(self._find_all)
        self._done: tuple[Session, PagesWritten] | None = None  # what is under way
        self._stacks: list[Path] = []  # of which images were made last
        self._waiting = Connections()  # for the first of the new images
        self._watched = Connections()  # whether they are taken back

    def ask(self) -> None:
        """Ask about the image that is shown."""
        session, key = self._place.context.session, self._place.editor.key
        if session is None or not key or self._done is not None:
            return
        path = session.index.path(key)

        def found(stacks: list[StackFile]) -> None:
            if not stacks:
                self._place.refuse(tr("This file has one page only."))
            elif self._place.editor.key == key:
                self.popup.ask(stacks[0], _folder_words(session), len(self._tiffs()) > 1,
                               self._place.canvas)

        self._worker.start(lambda _thread: find_stacks([(key, path)]), found, self._place.refuse)

    @property
    def busy(self) -> bool:
        """Whether images are being made."""
        return self._done is not None

    def ask_about(self, paths: Sequence[Path]) -> None:
        """Ask about files of microscopes, in the project or from elsewhere."""
        session = self._place.context.session
        if session is None or self.busy:
            return
        files = [(_name_in(session.folder, path), path) for path in paths]
        failed: list[str] = []

        def found(stacks: list[StackFile]) -> None:
            if failed:
                self._place.context.say("bad", " ".join(failed[:3]))
            if stacks and session is self._place.context.session:
                self.popup.ask_some(stacks, _folder_words(session), self._place)

        images = session.folder / session.manifest.layout.images
        self._worker.start(lambda thread: find_stacks(files, thread.check, failed, images), found,
                           self._place.refuse)

    def _tiffs(self) -> list[tuple[str, Path]]:
        """Files of the list that may be stacks."""
        session, samples = self._place.context.session, self._place.media.view.samples
        if session is None:
            return []
        keys = (samples.key(row) for row in range(samples.rowCount()))
        return [(key, session.index.path(key)) for key in keys
                if key.lower().endswith(TIFF_SUFFIXES)]

    def _find_all(self) -> None:
        files = self._tiffs()

        def work(thread: BackgroundThread) -> list[StackFile]:
            return find_stacks(files, thread.check)

        self._worker.start(work, self.popup.show_all, self.popup.show_looking)

    def start(self, stacks: Sequence[StackFile], choice: PageChoice) -> None:
        """Make them."""
        session = self._place.context.session
        if session is None:
            return
        folder, sizes = session.folder, session.manifest.pixel_sizes
        target, done = folder / session.manifest.new_images, PagesWritten()
        self._done = session, done
        self.busy_changed.emit()
        self._stacks = [item.path for item in stacks]
        self._place.viewer.leave_pages(self._stacks)

        def work(thread: BackgroundThread) -> None:
            def tell(at: int, total: int) -> None:
                thread.check()
                thread.post(partial(self._tell, at, total))

            write_page_images(stacks, choice, target,
                              lambda item: pixel_size_at(sizes, folder, item.path), done, tell)

        self._tell(0, 0)
        self._worker.start(work, lambda _: self._end(), self._failed)

    def cancel(self) -> None:
        """End it; the images that were made stay, as a step of undo."""
        if self._done is not None:
            self._worker.cancel()
            self._end()

    def _tell(self, at: int, total: int) -> None:
        if self._done is not None:
            self._place.media.show_looking(
                tr("Making image {at:,} of {total:,} …", at=at + 1, total=total) if total
                else tr("Making images …"))

    def _failed(self, sentence: str) -> None:
        self._end()
        self._place.context.say("bad", sentence)

    def _end(self) -> None:
        """Take in what was made."""
        self._place.media.show_looking("")
        if self._done is None:
            return
        (session, done), self._done = self._done, None
        self.busy_changed.emit()
        if session is not self._place.context.session:
            return  # another project was opened: what was made is found when this one is again
        if not done.made:
            self._place.context.say("bad" if done.failed else "info", done.words())
            return
        keys = [path.relative_to(session.folder).as_posix() for path in done.made]
        session.undo.push(ImportedFiles(session, keys, ()))
        self._offer_when_undone(session, tuple(self._stacks))
        self._waiting.end()
        index, go_on = session.index, partial(self._go_on, session, self._place.editor.key, keys[0])
        self._waiting.add(index.reset.connect(go_on), index.finished.connect(go_on),
                          index.appended.connect(lambda _first, _last: go_on()))
        self._place.say_with_undo(done.words())
        index.refresh()

    def _offer_when_undone(self, session: Session, stacks: Sequence[Path]) -> None:
        """Who takes the images back may want others."""
        undo, viewer = session.undo, self._place.viewer
        step = undo.undo_step

        def look() -> None:
            if undo.redo_step is step:
                viewer.offer_pages(stacks)
            elif undo.undo_step is step:
                viewer.leave_pages(stacks)

        self._watched.end()
        self._watched.add(undo.changed.connect(look))

    def _go_on(self, session: Session, here: str, key: str) -> None:
        """Show the first of the new images, as soon as it is in the list."""
        if session.index.row(key) is not None:
            self._waiting.end()
            if session is not self._place.context.session:
                return
            own = place_for("images", session)
            if not here and own != self._place.id:  # where these images are labelled
                self._place.context.go(own, ImageTarget(key))
            elif self._place.editor.key == here:
                self._place.go_to(key)


def _name_in(folder: Path, path: Path) -> str:
    """The key of a file in a project; of one elsewhere its name."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _folder_words(session: Session) -> str:
    """Where new images go."""
    inside = session.manifest.new_images.strip("./")
    return f"{session.folder.name}/{inside}" if inside else session.folder.name
