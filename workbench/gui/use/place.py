"""Predict: files go in at the left, what a model finds in them comes out at the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QStackedLayout

from workbench.core.background import BackgroundThread, Worker
from workbench.core.text import count, tr
from workbench.core.video import VIDEO_SUFFIXES, is_video
from workbench.extension.registry import load
from workbench.extension.saving import Saving
from workbench.extension.tasks import tasks
from workbench.extension.window import AnswerLook
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import ModelJob
from workbench.gui.app.models import TrainedModel, trained_models
from workbench.gui.app.task import window_task
from workbench.gui.background.post import Poster
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.use.answers import ALL, FINDS, UNREAD, Answer, Answers
from workbench.gui.use.keeping import Keeping
from workbench.gui.use.live import LiveView
from workbench.gui.use.page import PredictPage
from workbench.gui.widgets import EmptyState, LinkButton, QuietButton
from workbench.gui.widgets.class_colors import ClassColors
from workbench.project.named_files import FreeNames, named_files

_COUNT_MS = 150


class PredictPlace(PlaceWidget):
    """A trained model at work on files of any place."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.models: list[TrainedModel] = []
        self.model: TrainedModel | None = None
        self.colors = ClassColors()
        self.answers = Answers(self)
        self.job = ModelJob(context, self)
        self._names: dict[str, str] = {}  # of the files that were given, for files made of them
        self._free = FreeNames()
        self._given: list[Path] = []
        self._every: dict[str, int] = {}  # of the videos among them, how many frames make a step
        self._through: set[str] = set()  # videos that were looked at to their end
        self._reader = Worker(name="predict-models", post=Poster(self))
        self._finder = Worker(name="predict-files", post=Poster(self))
        self._chosen: Answer | None = None
        self.page = PredictPage(context.theme, self.answers, self.colors)
        self.keeping = Keeping(context, self.page, self.answers, self.colors, self)
        self.live = LiveView(context, self.colors.color)
        self.page.right.addWidget(self.live)
        self.empty = EmptyState("spark", "", "", tr("Choose images"), self, button_icon="plus")
        self.empty_folder = QuietButton(tr("Open a folder…"), "folder-open")
        self.empty.add(self.empty_folder)
        self.camera_link = LinkButton(tr("Open the camera"), "eye")
        self.empty.add(self.camera_link)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.page)
        self._count_soon = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._count_soon.timeout.connect(self._show_counts)
        self.setAcceptDrops(True)
        self._wire()
        self._session_changed()

    def _wire(self) -> None:
        page = self.page
        self._context.session_changed.connect(self._session_changed)
        self.empty.clicked.connect(self._empty_clicked)
        page.add_button.clicked.connect(self.choose_files)
        for button in (page.folder_button, self.empty_folder):
            button.clicked.connect(self.choose_folder)
        page.again_button.clicked.connect(self.again)
        page.clear_button.clicked.connect(self.clear)
        page.camera_button.clicked.connect(self.open_camera)
        self.camera_link.clicked.connect(self.open_camera)
        self.live.ended.connect(self._camera_ended)
        page.model_box.activated.connect(self._model_chosen)
        page.pause_button.clicked.connect(self.job.pause)
        page.cancel_button.clicked.connect(self._cancel)
        page.limits_changed.connect(self._limits_changed)
        page.filtered.connect(self.answers.set_filter)
        page.chosen.connect(self._show_answer)
        page.film.moved.connect(self._show_frame)
        page.film.tracks_wanted.connect(self._follow)
        self.keeping.over.connect(self._show_progress)
        self.answers.counted.connect(self._count_soon.start)
        self.answers.modelReset.connect(lambda: self.page.reselect(self._chosen))
        self.job.changed.connect(self._show_progress)
        self.job.answered.connect(self._answered)
        self.job.ended.connect(self._ended)
        self.job.failed.connect(self._failed)

    # --- the project and its models -------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        self.live.stop()
        self.clear()
        self.models, self.model = [], None
        self.colors.set_classes(session.classes if session is not None else None)
        self._show_page()
        self._look_for_models()

    def _look_for_models(self) -> None:
        session = self._context.session
        if session is not None:
            folder = session.folder
            self._reader.start(lambda _thread: trained_models(folder), self._found_models)

    def _found_models(self, models: list[TrainedModel]) -> None:
        models = [item for item in models if self._look_of(item) is not None]
        if models != self.models:
            self.models = models
            kept = self.model if self.model in models and self.answers.all else None
            self.page.set_models(models, kept or (models[0] if models else None))
            if kept is None:
                self._use(models[0] if models else None)
        self._show_page()

    @staticmethod
    def _look_of(model: TrainedModel) -> AnswerLook | None:
        task = window_task(model.task)
        look: AnswerLook | None = load(task.answers) if task is not None and task.answers else None
        return look

    def _model_chosen(self, row: int) -> None:
        if 0 <= row < len(self.models) and self.models[row] != self.model:
            given = list(self._given)
            self.clear()
            self._use(self.models[row])
            if given:
                self.add(given)

    def _use(self, model: TrainedModel | None) -> None:
        self.live.stop()
        self.model = model
        look = self._look_of(model) if model is not None else None
        self.answers.clear(look)
        if model is not None and look is not None:
            task = tasks.get(model.task)
            saving: Saving | None = load(task.saving) if task.saving else None
            self.keeping.model, self.keeping.saving = model, saving
            self.page.set_look(look, task.noun, task.videos, saving)
            self.answers.limits = self.page.limits()

    # --- files ----------------------------------------------------------------------------------

    def choose_files(self) -> None:
        """Ask for files."""
        if self.model is not None:
            patterns = " ".join(f"*{suffix}" for suffix in sorted(self._suffixes()))
            paths, _ = QFileDialog.getOpenFileNames(
                self, tr("Choose files"), "", tr("Files ({patterns})", patterns=patterns))
            self.add([Path(path) for path in paths])

    def choose_folder(self) -> None:
        """Ask for a folder."""
        path = QFileDialog.getExistingDirectory(self, tr("Choose a folder"))
        if path:
            self.add([Path(path)])

    def add(self, paths: Sequence[Path]) -> None:
        """Look at files, and at all that is in folders."""
        if self.model is None or not paths:
            return
        if self.job.state or self._finder.busy:
            self._context.say("warn", tr("Wait until the files before are through, or cancel."))
            return
        self._given += paths
        suffixes, known, free = self._suffixes(), set(self._names), self._free

        def find(thread: BackgroundThread) -> list[tuple[str, str]]:
            found = named_files(paths, suffixes, free, thread.check)
            return [(str(path), name) for path, name in found if str(path) not in known]

        self._finder.start(find, self._found_files)
        self._show_page()

    def _suffixes(self) -> frozenset[str]:
        assert self.model is not None
        task = tasks.get(self.model.task)
        suffixes: frozenset[str] = load(task.shell).suffixes
        return suffixes | VIDEO_SUFFIXES if task.videos else suffixes

    def _found_files(self, files: list[tuple[str, str]]) -> None:
        session, model = self._context.session, self.model
        if session is None or model is None:
            return
        if not files:
            noun = tasks.get(model.task).noun
            self._context.say("info", tr("There is no {noun} among these that is not in the list.",
                                         noun=noun))
            self._show_page()
            return
        self.live.stop()
        self._names.update(files)
        every = int(self.page.every_box.currentData())
        self._every |= {path: every for path, _ in files
                        if path not in self._every and is_video(Path(path))}
        asked = {"score_thresh": 0.25, "nms_thresh": 0.5}
        look = self.answers.look
        if look is not None:
            asked.update(look.asked)
        self.job.start(session.folder, model.run, [path for path, _ in files],
                       score_thresh=asked["score_thresh"], nms_thresh=asked["nms_thresh"],
                       videos={path: self._frames_left(path) for path, _ in files
                               if path in self._every})
        self._show_page()

    def _frames_left(self, path: str) -> list[int]:
        """With which frame of a video to go on, and by how many."""
        seen, every = self.answers.films.get(path), self._every[path]
        return [seen[-1].frame + every if seen else 0, every]

    def _left(self) -> list[tuple[str, str]]:
        """What was not reached, or not to its end, or could not be read."""
        reached = {item.file for item in self.answers.all
                   if not item.problem and item.frame < 0} | self._through
        return [(path, name) for path, name in self._names.items() if path not in reached]

    def again(self) -> None:
        """Look at what was not reached or could not be read."""
        left = self._left()
        self.answers.forget(lambda item: bool(item.problem))
        if left:
            self._found_files(left)

    def open_camera(self) -> None:
        """Show what the model finds in a camera's pictures, until it is stopped."""
        session, model, look = self._context.session, self.model, self.answers.look
        if session is None or model is None or look is None:
            return
        if self.job.state:
            self._context.say("warn", tr("Wait until the files before are through, or cancel."))
            return
        self.page.right.setCurrentWidget(self.live)
        self.live.start(str(session.folder), model.run, look, self.page.limits())
        self._show_page()

    def _camera_ended(self, sentence: str) -> None:
        self.page.right.setCurrentIndex(0)
        self._show_page()
        if sentence:
            self._context.say("warn", sentence)

    def clear(self) -> None:
        """Forget all files and answers."""
        self.job.close()
        self._finder.cancel(0.0)
        self.keeping.cancel(0.0)
        self._names, self._free, self._given = {}, FreeNames(), []
        self._every, self._through = {}, set()
        self._chosen = None
        self.answers.clear()
        self.page.picture.show_answer(None, "", None)
        self.page.film.show_film((), None)
        self._show_progress()
        self._show_page()

    def _cancel(self) -> None:
        self.keeping.cancel(0.0)
        self.job.cancel()
        self._show_progress()

    # --- answers --------------------------------------------------------------------------------

    def _answered(self, items: list[dict[str, object]], problems: list[dict[str, object]]) -> None:
        first = not self.answers.all
        self.answers.add(items, problems, self._names)
        if first:
            self.page.choose_first()

    def _ended(self, state: str) -> None:
        kinds = self.answers.kinds()
        if state == "finished":
            unread_files = {item.file for item in self.answers.all if item.problem}
            self._through |= self._every.keys() - unread_files
        found = sum(self.answers.counts().values())
        words = tr("{things} in {files}.", things=count(found, "thing found", "things found"),
                   files=count(kinds[FINDS], self._noun()))
        unread = kinds[UNREAD]
        if unread:
            words += " " + tr("{files} could not be read.", files=count(unread, "file"))
        self._context.say("ok", words)
        self._show_counts()

    def _failed(self, reason: str) -> None:
        self._context.say("bad", reason)
        self._show_counts()

    def _noun(self) -> str:
        """What is counted."""
        only_frames = self._every and len(self._every) == len(self._names)
        return "frame" if only_frames else "file"

    def _show_answer(self, row: int) -> None:
        self._chosen = self.answers.answer(row)
        if self._chosen is None:
            self.page.picture.show_answer(None, "", None)
        self._show_chosen()

    def _show_frame(self, item: Answer) -> None:
        """The slider below the picture was moved: the row follows, where it is shown."""
        self._chosen = item
        self._show_chosen()
        self.page.reselect(item)

    def _follow(self, rows: list[Answer]) -> None:
        look, saving = self.answers.look, self.keeping.saving
        if look is not None and saving is not None and saving.tracks is not None:
            self.page.film.tracks.follow(look, saving, rows, self.answers.limits)

    def _limits_changed(self) -> None:
        """The file that is shown follows at once, the counts of thousands soon after."""
        self.answers.set_limits(self.page.limits())
        self.live.set_limits(self.page.limits())
        self._show_chosen()

    def _show_chosen(self) -> None:
        item = self._chosen
        if item is not None:
            self.page.picture.show_answer(self.answers.look, item.file,
                                          self.answers.as_shown(item), item.problem)
        film = () if item is None else self.answers.films.get(item.file, ())
        self.page.film.show_film(film if item is not None and item.frame >= 0 else (), item)

    def _show_counts(self) -> None:
        kinds = self.answers.kinds()
        self.page.show_counts(kinds, self.answers.counts())
        chosen = self._chosen
        self.page.film.counted(self.answers.films.get(chosen.file, ()) if chosen else ())
        self.page.show_films(bool(self.answers.films))
        self.page.again_button.setVisible(not self.job.state and bool(self._left()))
        self._context.status_changed.emit()

    def _show_progress(self) -> None:
        job = self.job
        self.page.show_progress(job.state, job.words, job.done / job.total if job.total else 0.0)
        self._context.status_changed.emit()

    def _show_page(self) -> None:
        """The page, or what this place is for and what to do first."""
        self.camera_link.setVisible(self.model is not None and tasks.get(self.model.task).videos)
        if self._names or self._finder.busy or self.job.state or self.live.running:
            self._stack.setCurrentWidget(self.page)
            return
        if self._context.session is None:
            self.empty.set_text(tr("Put a model to work"),
                                tr("Open a project with a trained model first."), "")
        elif self.model is None:
            self.empty.set_text(tr("Put a model to work"), tr(
                "This project has no trained model yet. Train one; then drop files here, and it "
                "says what is in them."), tr("Go to Train"))
        else:
            task = tasks.get(self.model.task)
            noun = task.noun
            kinds = tr("{noun}s, videos", noun=noun) if task.videos else f"{noun}s"
            self.empty.set_text(tr("Put a model to work"), tr(
                "Drop {kinds} or whole folders here. “{model}” says what is in them; they need "
                "not belong to the project.", kinds=kinds, model=self.model.title),
                tr("Choose files") if task.videos else tr("Choose {noun}s", noun=noun))
        self.empty_folder.setVisible(self.model is not None)
        self._stack.setCurrentWidget(self.empty)

    def _empty_clicked(self) -> None:
        if self.model is None:
            self._context.go("train")
        else:
            self.choose_files()

    # --- the window calls -----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.model is not None and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.add(paths))

    def left(self) -> None:
        self.live.stop()

    def entered(self, target: object = None) -> None:
        self._look_for_models()

    def status(self) -> tuple[str, str]:
        kinds = self.answers.kinds()
        if not kinds[ALL]:
            return "", ""
        found = sum(self.answers.counts().values())
        things = count(found, "thing found", "things found")
        return (f"{count(kinds[ALL], self._noun())}   {things}",
                self.model.title if self.model is not None else "")

    def close_down(self) -> None:
        self.live.stop()
        self.job.close()
        for worker in (self._reader, self._finder, self.keeping):
            worker.cancel()
        self.answers.close()
        self.page.picture.close_down()
