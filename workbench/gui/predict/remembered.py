"""What Predict showed when the program ended: files, model, sliders and answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import count as numbers
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from PySide6.QtCore import QObject, QTimer

from workbench.core.background import BackgroundThread, Worker, WorkQueue
from workbench.core.errors import WorkbenchError
from workbench.core.paths import exists
from workbench.core.plain import JSON, fitted, parse_json
from workbench.core.text import count, listed, tr
from workbench.extension.saving import SCORE
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel, display_of
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.background.threads import work_queue
from workbench.gui.predict.beside import ModelsBeside
from workbench.gui.predict.files import GivenFiles, suffixes_of
from workbench.gui.predict.page import PredictPage
from workbench.gui.predict.table import PredictionTable
from workbench.project.cache import cache_folder
from workbench.project.prediction_cache import (
    FILE,
    NOTHING_KEPT,
    Kept,
    PredictionCache,
    stamp_of,
)
from workbench.project.runs import RunFolder

_NAME = "list"
BESIDE = ("predicted-2.jsonl", "predicted-3.jsonl")
"""What is kept of the models beside the first one, by where they stand."""
_Add = Callable[[list[JSON], list[JSON], Mapping[str, str]], object]
_SOON_MS = 800
_PIECE = 500
"""Answers that are taken in at once, so that the window goes on."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What a person chose."""

    run: str = ""
    paths: list[str] = field(default_factory=list)
    """Also those on a drive that is not there at the moment."""
    every: int = 1
    gate: bool = False
    limits: dict[str, float] = field(default_factory=dict)
    """Of the sliders."""
    beside: list[str] = field(default_factory=list)
    """Runs of the models that are compared."""
    class_limits: dict[str, float] = field(default_factory=dict)
    bands: dict[str, list[float | None]] = field(default_factory=dict)
    chosen: bool | None = None
    """Whether a person moved the slider of the score; None of a version that did not say."""
    over: float | None = None
    """In place of which score of the model."""


class _Found(NamedTuple):
    """What there is of the list of last time: its files, answers about them, names of what is gone,
    paths on a drive that may come back, and answers of the models that are compared."""

    files: GivenFiles
    found: list[tuple[str, str]]
    kept: Kept | None
    gone: list[str]
    away: list[Path]
    beside: list[Kept]


class _Place(Protocol):
    """What is asked of the place."""

    model: TrainedModel | None
    models: list[TrainedModel]
    answers: PredictionTable
    beside: ModelsBeside
    files: GivenFiles
    page: PredictPage

    def use(self, model: TrainedModel | None) -> None: ...
    def again(self) -> None: ...
    def restored(self) -> None: ...


