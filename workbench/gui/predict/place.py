"""Predict: files go in at the left, what a model finds in them comes out at the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QWidget

from workbench.core.background import Worker
from workbench.core.text import tr
from workbench.extension.registry import load
from workbench.extension.saving import Saving
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import ModelJob, gave_way_text
from workbench.gui.app.models import TrainedModel, brings_model, display_of, models_to_ask
from workbench.gui.app.track_rules import kept_rules
from workbench.gui.app.undo_action import add_undo_actions
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.counting.drawn import Drawn
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.predict import summary
from workbench.gui.predict.actions import add_actions
from workbench.gui.predict.beside import ModelsBeside
from workbench.gui.predict.conversions import Conversions
from workbench.gui.predict.explanations import Explanations
from workbench.gui.predict.files import GivenFiles, ask_for_files, ask_for_folder, suffixes_of
from workbench.gui.predict.intro import PredictIntro
from workbench.gui.predict.live import CameraView
from workbench.gui.predict.live_side import LiveSide
from workbench.gui.predict.page import PredictPage
from workbench.gui.predict.remembered import RememberedList
from workbench.gui.predict.result_saver import ResultSaver
from workbench.gui.predict.table import Prediction, PredictionTable
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.widgets.class_colors import ClassColors
from workbench.project.counting import read_places

_COUNT_MS = 150


class PredictPlace(PlaceWidget):
    """A trained model at work on files of any place."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.models: list[TrainedModel] = []
        self.model: TrainedModel | None = None
        self._looked = False
        self.colors = ClassColors()
        self.answers = PredictionTable(self)
        self.job = ModelJob(context, self)
        self.beside = ModelsBeside(context, self._ask, self)
        self.files = GivenFiles()
        self._reader = Worker(name="predict-models", post=GuiThreadCaller(self))
        self._finder = Worker(name="predict-files", post=GuiThreadCaller(self))
        self.conversions = Conversions(context, self.add, self)
        self._chosen: Prediction | None = None
        self.places = CountingPlaces(context.drawn, self)
        self.page = PredictPage(context, self.answers, self.colors, self.places, self)
        self.keeping = ResultSaver(context, self.page, self.answers, self.colors, self.places, self)
        self.live = CameraView(context, self.colors.color)
        self.page.right.addWidget(self.live)
        self.empty = PredictIntro(self, self)
        self.remembered = RememberedList(context, self, self)
        self.live_side = LiveSide(context, self, self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.page)
        self._count_soon = QTimer(self, singleShot=True, interval=_COUNT_MS)
        self._count_soon.timeout.connect(self._show_counts)
        self.setAcceptDrops(True)
        self.explanations = Explanations(context, self, self._model_and_file)
        self._wire()
        self._session_changed()

    def _wire(self) -> None:
        page = self.page
        add_undo_actions(self._context, "use", lambda: self.drawn.undo)
        add_actions(self._context.actions, self, page.picture, page.regions,
                    self.live_side, self.keeping.name_classes)
        self._context.session_changed.connect(self._session_changed)
        self._context.engine.event.connect(self._engine_told)
        page.folder_button.clicked.connect(self.choose_folder)
        page.add_button.clicked.connect(self.choose_files)
        page.again_button.clicked.connect(self.again)
        page.clear_button.clicked.connect(self._clear_list)
        for button in (self.empty.live_link, page.camera_button, page.listen_button):
            button.clicked.connect(self.live_side.open)
        page.model_box.activated.connect(self._model_chosen)
        page.then.changed.connect(self._ask_anew)
        page.gate_box.clicked.connect(lambda: self._ask_anew())
        page.pause_button.clicked.connect(lambda: self.working.pause())
        page.first_button.clicked.connect(lambda: self.working.go_first())
        page.beside.changed.connect(self._choose_beside)
        page.cancel_button.clicked.connect(self._cancel)
        page.limits_changed.connect(self._limits_changed)
        page.filtered.connect(self.answers.set_filter)
        page.chosen.connect(self._show_answer)
        page.film.moved.connect(self._show_frame)
        page.film.tracks_wanted.connect(self._follow)
        page.film.followed.connect(self._show_chosen)
        self.live.counting.said.connect(self._context.say)
        self._wire_answers()

    def _wire_answers(self) -> None:
        self.keeping.over.connect(self._show_progress)
        for counted in (self.answers.counted, self.beside.counted):
            counted.connect(  # a stream of answers must not put it off again and again
                lambda: self._count_soon.isActive() or self._count_soon.start())
        self.answers.counted.connect(self.beside.recount)
        self.answers.modelReset.connect(lambda: self.page.arranged(self._chosen))
        for job in (self.job, self.beside.job):
            job.changed.connect(self._show_progress)
            job.failed.connect(self._failed)
        self.job.answered.connect(self._answered)
        self.job.ended.connect(self._ended)
        self.beside.job.answered.connect(self._beside_answered)
        self.beside.job.ended.connect(self._beside_ended)

    # --- the project and its models -------------------------------------------------------------

    def _session_changed(self) -> None:
        session = self._context.session
        self.remembered.leave_project()
        self.live.stop()
        self.live.counting.leave_project()
        self.clear()
        self.models, self.model, self._looked = [], None, False
        self.page.then.forget()
        self.colors.set_classes(session.classes if session is not None else None)
        self.show_page()
        self._look_for_models()

    def _look_for_models(self) -> None:
        if self._context.session is not None:
            folder = self._context.session.folder
            self.page.then.look_for_models(folder)
            self._reader.start(lambda _: (models_to_ask(folder), read_places(folder)),
                               lambda found: self._found(folder, *found))

    def _found(self, folder: Path, models: list[TrainedModel], drawn: dict[str, Drawn]) -> None:
        self._looked = True
        self._context.drawn.open_project(folder, drawn)
        models = [item for item in models if display_of(item) is not None]
        if models != self.models:
            self.models = models
            run = self.model.run if self.model is not None and self.files.paths else ""
            kept = next((item for item in models if item.run == run), None)
            self.page.set_models(models, kept or (models[0] if models else None))
            self.page.beside.set_models(models, kept)
            self.model = kept  # under another title where its training has ended
            if kept is None:
                self.job.close()  # the model may be gone, and its answers with it
                self.use(models[0] if models else None)
                self._show_counts()
                if self.files.names and models:
                    self._context.say("warn", tr("The model that looked at these files is gone."),
                                      tr("Look again"), self.again)
        self.remembered.restore(folder)
        self.page.own_score.look()
        self.show_page()

    def _model_chosen(self, row: int) -> None:
        if 0 <= row < len(self.models) and self.models[row] != self.model:
            self._ask_anew(self.models[row])
            self.remembered.note()

    def _ask_anew(self, model: TrainedModel | None = None) -> None:
        """Look at all files once more, with another model, or another second one."""
        given, limits, own = self.files.paths, self.page.limits(), self.page.own_score
        chosen, over = own.chosen, own.over if model is None else None
        self.clear()
        self.use(model or self.model)
        if self.page.sliders.keys() <= limits.keys():
            self.page.set_limits(limits, chosen=chosen, over=over)
        if given:
            self.add(given)

    def use(self, model: TrainedModel | None) -> None:
        self.live.stop()
        self.model = model
        display = display_of(model) if model is not None else None
        self._chosen = None
        self.answers.clear(display)
        self.page.beside.set_models(self.models, model)
        self._choose_beside()
        session = self._context.session
        if session is not None and model is not None and display is not None:
            task = tasks.get(model.task)
            saving: Saving | None = load(task.saving) if task.saving else None
            self.keeping.model, self.keeping.saving = model, saving
            self.page.regions.checking.open(session.folder, model.run)
            self.page.then.setVisible(task.boxes)
            self.page.gate_box.setVisible(task.gate)
            self.colors.set_more((*display.also, *model.classes))
            self.page.then.set_classes(model.classes)
            self.page.set_display(display, task.noun, task.videos, saving,
                                  summary.other_task_text(session, model))
            self.page.set_classes(model.classes if display.class_limits else (),
                                  bands=saving is not None and saving.bands)
            self.page.own_score.begin(model)
            self.answers.limits = self.page.limits()
            self.beside.set_limits(self.answers.limits)

    # --- files ----------------------------------------------------------------------------------

    def sees(self, *, videos: bool) -> bool:
        """Whether there is a model, and for ``videos`` one of images."""
        return self.model is not None and (tasks.get(self.model.task).videos or not videos)

    @property
    def hears(self) -> bool:
        """Whether there is a model of sounds."""
        return self.model is not None and tasks.get(self.model.task).medium == "sounds"

    def choose_files(self) -> None:
        """Ask for files."""
        if self.model is not None:
            self.add(ask_for_files(self, self._context, suffixes_of(tasks.get(self.model.task))))

    def choose_folder(self) -> None:
        """Ask for a folder."""
        self.add(ask_for_folder(self, self._context))

    def add(self, paths: Sequence[Path]) -> None:
        """Look at files, and at all that is in folders."""
        if self.model is None or not paths:
            return
        if self.working.state or self._finder.busy or self.remembered.busy:
            self._context.say("warn", tr("Wait until the files before are through, or cancel."))
            return
        find = self.files.finder(paths, suffixes_of(tasks.get(self.model.task)))
        self._finder.start(lambda thread: find(thread.check), self._found_files)
        self.show_page()

    def _found_files(self, files: list[tuple[str, str]]) -> None:
        model = self.model
        if self._context.session is None or model is None:
            return
        tone, words = self.files.trouble(files, tasks.get(model.task).noun)
        unread, self.files.to_convert = self.files.to_convert, []
        if unread:
            self.conversions.offer(unread)
        elif words:
            self.conversions.say(tone, words, self.files.stacks)
        if not files:
            self.show_page()
            return
        self.live.stop()
        self.files.add(files, int(self.page.every_box.currentData()))
        self.remembered.keep_for(model, self.page.gate_box.isChecked(), self.then())
        self._ask(self.job, model, self.answers, files)
        self.show_page()

    def _ask(self, job: ModelJob, model: TrainedModel, answers: PredictionTable,
             files: Sequence[tuple[str, str]]) -> None:
        session, display = self._context.session, answers.display
        assert session is not None and display is not None
        asked = {"score_thresh": 0.25, "nms_thresh": 0.5, **display.asked}
        job.start(session.folder, model.run, [path for path, _ in files],
                  score_thresh=asked["score_thresh"], nms_thresh=asked["nms_thresh"],
                  videos=self.files.videos(files, answers.films), then=self.then(),
                  gate=tasks.get(model.task).gate and self.page.gate_box.isChecked())

    @property
    def working(self) -> ModelJob:
        """What is under way, if something is: the question to the model, or to one beside it."""
        return self.job if self.job.state or not self.beside.job.state else self.beside.job

    # --- models beside it -----------------------------------------------------------------------

    def _choose_beside(self) -> None:
        self.beside.choose(self.page.beside.models, self.answers)
        self.page.set_others(len(self.beside.others))
        self._show_chosen()
        self._look_beside()
        self._show_progress()

    def _look_beside(self) -> None:
        """Have those look that did not yet, once the first model is through."""
        if not self.job.state and self.answers.all:
            self.beside.look([*self.files.names.items()])

    def _beside_answered(self, items: list[dict[str, object]],
                         problems: list[dict[str, object]]) -> None:
        self.remembered.keep_beside(items, problems)
        self.beside.take(items, problems, self.files.names)

    def _beside_ended(self, state: str) -> None:
        if state == "finished" and (other := self.beside.asked) is not None:
            self.files.ended(other.answers)
            self.remembered.keep_beside((), (), sorted(other.answers.ended))
            self._look_beside()
        elif self.beside.job.gave_way:
            self._context.say("warn", gave_way_text())
        self._show_counts()

    def then(self) -> tuple[str, list[str]]:
        """The run of the second model and the classes that it is asked about."""
        boxes = self.model is not None and tasks.get(self.model.task).boxes
        return (self.page.then.run, self.page.then.only) if boxes else ("", [])

    def again(self) -> None:
        """Look at what was not reached or could not be read."""
        left = self.files.left(self.answers)
        self.answers.forget(lambda item: bool(item.problem))
        for other in self.beside.others:
            other.look_again(self.files.left(other.answers))
        if left:
            self._found_files(left)
        else:
            self._look_beside()

    @property
    def drawn(self) -> CountingPlaces:
        """The lines and zones that are shown."""
        return self.live.counting.places if self.live.running else self.places

    def clear(self) -> None:
        """Forget all files and answers."""
        self.job.close()
        self.beside.clear()
        self._finder.cancel(0.0)
        self.conversions.stop()
        self.keeping.cancel(0.0)
        self.files = GivenFiles()
        self._chosen = None
        self.answers.clear()
        self._show_chosen()
        self._show_progress()
        self.show_page()

    def _clear_list(self) -> None:
        self.clear()
        self.remembered.forget()

    def _cancel(self) -> None:
        self.keeping.cancel(0.0)
        self.working.cancel()
        self._show_progress()

    # --- answers --------------------------------------------------------------------------------

    def _answered(self, items: list[dict[str, object]], problems: list[dict[str, object]]) -> None:
        first = not self.answers.all
        self.remembered.keep(items, problems)
        self.answers.add(items, problems, self.files.names)
        if first:
            self.page.choose_first()

    def _ended(self, state: str) -> None:
        self.page.all_came()
        self.conversions.say(*summary.ended_text(self.answers, self.files, self.job.gave_way))
        if state == "finished":
            self.files.ended(self.answers)
            self.remembered.keep((), (), sorted(self.answers.ended))
            self._look_beside()
        self._show_counts()

    def restored(self) -> None:
        """The list of last time is there again."""
        if self.answers.all:
            self.page.choose_first()
        self.show_page()
        self._show_counts()

    def _failed(self, reason: str) -> None:
        self._context.say("bad", reason)
        self._show_counts()

    def _show_answer(self, row: int) -> None:
        self._chosen = self.answers.answer(row)
        self._show_chosen()

    def _show_frame(self, item: Prediction) -> None:
        """The slider below the picture was moved: the row follows, where it is shown."""
        self._chosen = item
        self._show_chosen()
        self.page.reselect(item)

    def _model_and_file(self) -> tuple[TrainedModel, str] | None:
        """What an explanation is about: no frame of a video, and nothing that cannot be read."""
        item = self._chosen
        if self.model is None or item is None or item.problem or item.frame >= 0:
            return None
        return self.model, item.file

    def _follow(self, rows: list[Prediction]) -> None:
        display, saving = self.answers.display, self.keeping.saving
        if display is not None and saving is not None and saving.tracks is not None:
            self.page.film.following.ask(display, saving, rows, self.answers.limits,
                                         self.places.places,
                                         kept_rules(self._context.settings))

    def _limits_changed(self) -> None:
        """The file that is shown follows at once, the counts of thousands soon after."""
        self.answers.set_limits(self.page.limits())
        self.beside.set_limits(self.page.limits())
        self.live.set_limits(self.page.limits())
        self.remembered.note_soon()
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._show_panes()
        item = self._chosen
        film = () if item is None else self.answers.films.get(item.file, ())
        self.page.film.show_film(film if item is not None and item.frame >= 0 else (), item)

    def _show_panes(self) -> None:
        item = self._chosen
        shown = self.page.film.with_numbers(self.answers.as_shown(item)) if item else None
        self.page.show_file(item, shown, self.model.title if self.model else "", self.beside)

    def _show_counts(self) -> None:
        display, others = self.answers.display, [other.answers for other in self.beside.others]
        means = [] if display is None or display.shares is None else [
            table.means() for table in (self.answers, *others)]
        self.page.show_counts(self.answers.kinds(), self.answers.counts(),
                              [table.counts() for table in others],
                              self.beside.words(self.model.title if self.model else ""), means)
        if self.beside.others:
            self._show_panes()
        chosen = self._chosen
        self.page.film.counted(self.answers.films.get(chosen.file, ()) if chosen else ())
        self.page.save_menu.show_films(bool(self.answers.films))
        left = self.model is not None and not self.working.state \
            and any(map(self.files.left, (self.answers, *others)))
        self.page.again_button.setVisible(left)
        self._context.status_changed.emit()

    def _show_progress(self) -> None:
        job, other = self.working, self.beside.asking
        words = f"{other.model.title}: {job.words}" if other is not None else job.words
        self.page.show_progress(job.state, words, job.share, behind=job.behind_training)
        self._context.status_changed.emit()

    def show_page(self) -> None:
        """The page, or what this place is for and what to do first."""
        if self.model is not None and (self.files.names or self._finder.busy or self.job.state
                                       or self.remembered.busy or self.live.running):
            self._show(self.page)
            return
        self.empty.show_state(self._context.session is not None, self._looked)
        self._show(self.empty)

    def _show(self, page: QWidget) -> None:
        """Show one of the two; the other asks for no room."""
        wants = QSizePolicy.Policy.Preferred if page is self.page else QSizePolicy.Policy.Ignored
        self.page.setSizePolicy(wants, wants)
        self._stack.setCurrentWidget(page)

    def go_to_train(self) -> None:
        """Go where a first model is made."""
        self._context.go("train")

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
        self.page.regions.player.stop()

    def entered(self, target: object = None) -> None:
        self.page.regions.entered()
        self._look_for_models()

    def _engine_told(self, event: object) -> None:
        if self.isVisible() and brings_model(event, bool(self.models)):
            self._look_for_models()

    def status(self) -> tuple[str, str]:
        return summary.status_texts(self.answers, self.files,
                                    self.model.title if self.model is not None else "")

    def may_close(self) -> str:
        return summary.unsaved_text(self.live.counting.unsaved)

    def close_down(self) -> None:
        self.live.stop()
        self.remembered.close()
        self.job.close()
        self.beside.close()
        for worker in (self._reader, self._finder, self.keeping):
            worker.cancel()
        self.answers.close()
        self.explanations.close()
        self.page.close_down()
