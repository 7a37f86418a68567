"""The form of a new run: all of it may stay as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.schema import Schema
from workbench.extension.recipe import Recipe
from workbench.extension.settings import TRAINING
from workbench.gui import tokens
from workbench.gui.training.choices import (
    AUTO,
    MINUTES,
    PLAIN,
    PLAIN_WITH_WEIGHTS,
    Option,
    Reach,
    batch_options,
    more_schema,
    recipe_options,
    start_options,
)
from workbench.gui.training.words import count
from workbench.gui.widgets import ChipGroup, SchemaForm, column, label, row
from workbench.gui.widgets.form import FieldEditor
from workbench.jobs.messages import TrainRequest

FILE = "file…"
_FILE = Option(FILE, "A model file…", "The model of a run of another project (its "
               "best.safetensors), or weights of torch.")
FILE_FILTER = "Models (*.safetensors *.pth *.pt)"


class OptionBox(QComboBox):
    """A list of :class:`Option`; the wheel scrolls the form and never changes a choice."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.setMinimumContentsLength(4)
        self.currentIndexChanged.connect(self._tell_help)

    def set_options(self, options: Iterable[Option], chosen: str | None = None) -> None:
        """Offer these; ``chosen`` (or what was chosen before) stays where it is among them."""
        wanted = chosen if chosen is not None else self.value()
        blocked = self.blockSignals(True)
        self.clear()
        for at, option in enumerate(options):
            self.addItem(option.text, option.value)
            self.setItemData(at, option.help or option.text, Qt.ItemDataRole.ToolTipRole)
        self.setCurrentIndex(max(0, self.findData(wanted)))
        self.blockSignals(blocked)
        self._tell_help()

    def value(self) -> str:
        return str(self.currentData() or "")

    def set_value(self, value: str) -> None:
        """Choose without announcing it; an unknown value leaves the choice as it is."""
        at = self.findData(value)
        if at >= 0:
            blocked = self.blockSignals(True)
            self.setCurrentIndex(at)
            self.blockSignals(blocked)
            self._tell_help()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _tell_help(self) -> None:
        help_ = self.itemData(self.currentIndex(), Qt.ItemDataRole.ToolTipRole)
        self.setToolTip(str(help_ or ""))


def captioned(text: str, control: QWidget) -> QWidget:
    """A control under its small caption."""
    caption = label(text, "caption")
    caption.setBuddy(control)
    holder = QWidget()
    holder.setLayout(column(caption, control, spacing=tokens.SPACE_XS))
    return holder


