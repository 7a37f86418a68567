"""What was found is kept: asking where, writing on a thread, saying what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFileDialog

from workbench.core.background import JOIN_SECONDS, BackgroundThread, Worker
from workbench.core.text import count, tr
from workbench.core.video import frame_name
from workbench.extension.annotation_formats import AnnotationFormat
from workbench.extension.saving import SCORE, Saving
from workbench.extension.tasks import tasks
from workbench.formats.atomic import write_atomic
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.csv_table import ask_table, write_rows
from workbench.gui.app.export_controller import ask_new_folder, say_exported
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.saved import say_saved
from workbench.gui.app.task import place_for
from workbench.gui.app.track_rules import kept_rules
from workbench.gui.app.undo_action import goes_when_undone, undo_action
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.predict import save_results
from workbench.gui.predict.activity import ActivityPopup
from workbench.gui.predict.class_names import ask_names
from workbench.gui.predict.frames import FINDS, ask_which, chosen_frames, write_frames
from workbench.gui.predict.into_project import ask_how, brought_in, is_in, suggest, suggested
from workbench.gui.predict.page import PredictPage
from workbench.gui.predict.table import PredictionTable, shown
from workbench.gui.predict.tracks import FilmFound, follow_film, write_measured, write_tracks
from workbench.gui.predict.trajectories import TrajectoriesPopup
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.menu import Menu
from workbench.media.recording_place import Stations
from workbench.project.activity import COLUMNS, Activity, Grid, grid_picture
from workbench.project.drawn_scale_bar import ScaleBars
from workbench.project.label_export import LabelExport
from workbench.project.measurements.film_predictions import POSITIONS, FilmMeasurer
from workbench.project.predicted_labels import label_formats
from workbench.project.runs import RunFolder
from workbench.project.session import Session
from workbench.project.suggestions import LEAST, Suggested, suggestions_of


class ResultSaver(QObject):
    """Does what the buttons of "Keep the result" say."""

    over = Signal()
    """Nothing is being written any more."""

    def __init__(self, context: AppContext, page: PredictPage, answers: PredictionTable,
                 colors: ClassColors, places: CountingPlaces,
                 parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model: TrainedModel | None = None
        self.saving: Saving | None = None
        """Whose answers they are, and how those are kept."""
        self._context, self._page = context, page
        self._answers, self._colors, self._places = answers, colors, places
        self._worker = Worker(name="predict-keep", post=GuiThreadCaller(self))
        page.save_menu.table_wanted.connect(self.save_table)
        page.save_menu.measurements_wanted.connect(self.save_measurements)
        page.save_menu.files_wanted.connect(self.save_files)
        page.save_menu.labels_wanted.connect(self.ask_format)
        page.suggestions_wanted.connect(self.suggest)
        page.save_menu.activity_wanted.connect(self.show_activity)
        self.activity = ActivityPopup(context.theme, page)
        self.activity.table_wanted.connect(self.save_activity)
        self.activity.picture_wanted.connect(self.save_picture)
        page.save_menu.film_table_wanted.connect(self.save_film_table)
        self.trajectories = TrajectoriesPopup(context, page)
        self.trajectories.wanted.connect(page.film.tracks.wanted)
        page.film.tracks.trajectories_wanted.connect(self.show_trajectories)

    @property
    def busy(self) -> bool:
        return self._worker.busy

    def cancel(self, seconds: float | None = JOIN_SECONDS) -> None:
        """End early; the thread is waited for so long."""
        self._worker.cancel(seconds)

    def _wanted(self) -> save_results.SaveRequest:
        assert self.model is not None and self._answers.display is not None
        display, limits = self._answers.display, dict(self._answers.limits)
        session = self._context.session
        names = {label: self._colors.name(label) for label in self.model.classes}
        return save_results.SaveRequest(
            [save_results.SavedPrediction(partial(shown, display, item, limits),
                                          frame_name(item.name, item.frame),
                                          item.name if item.frame >= 0 else "")
             for item in self._answers.all if item.packed is not None],
            self.model.classes, lambda label: names.get(label, self._colors.name(label)),
            sum(bool(item.problem) for item in self._answers.all), bool(self._page.then.run),
            RunFolder(session.folder / "runs" / self.model.run) if session is not None else None,
            self._bars(),
            Stations(dict.fromkeys(item.file for item in self._answers.all)))

    def _bars(self) -> ScaleBars | None:
        """What gives what is drawn scale bars, where a person wants that."""
        session = self._context.session
        if session is None or not self._page.scale_bar.isChecked():
            return None
        return ScaleBars(session.manifest.pixel_sizes, session.folder)

    def save_table(self, for_files: bool) -> None:
        """Ask where, and write the table."""
        path, saving = ask_table(self._page, "predictions.csv"), self.saving
        if path is not None and saving is not None:
            wanted = self._wanted()
            self._keep(path, lambda thread: save_results.write_table(
                wanted, saving, path, for_files=for_files, thread=thread))

    def save_measurements(self) -> None:
        """Ask where, and write how large and bright each thing is that was found."""
        session, saving = self._context.session, self.saving
        path = ask_table(self._page, "measurements.csv")
        if path is not None and saving is not None and session is not None:
            wanted, total = self._wanted(), len(self._answers.all)
            self._keep(path, lambda thread: save_results.write_measurements(
                wanted, saving, session.folder, path, thread, partial(self._show_written, total)))

    def show_activity(self) -> None:
        """Show how much was found when and where."""
        saving = self.saving
        if saving is None:
            return
        wanted = self._wanted()

        def work(thread: BackgroundThread) -> Activity:
            found = Activity(saving, wanted.stations)
            for item in wanted.items:
                thread.check()
                found.add(item.answer())
            return found

        self._page.show_progress("keeping", tr("Counting …"), 0.0)
        self._worker.start(work, self._show_counted, self._not_kept)

    def _show_counted(self, found: Activity) -> None:
        self.over.emit()
        if found.empty:
            self._context.say("info", tr("Nothing was found, so there is nothing to count."))
        elif found.dated or len(found.stations) > 1:
            assert self._answers.display is not None
            self.activity.show_found(found, self._answers.display.found, self._page)
        else:
            self._context.say("info", tr(
                "Nothing to show by hour or station: no file in which something was found has a "
                "date and time in it or in its name (as 20240521_063000.wav), and all lie in one "
                "folder."))

    def save_activity(self, found: Activity) -> None:
        """Ask where, and write the table of hours and stations."""
        path = ask_table(self._page, "activity.csv")
        if path is not None:
            self._keep(path, lambda _thread: write_rows(path, (COLUMNS, *found.rows())))

    def save_picture(self, grid: Grid) -> None:
        """Ask where, and write the plot that is shown."""
        chosen, _ = QFileDialog.getSaveFileName(self._page, tr("Save the plot"), "activity.svg",
                                                tr("SVG (*.svg)"))
        if not chosen:
            return
        path = Path(chosen).with_suffix(".svg")

        def work(_thread: BackgroundThread) -> str:
            write_atomic(path, grid_picture(grid).encode())
            return tr("Saved {name}.", name=path.name)

        self._keep(path, work)

    def save_film_table(self, kind: str) -> None:
        """Ask where, and write a table of what was followed: one of the menu's FILM_TABLES."""
        name = "track-measurements" if kind == "measurements" else kind
        path, follow = ask_table(self._page, f"{name}.csv"), self._followed()
        session = self._context.session
        if path is None or follow is None or session is None:
            return
        films, rules = dict(self._answers.films), kept_rules(self._context.settings)

        def work(thread: BackgroundThread) -> str:
            def found(file: str) -> FilmFound:
                return follow(file, thread)

            if kind not in ("measurements", POSITIONS):
                return write_tracks(films, found, kind, path)
            measurer = FilmMeasurer(session.folder, rules)
            words = write_measured(films, found, measurer, kind, path, thread.check)
            return f"{words} {measurer.words()}" if words else ""

        self._keep(path, work)

    def show_trajectories(self) -> None:
        """Show where the things of the video that is shown went."""
        found, film = self._page.film.following.found, self._answers.films.get(self._places.file)
        if found is not None and film is not None:
            self.trajectories.show_found(self._places.file, found.tracks,
                                         [item.time for item in film], self._colors.name)

    def save_files(self, id: str) -> None:
        """Ask where, and write pictures or crops."""
        path = QFileDialog.getExistingDirectory(self._page, tr("Choose a folder"))
        saving = self.saving
        if path and saving is not None:
            wanted, total = self._wanted(), len(self._answers.all)
            kind, follow = saving.files[id], self._followed()
            self._keep(Path(path) / kind.folder, lambda thread: save_results.write_files(
                wanted, kind, Path(path), thread, follow, partial(self._show_written, total)))

    def ask_format(self) -> None:
        """Let a person choose the format of labels, then :meth:`save_labels`."""
        if self.saving is None or self.model is None:
            return
        menu = Menu(self._page)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in label_formats(self.saving, tasks.get(self.model.task).medium):
            menu.addAction(kind.title, partial(self.save_labels, kind))
        menu.popup(QCursor.pos())

    def save_labels(self, kind: AnnotationFormat) -> None:
        """Ask where, and write labels into a new folder."""
        session, saving = self._context.session, self.saving
        if session is None or saving is None:
            return
        out = ask_new_folder(self._page, self._context, session.folder.parent,
                             f"predictions-{kind.id}")
        if out is None:
            return
        if out.resolve().is_relative_to((session.folder / session.manifest.images).resolve()):
            self._context.say("bad", tr("This folder is inside the project's images; choose one "
                                        "elsewhere."))
            return
        wanted = self._wanted()
        self._page.show_progress("keeping", tr("Writing …"), 0.0)
        self._worker.start(
            lambda thread: save_results.write_labels(
                wanted, saving, kind, out, thread,
                partial(self._show_written, len(wanted.items))),
            self._labels_kept, self._not_kept)

    def _labels_kept(self, found: LabelExport) -> None:
        self.over.emit()
        say_exported(self._context, found)

    def _show_written(self, total: int, done: int) -> None:
        self._page.show_progress("keeping", tr("Writing {done:,} of {total:,}", done=done,
                                               total=total), done / max(total, 1))

    def _followed(self) -> Callable[[str, BackgroundThread], FilmFound] | None:
        """From a video to what was followed and counted in it; None where nothing can be."""
        display, saving = self._answers.display, self.saving
        if display is None or saving is None or saving.tracks is None:
            return None
        films, limits = dict(self._answers.films), dict(self._answers.limits)
        places = {file: self._places.of(file) for file in films}
        rules = kept_rules(self._context.settings)
        return lambda file, thread: follow_film(display, saving, films[file], limits, places[file],
                                                rules, thread.check)

    def _keep(self, path: Path, work: Callable[[BackgroundThread], str]) -> None:
        self._page.show_progress("keeping", tr("Writing …"), 0.0)
        self._worker.start(work, partial(self._kept, path), self._not_kept)

    def _kept(self, path: Path, words: str) -> None:
        self.over.emit()
        if words:
            say_saved(self._context, words, path)
        else:
            self._context.say("warn", tr("No table was written: with these settings it would have "
                                         "no rows."))

    def _not_kept(self, reason: str) -> None:
        self.over.emit()
        self._context.say("bad", reason)

    def suggest(self) -> None:
        """:meth:`add_suggestions`; of classes that the project does not have a person says first
        what they become, of videos which frames, of sounds from elsewhere whether they are
        copied."""
        if self.model is not None and self._context.session is not None:
            ask_names(self._page, self._context, self.model, self._numbers(), self._ask_files)

    def name_classes(self) -> None:
        """Let a person say what classes become that the project does not have."""
        if self.model is not None and self._context.session is not None:
            ask_names(self._page, self._context, self.model, self._numbers())

    def _numbers(self) -> Counter[str]:
        """How many things there are of each class, whatever a second model says of them."""
        assert self.model is not None
        numbers: Counter[str] = Counter()
        for name, number in self._answers.counts().items():
            first = name if name in self.model.classes else name.rpartition(": ")[0]
            numbers[first] += number
        return numbers

    def _ask_files(self) -> None:
        display, session = self._answers.display, self._context.session
        if display is None or session is None:
            return
        new = 0 if display.picture else sum(
            not is_in(session, Path(file), sounds=True) for file in self._suggestible())
        if self._answers.films:
            finds = sum(bool(item.sums.number) for rows in self._answers.films.values()
                        for item in rows)
            ask_which(self._page, finds, display.found[1], self.add_suggestions)
        elif new:
            ask_how(self._page, new, lambda link: self.add_suggestions(link=link))
        else:
            self.add_suggestions()

    def _suggestible(self) -> list[str]:
        """The files with something that can be suggested, but for videos."""
        display = self._answers.display
        fits = display.suggests if display is not None else None
        return [] if fits is None else [
            item.file for item in self._answers.all
            if item.sums.number and item.frame < 0 and fits(item.packed)]

    def add_suggestions(self, which: str = FINDS, *, link: bool = False) -> None:
        """Suggest what was found in Images or Audio, as one step; files from elsewhere are copied
        into the project first, or referred to with ``link``. Of videos the frames ``which`` are
        wanted."""
        session, model, display = self._context.session, self.model, self._answers.display
        if session is None or model is None or display is None:
            return
        wanted, sounds = self._wanted(), not display.picture
        least = min((value for id, value in self._answers.limits.items()
                     if id.startswith(SCORE)), default=LEAST)
        found = self._suggestible()
        films = [list(rows) for rows in self._answers.films.values()]
        if not found and not films:
            self._context.say("warn", tr("Nothing is found with these settings, so there is "
                                         "nothing to suggest."))
            return

        def tell(done: int, of: int = 0) -> None:
            words = tr("Adding {frames} to the project …", frames=count(done, "frame")) \
                if not of else tr("Adding {done:,} of {total:,} to the project …", done=done,
                                  total=of)
            self._page.show_progress("keeping", words, done / of if of else 0.0)

        # asked before anything is copied: the project may notice new files by itself
        known = set((session.sounds if sounds else session.images).keys())

        def work(thread: BackgroundThread) -> dict[str, Suggested]:
            keys = brought_in(session, found, thread, lambda done: tell(done, len(found)),
                              sounds=sounds, link=link)
            frames = [item for rows in films for item in chosen_frames(rows, which, thread)]
            keys |= write_frames(session, frames, thread, tell) if frames else {}
            return suggested(wanted, session, model, keys, thread, sounds=sounds)

        self._page.show_progress("keeping", tr("Adding to the project …"), 0.0)
        self._worker.start(
            work, lambda made: self._suggest(session, made, known, model.run, least,
                                             sounds=sounds), self._not_kept)

    def _suggest(self, session: Session, made: dict[str, Suggested], known: set[str], run: str,
                 least: float, *, sounds: bool) -> None:
        """Put the suggestions into the project that they were asked for, and say so; files that
        were not ``known`` before came with them."""
        self.over.emit()
        new = [key for key in made if key not in known]
        store = suggestions_of(session, sounds=sounds)
        if not new and not any(items or store.of(key) for key, items in made.items()):
            self._context.say("info", tr("Nothing is found that is not labelled already, so there "
                                         "is nothing to suggest."))
            return
        words = suggest(session, made, new, run, least, sounds=sounds)
        place = place_for("sounds" if sounds else "images", session)
        first = next((key for key, items in made.items() if items), "")
        target = ImageTarget(first, back="use") if sounds and first else None
        step = session.undo.undo_step
        assert step is not None
        self._context.say("ok", words, tr("Go to Audio") if sounds else tr("Go to Images"),
                          lambda: self._context.go(place, target), stays=True, place=place,
                          other_text=tr("Undo"),
                          other=lambda: undo_action(self._context, session, step))
        goes_when_undone(self._context, session, step, words)
