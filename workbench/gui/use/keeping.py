"""What was found is kept: asking where, writing on a thread, saying what was written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from workbench.core.background import JOIN_SECONDS, BackgroundThread, Worker
from workbench.core.text import count, tr
from workbench.core.video import frame_name
from workbench.extension.saving import Saving
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.task import place_for
from workbench.gui.background.post import Poster
from workbench.gui.use import keep
from workbench.gui.use.answers import Answers, shown
from workbench.gui.use.frames import FINDS, ask_which, chosen_frames, write_frames
from workbench.gui.use.page import PredictPage
from workbench.gui.use.tracks import write_tracks
from workbench.gui.widgets.class_colors import ClassColors
from workbench.project.suggestions import LEAST, Suggested, suggestions_of


class Keeping(QObject):
    """Does what the buttons of "Keep the result" say.

    Attributes
    ----------
    model, saving
        Whose answers they are, and how those are kept.

    Signals
    -------
    over
        Nothing is being written any more.
    """

    over = Signal()

    def __init__(self, context: AppContext, page: PredictPage, answers: Answers,
                 colors: ClassColors, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model: TrainedModel | None = None
        self.saving: Saving | None = None
        self._context, self._page = context, page
        self._answers, self._colors = answers, colors
        self._worker = Worker(name="predict-keep", post=Poster(self))
        page.table_wanted.connect(self.save_table)
        page.files_wanted.connect(self.save_files)
        page.suggestions_wanted.connect(self.suggest)
        page.tracks_table_wanted.connect(self.save_tracks)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def cancel(self, seconds: float | None = JOIN_SECONDS) -> None:
        """End early; the thread is waited for so long."""
        self._worker.cancel(seconds)

    def _wanted(self) -> keep.Wanted:
        assert self.model is not None and self._answers.look is not None
        look, limits = self._answers.look, dict(self._answers.limits)
        names = {label: self._colors.name(label) for label in self.model.classes}
        return keep.Wanted(
            [keep.Kept(partial(shown, look, item, limits), frame_name(item.name, item.frame),
                       item.name if item.frame >= 0 else "")
             for item in self._answers.all if item.packed is not None],
            self.model.classes, lambda label: names.get(label, self._colors.name(label)),
            sum(bool(item.problem) for item in self._answers.all))

    def save_table(self, for_files: bool) -> None:
        """Ask where, and write the table."""
        path, _ = QFileDialog.getSaveFileName(self._page, tr("Save the table"), "predictions.csv",
                                              tr("CSV tables (*.csv)"))
        saving = self.saving
        if path and saving is not None:
            wanted = self._wanted()
            self._keep(lambda thread: keep.write_table(wanted, saving, Path(path),
                                                       for_files=for_files, thread=thread))

    def save_tracks(self) -> None:
        """Ask where, and write the table of the things that were followed."""
        path, _ = QFileDialog.getSaveFileName(self._page, tr("Save the table"), "tracks.csv",
                                              tr("CSV tables (*.csv)"))
        look, saving = self._answers.look, self.saving
        if path and look is not None and saving is not None:
            films, limits = dict(self._answers.films), dict(self._answers.limits)
            self._keep(lambda thread: write_tracks(look, saving, films, limits, Path(path),
                                                   thread))

    def save_files(self, id: str) -> None:
        """Ask where, and write pictures or crops."""
        path = QFileDialog.getExistingDirectory(self._page, tr("Choose a folder"))
        saving = self.saving
        if path and saving is not None:
            wanted, total = self._wanted(), len(self._answers.all)
            self._keep(lambda thread: keep.write_files(
                wanted, saving.files[id], Path(path), thread,
                lambda done: self._page.show_progress(
                    "keeping", tr("Writing {done:,} of {total:,}", done=done, total=total),
                    done / max(total, 1))))

    def _keep(self, work: Callable[[BackgroundThread], str]) -> None:
        self._page.show_progress("keeping", tr("Writing …"), 0.0)
        self._worker.start(work, self._kept, self._not_kept)

    def _kept(self, words: str) -> None:
        self.over.emit()
        self._context.say("ok", words)

    def _not_kept(self, reason: str) -> None:
        self.over.emit()
        self._context.say("bad", reason)

    def suggest(self) -> None:
        """:meth:`add_suggestions`; of videos a person says first which frames."""
        if self._answers.films:
            finds = sum(bool(item.sums.number) for rows in self._answers.films.values()
                        for item in rows)
            ask_which(self._page, finds, self.add_suggestions)
        else:
            self.add_suggestions()

    def add_suggestions(self, which: str = FINDS) -> None:
        """Suggest what was found in Images; files from elsewhere are copied into the project, of
        videos the frames ``which`` are wanted."""
        session, model = self._context.session, self.model
        if session is None or model is None:
            return
        wanted = self._wanted()
        wanted_score = self._answers.limits.get("score", LEAST)
        found = [item.file for item in self._answers.all if item.sums.number and item.frame < 0]
        films = [list(rows) for rows in self._answers.films.values()]

        def tell(done: int) -> None:
            self._page.show_progress("keeping", tr("Adding {frames} to the project …",
                                                  frames=count(done, "frame")), 0.0)

        def work(thread: BackgroundThread) -> dict[str, Suggested]:
            keys = keep.copied_in(session, found, thread)
            frames = [item for rows in films for item in chosen_frames(rows, which, thread)]
            keys |= write_frames(session, frames, thread, tell) if frames else {}
            return keep.suggested(wanted, session, model, keys, thread)

        def put(made: dict[str, Suggested]) -> None:
            self.over.emit()
            store = suggestions_of(session)
            store.lower_to(wanted_score)
            store.suggest(made, model.run)
            session.index.refresh()
            some = [items for key in made if (items := store.of(key))]
            self._context.say("ok", tr(
                "{boxes} suggested on {images}. Accept or reject them in Images.",
                boxes=count(sum(map(len, some)), "box"), images=count(len(some), "image")),
                tr("Go to Images"), lambda: self._context.go(place_for("images", session)))

        self._page.show_progress("keeping", tr("Adding to the project …"), 0.0)
        self._worker.start(work, put, self._not_kept)