class RunForm(QWidget):
    """What a person may choose before pressing Train.

    Signals
    -------
    changed
        Something was chosen: :meth:`request` gives another answer.
    recipe_shown
        (recipe or None) the settings of another recipe are shown.
    """

    changed = Signal()
    recipe_shown = Signal(object)

    def __init__(self, recipes: Iterable[Recipe], task: str = "detection") -> None:
        super().__init__()
        self._recipes = {recipe.id: recipe for recipe in recipes}
        self._task = task
        self._runs: list[tuple[str, str, str]] = []
        self._reach: Reach = "unknown"
        self._guess = ""
        self._file = ""
        self._kept: dict[str, Any] = {}
        self.recipe_box, self.start_box = OptionBox("Recipe"), OptionBox("Start from")
        self.split_box, self.batch_box = OptionBox("Split"), OptionBox("Batch")
        self.device_box = OptionBox("Device")
        self.device_holder = captioned("Device", self.device_box)
        self.length = ChipGroup()
        self.length.add("epochs", "Epochs")
        self.length.add("minutes", "Minutes")
        self.epochs = FieldEditor(TRAINING["epochs"])
        self.minutes = FieldEditor(MINUTES)
        self._more_holder = QVBoxLayout()
        self.more: SchemaForm | None = None
        self._arrange()
        self.split_box.set_options([Option("default", "Default")])
        self.set_devices([])
        self.recipe_box.set_options(recipe_options(self._recipes.values(), task))
        self._show_recipe()
        self._connect()

    # --- what was chosen ------------------------------------------------------------------------

    @property
    def recipe(self) -> Recipe | None:
        """The recipe whose settings are shown; None if there is none at all."""
        chosen = self.recipe_box.value()
        if chosen != AUTO:
            return self._recipes.get(chosen)
        if self._guess in self._recipes:
            return self._recipes[self._guess]
        fitting = [recipe for recipe in self._recipes.values() if recipe.task == self._task]
        return next((recipe for recipe in fitting if recipe.from_nothing == "yes"),
                    fitting[0] if fitting else None)

    def is_valid(self) -> bool:
        """Whether every figure in the form fits."""
        shown = self.minutes if self.length.selected == "minutes" else self.epochs
        return not shown.problem and (self.more is None or self.more.is_valid())

    def request(self) -> TrainRequest:
        """What pressing Train would ask for; settings hold only what differs from the recipe's."""
        settings = dict(self.more.differences()) if self.more is not None else {}
        seed = int(settings.pop("seed", 0))
        recipe = self.recipe
        batch = int(self.batch_box.value() or 0)
        schema = recipe.settings if recipe is not None else TRAINING
        if "batch_size" in schema and batch != schema["batch_size"].default:
            settings["batch_size"] = batch
        by_time = self.length.selected == "minutes"
        usual = self._usual_epochs()
        epochs = int(self.epochs.value())
        return TrainRequest(
            recipe=self.recipe_box.value() or AUTO,
            epochs=None if by_time or epochs == usual else epochs,
            minutes=float(self.minutes.value()) if by_time else None,
            device=self.device_box.value() or AUTO,
            seed=seed,
            split=self.split_box.value() or "default",
            start_from=self.start_box.value() or AUTO,
            settings=settings,
        )

    def length_words(self) -> str:
        """How long it would train ("60 epochs")."""
        if self.length.selected == "minutes":
            return f"{self.minutes.value():g} min"
        return count(int(self.epochs.value()), "epoch")

    def set_request(self, request: TrainRequest) -> None:
        """Show a request, such as that of an earlier run, and announce it once."""
        self.recipe_box.set_value(request.recipe)
        self._kept = {**request.settings, "seed": request.seed}
        self._show_recipe()
        self.start_box.set_value(request.start_from)
        self.split_box.set_value(request.split)
        self.device_box.set_value(request.device)
        if request.epochs is not None:
            self.epochs.set_value(request.epochs)
        if request.minutes is not None:
            self.minutes.set_value(request.minutes)
        self.length.select("minutes" if request.minutes is not None else "epochs")
        self._show_length()
        self.changed.emit()

    def reset(self) -> None:
        """Everything as it was at first."""
        self._kept, self._file = {}, ""
        self.minutes.set_value(MINUTES.default)
        self.split_box.set_value("default")
        self.set_request(TrainRequest())

    # --- what can be chosen ---------------------------------------------------------------------

    def leave_project(self) -> None:
        """Another project is open: what was chosen for the old one (speakers that are held out, a
        run to start from, settings) does not follow. Recipe, length and device stay."""
        self._kept, self._file = {}, ""
        self.split_box.set_value("default")
        self._show_recipe()
        self.start_box.set_value(AUTO)

    def set_task(self, task: str) -> None:
        """Offer the recipes of another task; what was typed for the old one is forgotten."""
        if task == self._task:
            return
        self._task, self._guess, self._kept = task, "", {}
        self.recipe_box.set_options(recipe_options(self._recipes.values(), task), AUTO)
        self._show_recipe()
        self.changed.emit()

    def set_runs(self, runs: Iterable[tuple[str, str, str]]) -> None:
        """Earlier runs with a model, as ``(name, title, recipe id)``."""
        self._runs = list(runs)
        self._fill_start()

    def set_reach(self, reach: Reach) -> None:
        """Whether weights could be downloaded now."""
        if reach != self._reach:
            self._reach = reach
            self._fill_start()

    def set_splits(self, options: list[Option]) -> None:
        self.split_box.set_options(options)

    def set_split_counts(self, counts: dict[str, int]) -> None:
        """Say behind the chosen split how many images each part has."""
        parts = [f"{counts[part]:,} {part}" for part in ("train", "val", "test") if part in counts]
        at = self.split_box.currentIndex()
        if parts and at >= 0:
            self.split_box.setItemText(at, " · ".join(parts))

    def set_devices(self, devices: list[dict[str, Any]]) -> None:
        """What the engine found; the choice is shown where there is one."""
        options = [Option(AUTO, "Automatic")]
        options += [Option(str(device["id"]), str(device.get("name") or device["id"]))
                    for device in devices]
        if len(options) != self.device_box.count():
            self.device_box.set_options(options)
        self.device_holder.setVisible(len(devices) > 1)

    def set_guess(self, recipe_id: str) -> None:
        """The recipe that the engine would take for the automatic choice."""
        if recipe_id == self._guess or self.recipe_box.value() != AUTO:
            return
        before = self.recipe
        self._guess = recipe_id
        self.recipe_box.set_options(recipe_options(self._recipes.values(), self._task, recipe_id))
        if self.recipe is not before:
            self._keep_edits()
            self._show_recipe()

    # --- inside ---------------------------------------------------------------------------------

    def _arrange(self) -> None:
        for editor in (self.epochs, self.minutes):
            caption = editor.findChild(QWidget)
            assert caption is not None
            caption.hide()  # the chips above say the same
        layout = column(
            captioned("Recipe", self.recipe_box), captioned("Start from", self.start_box),
            captioned("Split", self.split_box), self.device_holder,
            self._length_row(),
            self._more_holder, spacing=tokens.SPACE_M - 2,
        )
        self.setLayout(layout)
        self._show_length()

    def _length_row(self) -> QHBoxLayout:
        """How long and with which batch, side by side with their controls on one line."""
        chips = [self.length[id].sizeHint().width() for id in ("epochs", "minutes")]
        self.length.setMinimumWidth(sum(chips) + tokens.SPACE_S)
        self.length.setFixedHeight(self.length["epochs"].sizeHint().height())
        length = column(self.length, self.epochs, self.minutes, spacing=tokens.SPACE_XS)
        batch = column(1, captioned("Batch", self.batch_box), spacing=0)
        return row(length, batch, spacing=tokens.SPACE_M)

    def _connect(self) -> None:
        self.recipe_box.currentIndexChanged.connect(self._recipe_chosen)
        self.start_box.currentIndexChanged.connect(self._start_chosen)
        for box in (self.split_box, self.batch_box, self.device_box):
            box.currentIndexChanged.connect(self._announce)
        self.length.changed.connect(self._length_chosen)
        self.epochs.edited.connect(self.changed)
        self.minutes.edited.connect(self.changed)

    def _announce(self) -> None:
        self.changed.emit()

    def _recipe_chosen(self) -> None:
        self._keep_edits()
        self._show_recipe()
        self.changed.emit()

    def _keep_edits(self) -> None:
        """Settings that a person changed stay changed for the next recipe that has them."""
        if self.more is not None:
            self._kept.update(self.more.differences())

    def _show_recipe(self) -> None:
        recipe = self.recipe
        schema = recipe.settings if recipe is not None else TRAINING
        self._fill_start()
        self.batch_box.set_options(
            batch_options(_default(schema, "batch_size", 0)),
            str(self._kept.get("batch_size", _default(schema, "batch_size", 0))),
        )
        self.epochs.set_value(self._usual_epochs())
        weights = recipe is not None and bool(recipe.weights)
        more = more_schema(schema, TRAINING, PLAIN_WITH_WEIGHTS if weights else PLAIN)
        fitting = {name: value for name, value in self._kept.items() if name in more}
        if self.more is not None:
            self._more_holder.removeWidget(self.more)
            self.more.deleteLater()
        self.more = SchemaForm(more, fitting, more_text="More: rate, schedule, precision…")
        self.more.changed.connect(self._announce)
        self._more_holder.addWidget(self.more)
        self.more.show()
        self.recipe_shown.emit(recipe)

    def _usual_epochs(self) -> int:
        recipe = self.recipe
        return int(_default(recipe.settings if recipe is not None else TRAINING, "epochs", 50))

    def _fill_start(self) -> None:
        chosen = self.recipe_box.value()
        recipe = None if chosen in ("", AUTO) else self._recipes.get(chosen)
        options = start_options(recipe, self._runs, self._reach, self._file)
        self.start_box.set_options([*options, _FILE])

    def _start_chosen(self) -> None:
        if self.start_box.value() == FILE:
            path, _ = QFileDialog.getOpenFileName(self, "Model to start from", "", FILE_FILTER)
            self._file = path or self._file
            self._fill_start()
            self.start_box.set_value(path or self.start_box.itemData(0))
        self.changed.emit()

    def _length_chosen(self) -> None:
        self._show_length()
        self.changed.emit()

    def _show_length(self) -> None:
        by_time = self.length.selected == "minutes"
        self.epochs.setVisible(not by_time)
        self.minutes.setVisible(by_time)


def _default(schema: Schema, name: str, otherwise: int) -> int:
    return int(schema[name].default) if name in schema else otherwise
