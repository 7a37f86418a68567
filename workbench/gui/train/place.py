"""Train: choose, press, watch it learn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from workbench.core.text import count, megabytes, tr
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.gui.app.context import (
    AppContext,
    DataTarget,
    ImageTarget,
    RecipeTarget,
    RunTarget,
    TrainTarget,
)
from workbench.gui.app.split_page import SplitWorker, use_split
from workbench.gui.app.task import design, medium_of, place_for, videos_alone
from workbench.gui.charts.loader import preload
from workbench.gui.shell.places import CloseChoice, PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.train.actions import PLACE, add_actions
from workbench.gui.train.augmentation_card import AugmentationCard, AugmentationPreviews, varies
from workbench.gui.train.choices import UNTIL
from workbench.gui.train.connectivity import ConnectivityProbe
from workbench.gui.train.controller import QueuedTraining, TrainingController
from workbench.gui.train.empty_pages import (
    FRAMES_FIRST,
    first_run_page,
    no_labels_page,
    no_project_page,
)
from workbench.gui.train.live_hint import LiveHint
from workbench.gui.train.panel import TrainPanel
from workbench.gui.train.preflight import PreflightCheck
from workbench.gui.train.project_data import ProjectData
from workbench.gui.train.project_files import ProjectFiles
from workbench.gui.train.ready_box import ALL_PROBLEMS
from workbench.gui.train.rounds import Rounds
from workbench.gui.train.run_edits import RunEdits
from workbench.gui.train.run_messages import RunMessages
from workbench.gui.train.run_store import RunStore
from workbench.gui.train.run_view import RunView
from workbench.gui.train.shown_run import ShownRun
from workbench.gui.train.texts import ago
from workbench.gui.widgets import column
from workbench.gui.widgets.fitting import Stacking
from workbench.jobs.commands import TrainRequest
from workbench.jobs.events import GROUPS
from workbench.project.grouping import STATION, Grouping

LOOK_MS, TICK_MS = 250, 1000
NARROW, STACKED = 980, 640
"""Widths in logical pixels below which the panel is narrower and buttons have no words, and below
which the run lies below the panel."""
_ANY_WIDTH = (1 << 24) - 1
"""What Qt takes for no limit."""
LENGTH_KEY = "train/length"
"""Setting: the time that was chosen last."""


class TrainPlace(PlaceWidget):
    """The place where models are trained and earlier runs are looked at."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        load_plugins()
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._context = context
        self._resume_when_loaded = ""
        self._check_stale = self._previews_stale = True
        self.data = ProjectData(self)
        self.controller = TrainingController(context, self)
        self.check = PreflightCheck(context.engine, self)
        self.augmentation_card = AugmentationCard(context.theme)
        self.run_store = RunStore()
        self._probe = ConnectivityProbe(self)
        theme = context.theme
        self.panel = TrainPanel(theme, list(recipes), self.data.task)
        self.files = ProjectFiles()
        self.previews = AugmentationPreviews(context.engine, self.augmentation_card,
                                             self.files.color_of)
        self.view = RunView(theme, self.files)
        self.run_edits = RunEdits(context, self.run_store, self.controller, self)
        self.messages = RunMessages(context, self.controller, self.run_store, self.run_edits, self)
        self.hint = LiveHint()
        self.split_worker = SplitWorker(context, self)
        self.shown_run = ShownRun(self.controller, self.run_store, self.view, self.panel, self.hint,
                               self.files, self)
        self.rounds = Rounds(context, self.data, self.controller, self.run_store, self.panel.form,
                             self.train, self.shown_run.show_live, self)
        self._look_timer, self._tick_timer = QTimer(self, singleShot=True), QTimer(self)
        self._arrange()
        self._connect()
        add_actions(context, self.controller, self.panel.form, self.shown_run, self.rounds,
                    train=self.train, can_train=self.can_train, open_results=self.open_results)
        self.panel.form.set_length(str(context.settings.value(LENGTH_KEY, "")))
        self._session_changed()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.view.header.set_compact(self.width() < NARROW)
        self._fit_panel()

    def _fit_panel(self) -> None:
        """As wide as its form needs, or as the window where it stands above the run."""
        narrow = self.width() < NARROW
        width = tokens.FORM_PANEL_WIDTH - (tokens.SPACE_XL if narrow else 0)
        self.panel.setMinimumWidth(0 if self.area.stacked else width)
        self.panel.setMaximumWidth(_ANY_WIDTH if self.area.stacked else width)

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        preload()
        if self._context.engine.state == "off":
            self._context.engine.start()
        self.run_store.refresh()
        self.panel.form.set_own_recipes(
            self.data.own_recipes(), target.recipe if isinstance(target, RecipeTarget) else "")
        if isinstance(target, RunTarget):
            self.show_run(target.run)
        self._look()
        self.rounds.entered()
        self.messages.seen()
        if isinstance(target, TrainTarget) and self.controller.live is None:
            self.train()
        else:
            self.messages.offer_to_resume()
        self.setFocus()  # so that no control has the ring before somebody asks for it

    def left(self) -> None:
        self.messages.seen()

    def status(self) -> tuple[str, str]:
        live = self.controller.live
        parts = []
        if live is not None:
            age = live.history.checkpoint_age()
            if age is not None:
                parts.append(tr("Checkpoint saved {ago}", ago=ago(age)))
            parts.append(self.controller.title_of(live))
        right = []
        if live is not None and (memory := self._context.engine.memory()):
            right.append(tr("Engine {megabytes}", megabytes=megabytes(memory)))
        if self.controller.queue:
            right.append(tr("{queue} in queue", queue=len(self.controller.queue)))
        return " · ".join(parts), " · ".join(right)

    def may_close(self) -> str:
        if (live := self.controller.live) is None:
            return ""
        waiting = len(self.controller.queue)
        more = tr(" {trainings} in the queue will not start.",
                  trainings=count(waiting, "training")) if waiting else ""
        if live.history.state == "paused":
            return tr("A training is paused.{more}", more=more)
        return tr("A training is running.{more}", more=more)

    def close_choices(self) -> tuple[CloseChoice, ...]:
        def leave(close: Callable[[], object]) -> None:
            self._context.engine.stop()
            close()

        return (CloseChoice(tr("Stop, keep the best and close"), self.controller.stop_all),
                CloseChoice(tr("Close and resume later"), leave))

    def close_down(self) -> None:
        """Let go of threads; the place is not used afterwards."""
        self.controller.close_down()
        self.shown_run.close()
        self.rounds.close()
        self.view.close_down()

    # --- making ---------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self.first_run, self.no_labels = first_run_page(), no_labels_page()
        self.panel.ready.look_asked.connect(self._look_at)
        self.no_labels.clicked.connect(lambda: self._context.go(
            "videos" if videos_alone(self.data.session) else
            place_for(medium_of(self.data.session), self.data.session)))
        no_project = no_project_page()
        no_project.clicked.connect(lambda: self._context.actions["file.open"].run())
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        self._whole = QStackedWidget()
        self.setLayout(column(self._whole))
        self._whole.addWidget(no_project)
        parts = QSplitter()
        parts.setHandleWidth(0)
        parts.setChildrenCollapsible(False)
        self.area = Stacking(parts, STACKED)
        self.area.turned.connect(lambda _stacked: self._fit_panel())
        self._whole.addWidget(self.area)
        lower = QWidget()
        self.area.hold(self.panel, lower)
        parts.setStretchFactor(1, 1)
        self._right = QStackedWidget()
        holder = column(self.rounds.card, self.augmentation_card,
                        margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0))
        lower.setLayout(column(self.hint, holder, (self._right, 1), spacing=tokens.SPACE_M,
                               margins=(0, tokens.SPACE_L, 0, 0)))
        for page in (self.first_run, self.no_labels, self.view):
            self._right.addWidget(page)

    def _connect(self) -> None:
        context, controller = self._context, self.controller
        context.session_changed.connect(self._session_changed)
        self.data.changed.connect(self._look_soon)
        self.data.task_changed.connect(self._task_changed)
        context.engine.state_changed.connect(self._engine_changed)
        controller.live_changed.connect(self._live_changed)
        controller.queue_changed.connect(self._queue_changed)
        self.messages.resume_wanted.connect(self.resume)
        self.check.changed.connect(self._show_check)
        self.run_store.changed.connect(self._runs_changed)
        self.run_edits.gone.connect(self._gone)
        self.run_edits.appeared.connect(self._appeared)
        self.shown_run.loaded.connect(self._loaded)
        self.shown_run.changed.connect(self._show_page)
        self._probe.found.connect(self.panel.form.set_connectivity)
        self._connect_panel()
        self._connect_view()
        self._look_timer.timeout.connect(self._look)
        self._tick_timer.timeout.connect(context.status_changed)

    def _connect_panel(self) -> None:
        panel, runs = self.panel, self.panel.runs
        panel.form.changed.connect(self._form_changed)
        panel.form.more_button.toggled.connect(lambda _open: self._show_page())
        panel.form.task_chosen.connect(self.data.learn)
        panel.form.split_wanted.connect(lambda: self._context.actions["file.split"].run())
        panel.form.split_kept.connect(self._keep_split)
        panel.form.design_wanted.connect(lambda id: design(self._context, id))
        panel.form.recipe_shown.connect(lambda _: self._form_changed())
        panel.form.length_chosen.connect(
            lambda value: self._context.settings.setValue(LENGTH_KEY, value))
        panel.train_pressed.connect(self.train)
        panel.reset_pressed.connect(panel.form.reset)
        panel.queue.removed.connect(self._unqueue)
        runs.picked.connect(self.show_run)
        runs.opened.connect(self.open_results)
        runs.resumed.connect(self.resume)
        runs.deleted.connect(self.run_edits.delete)
        runs.renamed.connect(self.run_edits.rename)
        runs.notes_wanted.connect(self._open_notes)

    def _connect_view(self) -> None:
        header, controller = self.view.header, self.controller
        header.pause_pressed.connect(controller.toggle_pause)
        header.stop_pressed.connect(lambda: controller.stop())
        header.cancel_pressed.connect(controller.cancel)
        header.resume_pressed.connect(lambda: self.resume(self.shown_run.name))
        header.results_pressed.connect(lambda: self.open_results(self.shown_run.name))
        header.notes_pressed.connect(lambda: self._open_notes(self.shown_run.name))
        self.view.notes.edited.connect(self.run_edits.write_notes)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self.messages.seen()
        session = self.files.session = self._context.session
        self.data.open(session)
        self.shown_run.forget()
        self.previews.forget()
        self.panel.form.leave_project()
        self._queue_changed()
        self._task_changed()
        self.run_store.open(self.data.folder)
        self._runs_changed()
        self._check_stale = True
        if self.controller.live_here is not None:
            self.shown_run.show_live()
        elif self.run_store.runs:
            self.show_run(self.run_store.runs[0].name)
        self._look()

    def _task_changed(self) -> None:
        """Offer what fits the project."""
        task = self.data.window_task
        self.panel.form.set_task(self.data.task)
        self.panel.form.set_tasks(self.data.learnable())
        self.panel.form.set_runs(self.run_store.startable(self.data.task))
        if task is not None:
            words = FRAMES_FIRST if videos_alone(self.data.session) else task.no_labels
            self.no_labels.set_text(*map(tr, words))
        self.panel.form.set_splits(self.data.splits())
        self.panel.form.set_own_recipes(self.data.own_recipes())

    def _look_soon(self) -> None:
        """Labels changed: look at them when the hand rests."""
        self._check_stale = True
        if self.isVisible():
            self._look_timer.start(LOOK_MS)

    def _look(self) -> None:
        """Show what there is to learn from, and ask the engine where that changed."""
        self._whole.setCurrentIndex(0 if self.data.session is None else 1)
        self.data.look()
        self.panel.form.set_label_kind(self.data.label_kind())
        self.panel.form.set_class_names(self.data.class_names())
        self.panel.form.set_task_hint(*self.data.other_fit())
        self.panel.form.set_splits(self.data.splits())
        self._show_page()
        busy = self.controller.live is not None
        self.panel.set_mode(busy=busy, possible=self.can_train())
        if busy or not self.can_train() or not self._context.engine.running:
            self.check.forget()
            self.previews.drop()
        elif self._check_stale and self.isVisible():
            self._check_stale = False
            self.check.ask(self._question)
            self._previews_stale = True
        self._show_previews()
        self._show_check()

    def _show_page(self) -> None:
        if self.shown_run.name or self.shown_run.is_live:
            page: QWidget = self.view
        else:
            page = self.no_labels if self.data.is_unlabelled() else self.first_run
        self._right.setCurrentWidget(page)
        self._show_previews()

    def _show_previews(self) -> None:
        """What the model would see: while nothing was trained, or while settings are looked at."""
        form = self.panel.form
        wanted = (self.controller.live is None and self.can_train() and varies(form.recipe)
                  and self._context.engine.running
                  and (not self.shown_run.name or form.more_button.isChecked()))
        self.augmentation_card.setVisible(wanted)
        if wanted and self._previews_stale and self.isVisible():
            self._previews_stale = False
            self.previews.ask(self._question)

    def can_train(self) -> bool:
        """Whether there is something to learn from, and every figure in the form fits."""
        return (self.data.session is not None and not self.data.is_unlabelled()
                and self.panel.form.is_valid())

    # --- the pre-flight -------------------------------------------------------------------------

    def _look_at(self, path: str) -> None:
        """Show the image that a warning is about, or all problems; or split by stations."""
        if path == GROUPS:
            self.split_worker.start(Grouping(STATION))
            return
        if path == ALL_PROBLEMS:
            self._context.go("data", DataTarget(check=True))
            return
        session = self.data.session
        key = session.index.key_of(Path(path)) if session is not None else None
        if key is not None:
            self._context.go(place_for("images"), ImageTarget(key, back=PLACE))

    def _keep_split(self, name: str) -> None:
        use_split(self._context, name)
        self.panel.form.split_box.setCurrentIndex(0)  # the default

    def _form_changed(self) -> None:
        self._check_stale = True
        self._probe.look(self.panel.form)
        self._look()

    def _question(self) -> tuple[str, TrainRequest] | None:
        if self.data.folder is None or not self.can_train() or not self._context.engine.running:
            return None
        return str(self.data.folder), self.panel.form.request()

    def _show_check(self) -> None:
        if self.controller.live is not None:
            self.panel.ready.say("", tr("A training is running. Yours will start after it."))
            return
        if not self.can_train():
            self.panel.ready.refuse(self.panel.form.problem, self.data.words())
            return
        self.panel.ready.show_check(self.check, self._context.engine, self.data.words(),
                                    self.data.sample,
                                    open_end=self.panel.form.length == UNTIL)
        if (result := self.check.result) is not None:
            self.panel.form.set_suggested(result.recipe)
            self.panel.form.set_split_counts(result.split, result.images)

    # --- trainings ------------------------------------------------------------------------------

    def train(self) -> None:
        """Start what the form says, or queue it behind the run that is under way."""
        if not self.can_train() or self.data.folder is None:
            return
        request = self.panel.form.request()
        title = found.title if (found := self.panel.form.recipe) else tr("Training")
        self.check.forget()
        waiting = self.controller.live is not None
        plan = self.controller.train(str(self.data.folder), title, request,
                                     self.panel.form.length_words())
        if waiting:
            self._context.say("info", tr("{title} is in the queue.", title=title), tr("Undo"),
                              lambda: self.controller.remove(plan))
        else:
            self.shown_run.show_live()
            self.area.show_part(1)

    def resume(self, name: str) -> None:
        """Go on with a run from its last checkpoint."""
        info = self.run_store.info(name)
        if info is None or self.data.folder is None:
            return
        history = self.view.history
        if self.shown_run.name == name and history is not None and history.ended:
            plan = self.controller.resume(str(self.data.folder), info.title, name, history)
            if self.controller.live is not None and self.controller.live.plan == plan:
                self.shown_run.show_live()
        else:
            self._resume_when_loaded = name
            self.show_run(name)

    def _unqueue(self, plan: QueuedTraining) -> None:
        at = self.controller.remove(plan)
        if at >= 0:
            self._context.say("info", tr("{title} was removed from the queue.", title=plan.title),
                              tr("Undo"), lambda: self.controller.insert(at, plan))

    def _live_changed(self) -> None:
        live = self.controller.live
        if live is not None:
            self._tick_timer.start(TICK_MS)
        else:
            self._tick_timer.stop()
            self._check_stale = True
        self.run_store.refresh()
        if not self.shown_run.name and self.controller.live_here is not None:
            self.shown_run.show_live()  # it waited behind one that was cancelled
        elif not self.shown_run.name and live is None:
            self._leave_run()  # it ended before it had a folder
        self.shown_run.progressed()
        self._look()
        self._context.status_changed.emit()

    def _queue_changed(self) -> None:
        self.panel.set_queue(self.controller.queue, str(self.data.folder or ""))
        self._context.status_changed.emit()

    def show_run(self, name: str) -> None:
        """Draw an earlier run, or the one that is under way."""
        self.area.show_part(1)
        self.shown_run.show(name)

    def _loaded(self, name: str) -> None:
        if self._resume_when_loaded == name:
            self._resume_when_loaded = ""
            self.resume(name)

    def _runs_changed(self) -> None:
        self.panel.form.set_runs(self.run_store.startable(self.data.task))
        self.shown_run.list_runs()
        self.shown_run.show_header()

    # --- what one can do with a run -------------------------------------------------------------

    def open_results(self, name: str) -> None:
        """Look at the run in Results."""
        info = self.run_store.info(name)
        if info is not None and info.has_model:
            self._context.go("results", RunTarget(name))

    def _gone(self, name: str) -> None:
        if self.shown_run.name == name:
            self._leave_run()

    def _leave_run(self) -> None:
        """The run that is drawn is not there: go back to what was."""
        self.shown_run.leave()
        self._look()
        if not self.shown_run.name:
            self.area.show_part(0)

    def _appeared(self, name: str, before: str) -> None:
        if not before or self.shown_run.name == before:
            self.show_run(name)

    def _open_notes(self, name: str) -> None:
        info = self.run_store.info(name)
        if info is not None:
            self.show_run(name)
            self.view.notes.open(name, info.notes)

    def _engine_changed(self) -> None:
        self.panel.form.set_devices(self._context.engine.devices)
        if not self._context.engine.running:
            self._check_stale = True  # what was asked went with the engine
        self._look()