class RememberedList(QObject):
    """Writes down what the place shows, and shows it again; nothing is looked at by itself."""

    def __init__(self, context: AppContext, place: _Place, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._place = context, place
        self._memory = PlaceMemory(context.settings, "use")
        self._folder: Path | None = None
        self._away: list[Path] = []  # on a drive that may come back
        self._kept: PredictionCache | None = None
        self._beside: dict[str, PredictionCache | None] = {}  # of the models beside it, by run
        self._restoring = False
        self._numbers = numbers()
        self._queue: WorkQueue[int] = work_queue(self, "predict-keep")
        self._reader = Worker(name="predict-restore", post=GuiThreadCaller(self))
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.note)
        place.page.beside.changed.connect(self._beside_changed)

    @property
    def busy(self) -> bool:
        """Whether what was shown is still being read."""
        return self._reader.busy

    @property
    def idle(self) -> bool:
        """Whether all is written down, or shown again."""
        return self._queue.is_idle and not self.busy

    # --- writing down ---------------------------------------------------------------------------

    def note_soon(self) -> None:
        """A slider was moved."""
        if self._folder is not None:
            self._soon.start()

    def note(self) -> None:
        """Write down what is chosen now."""
        self._soon.stop()
        folder, place = self._folder, self._place
        if folder is None or place.model is None or self.busy or self._restoring:
            return
        page = place.page
        state = ListState(
            place.model.run,
            [str(path) for path in dict.fromkeys([*place.files.paths, *self._away])],
            int(page.every_box.currentData()), page.gate_box.isChecked(),
            {id: slider.value() for id, slider in page.sliders.items()},
            [model.run for model in page.beside.models], dict(page.found_classes.limits),
            {name: list(band) for name, band in page.found_classes.bands.items()},
            page.own_score.chosen, page.own_score.over)
        self._memory.remember(folder, _NAME, json.dumps(asdict(state)))

    def keep_for(self, model: TrainedModel, gate: bool, then: tuple[str, list[str]]) -> None:
        """A question begins: what is answered from now on is kept, if one model alone is asked."""
        self._kept = None if then[0] else self._answers_of(model, gate)
        self.note()

    def keep(self, items: Sequence[JSON], problems: Sequence[JSON] = (),
             ended: Sequence[str] = ()) -> None:
        """Keep answers that came."""
        kept = self._kept
        if kept is not None and (items or problems or ended):
            self._queue.ask(next(self._numbers), partial(kept.add, items, problems, ended),
                            lambda _none: None)

    def keep_beside(self, items: Sequence[JSON], problems: Sequence[JSON] = (),
                    ended: Sequence[str] = ()) -> None:
        """Keep answers of the model beside the first one that is asked."""
        other = self._place.beside.asked
        if self._kept is None or other is None or not (items or problems or ended):
            return
        run = other.model.run
        if run not in self._beside:
            number = self._place.beside.others.index(other)
            self._beside[run] = self._answers_of(
                other.model, self._place.page.gate_box.isChecked(), BESIDE[number])
        kept = self._beside[run]
        if kept is not None:
            self._queue.ask(next(self._numbers), partial(kept.add, items, problems, ended),
                            lambda _none: None)

    def _beside_changed(self) -> None:
        """Others are compared: where each stands says in which file its answers are."""
        self._beside = {}
        self.note()

    def forget(self) -> None:
        """The list was cleared."""
        self._away = []
        gone = [kept for kept in (self._kept, *self._beside.values()) if kept is not None]
        self._kept, self._beside = None, {}
        for kept in gone:
            self._queue.ask(next(self._numbers), kept.forget, lambda _none: None)
        self.note()

    def _answers_of(self, model: TrainedModel, gate: bool, name: str = FILE
                    ) -> PredictionCache | None:
        folder, display = self._folder, display_of(model)
        if folder is None or display is None:
            return None
        try:
            path = cache_folder(folder) / name
        except WorkbenchError:
            return None
        best = stamp_of(RunFolder(folder / "runs" / model.run).best_path)
        gated = gate and tasks.get(model.task).gate
        return PredictionCache(path, {"run": model.run, "model": best,
                                      "asked": dict(display.asked), "gate": gated})

    # --- showing it again -----------------------------------------------------------------------

    def leave_project(self) -> None:
        """Another project is open, or none."""
        if self._soon.isActive():
            self.note()
        self._reader.cancel(0.0)
        self._folder = self._kept = None
        self._away, self._beside = [], {}

    def restore(self, folder: Path) -> None:
        """Show what was shown in the project in ``folder``; once for each opening of it."""
        if self._folder == folder:
            return
        self._folder = folder
        state, place = self._state(folder), self._place
        model = next((item for item in place.models if item.run == state.run), place.model)
        if model is None or place.files.paths:
            return
        if model.run == state.run:
            place.page.set_models(place.models, model)
            place.use(model)
            self._restoring = True
            self._show_choices(state)
            self._restoring = False
        paths = [Path(path) for path in state.paths]
        if not paths:
            return
        task = tasks.get(model.task)
        kept = self._kept = self._answers_of(model, state.gate)
        self._beside = {other.model.run: self._answers_of(other.model, state.gate, name)
                        for other, name in zip(place.beside.others, BESIDE, strict=False)}
        beside = [*self._beside.values()]

        def work(thread: BackgroundThread) -> _Found:
            files = GivenFiles()
            there = [path for path in paths if exists(path)]
            away = [path for path in paths if path not in there and _may_come_back(path)]
            gone = [path.name for path in paths if path not in {*there, *away}]
            found = files.finder(there, suffixes_of(task))(thread.check)
            return _Found(files, found, kept.read(thread.check) if kept is not None else None,
                          gone, away, [one.read(thread.check) if one is not None else NOTHING_KEPT
                                       for one in beside])

        self._reader.start(work, lambda made: self._restored(state, made))

    def _show_choices(self, state: ListState) -> None:
        page, classes = self._place.page, self._place.page.found_classes
        page.every_box.setCurrentIndex(max(0, page.every_box.findData(state.every)))
        page.gate_box.setChecked(state.gate)
        by_run = {model.run: model for model in self._place.models}
        page.beside.choose([by_run[run] for run in state.beside if run in by_run])
        if page.sliders.keys() <= state.limits.keys():
            chosen = state.limits.get(SCORE) != page.limits().get(SCORE) \
                if state.chosen is None else state.chosen
            page.set_limits(state.limits, chosen=chosen, over=state.over)
        classes.bands = {name: (band[0], band[1]) for name, band in state.bands.items()
                         if name in classes.classes() and len(band) == 2}
        classes.set_limits({name: value for name, value in state.class_limits.items()
                            if name in classes.classes()})

    def _restored(self, state: ListState, made: _Found) -> None:
        place = self._place
        if place.files.paths:  # somebody was quicker
            return
        files, kept, gone = made.files, made.kept, made.gone
        self._away = made.away
        files.add(made.found, state.every)
        place.files = files
        names = files.names
        if kept is not None:
            gone += sorted(Path(file).name for file in {
                *kept.stale, *(str(item["file"]) for item in kept.items)} - names.keys()
                if not any(Path(file).is_relative_to(path) for path in self._away))
            place.answers.ended |= kept.ended & names.keys()
            items = [item for item in kept.items if item["file"] in names]
            self._take_in(place.answers.add, items,
                          [item for item in kept.problems if item["file"] in names])
            self._restore_beside(made.beside)
        place.restored()
        self._tell(gone, state)
        self.note()

    def _restore_beside(self, found: Sequence[Kept]) -> None:
        """Show what the models that are compared have answered; they are not asked about it."""
        names = self._place.files.names
        for other, kept in zip(self._place.beside.others, found, strict=True):
            items = [item for item in kept.items if item["file"] in names]
            problems = [item for item in kept.problems if item["file"] in names]
            other.answers.ended |= kept.ended & names.keys()
            other.was_told(items, problems)
            self._take_in(other.add, items, problems)

    def _take_in(self, add: _Add, items: list[JSON], problems: list[JSON]) -> None:
        """Show answers, a few at a time."""
        place = self._place
        add(items[:_PIECE], problems, place.files.names)
        if rest := items[_PIECE:]:
            files = place.files
            QTimer.singleShot(0, self, lambda: self._take_in_of(files, add, rest))

    def _take_in_of(self, files: GivenFiles, add: _Add, items: list[JSON]) -> None:
        if self._place.files is files:  # and not cleared meanwhile
            self._take_in(add, items, [])

    def _tell(self, gone: Sequence[str], state: ListState) -> None:
        """Say what is not there any more, and offer to look at what there is no answer about."""
        place, away = self._place, [str(path) for path in self._away]
        left = place.files.left(place.answers) if not place.answers.all else []
        words = [] if not gone else [tr(
            "Not there any more: {names}.", names=listed(gone))]
        if away:
            words.append(tr("Not there at the moment: {names}. It is in the list again when the "
                            "project is opened with it there.", names=listed(away)))
        if left and place.model is not None and place.model.run != state.run:
            words.append(tr("The model of last time is gone."))
        again: tuple[str, Callable[[], object]] | tuple[()] = ()
        if left:
            words.append(tr("Of the list of last time {files} can be looked at again.",
                            files=count(len(left), "file")))
            again = tr("Look again"), place.again
        elif away:
            again = tr("Forget it"), self._forget_away
        if words:
            self._context.say("warn" if gone or away else "info", " ".join(words), *again)

    def _forget_away(self) -> None:
        self._away = []
        self.note()

    def _state(self, folder: Path) -> ListState:
        text = self._memory.of_project(folder, _NAME)
        try:
            data: Mapping[str, Any] = parse_json(text) if text else {}
            return fitted(data, ListState)  # type: ignore[no-any-return]
        except (ValueError, WorkbenchError):
            return ListState()  # of another version

    def close(self) -> None:
        """Write down what waits, and end the threads."""
        if self._soon.isActive():
            self.note()
        self._reader.cancel()
        self._queue.close()


def _may_come_back(path: Path) -> bool:
    """Whether a path that is not there is on a drive that is not there: with its folder gone, too,
    or empty, as a place is where a drive was."""
    try:
        return not any(path.parent.iterdir())
    except OSError:
        return True
