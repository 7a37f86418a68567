"""The form of a new run: all of it may stay as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from workbench.core.schema import Schema
from workbench.core.text import tr
from workbench.extension.augmentations import settings_of
from workbench.extension.recipe import Recipe
from workbench.extension.settings import TRAINING
from workbench.gui.app.task import window_task
from workbench.gui.style import tokens
from workbench.gui.train.choices import (
    AUTO,
    EXACT_MINUTES,
    PASSES,
    UNTIL,
    USUAL_LENGTH,
    Connectivity,
    Option,
    is_exact,
    is_length,
    length_of,
    length_options,
    length_words,
    minutes_value,
    more_schema,
    passes_value,
    plain_schema,
    recipe_options,
    start_options,
)
from workbench.gui.train.option_box import OptionBox, captioned
from workbench.gui.widgets import FoldButton, LinkButton, SchemaForm, column, label, row
from workbench.gui.widgets.form import FieldEditor
from workbench.jobs.commands import TrainRequest

FILE = "file…"
_FILE = Option(FILE, "A model file…", "The model of a run of another project (its "
               "best.safetensors), or weights of torch.")
FILE_FILTER = "Models (*.safetensors *.pth *.pt)"


class RunForm(QWidget):
    """What a person may choose before pressing Train: a time, and the rest where one wants to."""

    changed = Signal()
    """Something was chosen: :meth:`request` gives another answer."""
    recipe_shown = Signal(object)
    """(recipe or None) the settings of another recipe are shown."""
    length_chosen = Signal(str)
    """(value) another time was chosen; it is worth remembering."""
    task_chosen = Signal(str)
    """(task id) something else is to be learned from the labels."""
    design_wanted = Signal(str)
    """(recipe id or "") a recipe of one's own is to be made, or that one changed."""
    split_wanted = Signal()
    """How samples are split is to be shown."""
    split_kept = Signal(str)
    """(name) another split is to be the one that is used from now on."""

    def __init__(self, recipes: Iterable[Recipe], task: str) -> None:
        super().__init__()
        self._recipes = {recipe.id: recipe for recipe in recipes}
        self._own: list[str] = []
        self._task, self._label_kind = task, ""
        self._class_names: list[str] = []
        self._runs: list[tuple[str, str, str]] = []
        self._connectivity: Connectivity = "unknown"
        self._suggested, self._file = "", ""
        self._start = AUTO  # what was chosen to start from; not each recipe has it
        self._kept: dict[str, Any] = {}
        self._of_task: dict[str, tuple[str, dict[str, Any]]] = {}  # recipe and settings of others
        self.task_box = OptionBox(tr("Learn"))
        self.task_hint = label("", "caption", "soft", wrap=True)
        self.task_holder = captioned(tr("Learn"), self.task_box)
        self.task_link = LinkButton(tr("Learn this"), "arrow-right", run=self._take_hint)
        self._hint, self._hinted = QWidget(), ""
        self._hint.setLayout(column(self.task_hint, row(self.task_link, 1)))
        self.set_task_hint("", "")
        self.task_holder.hide()
        self.length_box = OptionBox(tr("Time"))
        self.recipe_box, self.start_box = OptionBox(tr("Model type")), OptionBox(tr("Start from"))
        self.length_holder = captioned(tr("Time"), self.length_box)
        self.start_holder = captioned(tr("Start from"), self.start_box)
        self.split_box, self.device_box = OptionBox(tr("Split")), OptionBox(tr("Device"))
        self.device_holder = captioned(tr("Device"), self.device_box)
        self._plain_holder, self._more_holder = QVBoxLayout(), QVBoxLayout()
        self.plain: SchemaForm | None = None
        self.more: SchemaForm | None = None
        self.design_button = LinkButton("", "layers",
                                        run=lambda: self.design_wanted.emit(self._chosen_own()))
        self.split_button = LinkButton(tr("Keep samples together"), "split", run=self.split_wanted)
        self.keep_split_button = LinkButton(
            tr("Use it from now on"), "check",
            run=lambda: self.split_kept.emit(self.split_box.value()),
            tip=tr("Make this the split of all trainings to come; that of now is kept"))
        self.keep_split_button.hide()
        self.more_button = FoldButton(tr("More"))
        self._more_area = QWidget()
        self._arrange()
        self._set_length(USUAL_LENGTH)
        self._splits: list[Option] = []
        self.set_splits([Option("default", tr("Default"))])
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
        if self._suggested in self._recipes:
            return self._recipes[self._suggested]
        fitting = [recipe for recipe in self._recipes.values() if recipe.task == self._task]
        return next((recipe for recipe in fitting if recipe.from_nothing == "yes"),
                    fitting[0] if fitting else None)

    @property
    def length(self) -> str:
        """How long it shall train, as a value of :func:`length_options`."""
        return self.length_box.value()

    @property
    def fitted(self) -> bool:
        """Whether whatever is trained is fitted in one go: no time is chosen for that, and nothing
        to start from."""
        chosen = self._recipes.get(self.recipe_box.value())
        may = [chosen] if chosen is not None else [
            recipe for recipe in self._recipes.values() if recipe.task == self._task]
        return bool(may) and all(recipe.fitted for recipe in may)

    def is_valid(self) -> bool:
        """Whether every figure in the form fits."""
        return not self.problem

    @property
    def problem(self) -> str:
        """Which figure does not fit, and why; "" where all do."""
        return next((form.problem for form in (self.plain, self.more)
                     if form is not None and form.problem), "")

    def editor(self, name: str) -> FieldEditor:
        """The editor of a setting, wherever it stands."""
        assert self.plain is not None and self.more is not None
        return (self.plain if name in self.plain.schema else self.more).editor(name)

    def request(self) -> TrainRequest:
        """What pressing Train would ask for; settings hold only what differs from the recipe's."""
        settings = self._differences()
        seed = int(settings.pop("seed", 0))
        minutes, passes, until = length_of(self.length)
        return TrainRequest(
            recipe=self.recipe_box.value() or AUTO,
            epochs=passes,
            minutes=minutes,
            device=self.device_box.value() or AUTO,
            seed=seed,
            split=self.split_box.value() or "default",
            start_from=AUTO if self.fitted else self.start_box.value() or AUTO,
            settings=settings,
            until_best=until,
            task=self._task if self.task_box.count() > 1 else "",
        )

    def length_words(self) -> str:
        """How long it would train ("10 minutes")."""
        return tr("in one go") if self.fitted else length_words(self.length)

    def set_length(self, value: str) -> None:
        """Choose a time, such as that of the last training; an unknown value changes nothing."""
        if is_length(value):
            self._set_length(value)
            self.changed.emit()

    def set_request(self, request: TrainRequest) -> None:
        """Show a request, such as that of an earlier run, and announce it once."""
        self.recipe_box.set_value(request.recipe)
        self._kept = {**request.settings, "seed": request.seed}
        self._start = request.start_from
        self._show_recipe(keep=False)
        self.split_box.set_value(request.split)
        self.device_box.set_value(request.device)
        if request.minutes is not None:
            self._set_length(minutes_value(request.minutes))
        elif request.until_best:
            self._set_length(UNTIL)
        elif request.epochs is not None:
            self._set_length(passes_value(request.epochs))
        self._announce()

    def reset(self) -> None:
        """Everything as it was at first."""
        self._kept, self._file = {}, ""
        self.split_box.set_value("default")
        self._set_length(USUAL_LENGTH)
        self.length_chosen.emit(USUAL_LENGTH)
        self.set_request(TrainRequest())

    # --- what can be chosen ---------------------------------------------------------------------

    def leave_project(self) -> None:
        """Another project is open: what was chosen for the old one (speakers that are held out, a
        run to start from, settings) does not follow. Recipe, length and device stay."""
        self._kept, self._file, self._start = {}, "", AUTO
        self._of_task.clear()
        self.split_box.set_value("default")
        self._show_recipe(keep=False)

    def set_task(self, task: str) -> None:
        """Offer the recipes of another task; what was chosen for the old one comes back with it."""
        if task == self._task:
            return
        self._of_task[self._task] = (self.recipe_box.value(), {**self._kept, **self._differences()})
        recipe, self._kept = self._of_task.pop(task, (AUTO, {}))
        self._task, self._suggested = task, ""
        self.recipe_box.set_options(recipe_options(self._recipes.values(), task), recipe)
        self._show_recipe(keep=False)
        self.changed.emit()

    def set_tasks(self, options: list[Option]) -> None:
        """What can be learned from the labels; the choice is shown where there is one."""
        self.task_box.set_options(options, self._task)
        self.task_holder.setVisible(len(options) > 1)

    def set_task_hint(self, task: str, words: str) -> None:
        """Say below that choice why another one, ``task``, may be wanted; "" says nothing."""
        self._hinted = task
        self.task_hint.setText(words)
        self._hint.setVisible(bool(words))

    def _take_hint(self) -> None:
        self.task_box.setCurrentIndex(self.task_box.findData(self._hinted))

    def choose_task(self) -> None:
        """Let a person choose by keys what is learned."""
        self.task_box.setFocus(Qt.FocusReason.OtherFocusReason)
        self.task_box.showPopup()

    def set_class_names(self, names: list[str]) -> None:
        """Offer the project's classes where a setting is one of them."""
        self._class_names = names
        for form in filter(None, (self.plain, self.more)):
            form.offer_classes(names)

    def set_label_kind(self, kind: str) -> None:
        """Offer the settings that change something for labels of this kind; "" for all."""
        if kind != self._label_kind:
            self._label_kind = kind
            self._show_recipe()

    def set_own_recipes(self, recipes: Iterable[Recipe], wanted: str = "") -> None:
        """Recipes that the project holds as files; ``wanted`` is chosen where it is among them."""
        made = list(recipes)
        same = made == [self._recipes[id] for id in self._own]
        if same and wanted in ("", self.recipe_box.value()):
            return
        for id in self._own:
            del self._recipes[id]
        self._own = [recipe.id for recipe in made]
        self._recipes.update((recipe.id, recipe) for recipe in made)
        chosen = wanted if wanted in self._own else None
        self.recipe_box.set_options(
            recipe_options(self._recipes.values(), self._task, self._suggested), chosen)
        self._recipe_chosen()

    def _chosen_own(self) -> str:
        """The id of the chosen recipe where the project holds it, or ""."""
        chosen = self.recipe_box.value()
        return chosen if chosen in self._own else ""

    def set_runs(self, runs: Iterable[tuple[str, str, str]]) -> None:
        """Earlier runs with a model, as ``(name, title, recipe id)``."""
        self._runs = list(runs)
        self._fill_start()

    def set_connectivity(self, connectivity: Connectivity) -> None:
        """Whether weights could be downloaded now."""
        if connectivity != self._connectivity:
            self._connectivity = connectivity
            self._fill_start()

    def set_splits(self, options: list[Option]) -> None:
        """The splits that can be chosen; what :meth:`set_split_counts` said of them stays where
        they are the same."""
        if options != self._splits:
            self._splits = options
            self.split_box.set_options(options)

    def set_split_counts(self, counts: dict[str, int], whole: int = 0) -> None:
        """Say behind the chosen split how many images each part has.

        Where the parts are more than the ``whole``, the images to learn from are those to validate
        on, which are not counted twice.
        """
        twice = 0 < whole < sum(counts.values())
        parts = [f"{counts[part]:,} {part}{tr(' (also val)') if twice and part == 'train' else ''}"
                 for part in ("train", "val", "test")
                 if part in counts and not (twice and part == "val")]
        at = self.split_box.currentIndex()
        if parts and at >= 0:
            self.split_box.setItemText(at, " · ".join(parts))

    def set_devices(self, devices: list[dict[str, Any]]) -> None:
        """What the engine found; the choice is shown where there is one."""
        options = [Option(AUTO, tr("Automatic"))]
        options += [Option(str(device["id"]), str(device.get("name") or device["id"]))
                    for device in devices]
        if len(options) != self.device_box.count():
            self.device_box.set_options(options)
        self.device_holder.setVisible(len(devices) > 1)

    def set_suggested(self, recipe_id: str) -> None:
        """The recipe that the engine would take for the automatic choice."""
        if recipe_id == self._suggested or self.recipe_box.value() != AUTO:
            return
        before = self.recipe
        self._suggested = recipe_id
        self.recipe_box.set_options(recipe_options(self._recipes.values(), self._task, recipe_id))
        if self.recipe is not before:
            self._show_recipe()

    # --- inside ---------------------------------------------------------------------------------

    def _arrange(self) -> None:
        self._more_area.setLayout(column(
            captioned(tr("Split"), self.split_box),
            column(row(self.keep_split_button, 1), row(self.split_button, 1), spacing=0),
            self.device_holder, self._more_holder, spacing=tokens.SPACE_M))
        self.more_button.fold(self._more_area)
        link = row(self.more_button, 1)
        self.setLayout(column(
            self.task_holder, self._hint, self.length_holder,
            captioned(tr("Model type"), self.recipe_box), row(self.design_button, 1),
            self.start_holder, self._plain_holder, link, self._more_area,
            spacing=tokens.SPACE_M - 2))

    def _connect(self) -> None:
        self.task_box.currentIndexChanged.connect(
            lambda _at: self.task_chosen.emit(self.task_box.value()))
        self.length_box.currentIndexChanged.connect(self._length_picked)
        self.recipe_box.currentIndexChanged.connect(self._recipe_chosen)
        self.start_box.currentIndexChanged.connect(self._start_chosen)
        for box in (self.split_box, self.device_box):
            box.currentIndexChanged.connect(self._announce)

    def _announce(self) -> None:
        self.keep_split_button.setVisible(self.split_box.value() not in ("", "default"))
        self.changed.emit()

    def _recipe_chosen(self) -> None:
        self._show_recipe()
        self.changed.emit()

    def _differences(self) -> dict[str, Any]:
        """What a person changed, but not how long it takes."""
        changed: dict[str, Any] = {}
        for form in (self.plain, self.more):
            changed.update(form.differences() if form is not None else {})
        return {name: value for name, value in changed.items()
                if name not in (PASSES, EXACT_MINUTES.name)}

    def _show_recipe(self, *, keep: bool = True) -> None:
        """Show the settings of the recipe; those that a person changed stay changed where it has
        them, unless they are not to be kept."""
        if keep and self.plain is not None and self.more is not None:
            shown = {field.name for form in (self.plain, self.more) for field in form.schema}
            others = {name: value for name, value in self._kept.items() if name not in shown}
            self._kept = {**others, **self._differences()}
        recipe = self.recipe
        schema = settings_of(recipe) if recipe is not None else TRAINING
        schema = schema.for_labels(self._label_kind)
        self._fill_start()
        task = window_task(self._task)
        self.design_button.setVisible(task is not None and bool(task.designer))
        self.design_button.setText(tr("Edit its layers") if self._chosen_own()
                                   else tr("Design your own"))
        noun = task.sample if task is not None else "sample"
        self.plain = self._replace(self.plain, self._plain_holder, plain_schema(schema, TRAINING))
        self.more = self._replace(self.more, self._more_holder, more_schema(
            schema, TRAINING, "" if self.fitted else noun))
        for holder in (self.length_holder, self.start_holder):
            holder.setVisible(not self.fitted)
        self._show_length()
        self.recipe_shown.emit(recipe)

    def _replace(self, old: SchemaForm | None, holder: QVBoxLayout, schema: Schema) -> SchemaForm:
        """Put a form for ``schema`` where the old one was; one for the same settings stays."""
        values = {name: value for name, value in self._kept.items() if name in schema}
        if old is not None and list(old.schema) == list(schema):
            old.set_values({**schema.defaults(), **values})
            return old
        if old is not None:
            holder.removeWidget(old)
            old.hide()
            old.deleteLater()
        made = SchemaForm(schema, values, parent=holder.parentWidget())
        made.offer_classes(self._class_names)
        made.changed.connect(self._setting_changed)
        holder.addWidget(made)
        if not list(schema):
            made.hide()
        elif self.isVisible():  # else it is shown with the form, and styled only then
            made.show()
        return made

    def _setting_changed(self, name: str) -> None:
        if name in (PASSES, EXACT_MINUTES.name) and not self.editor(name).problem:
            value = float(self.editor(name).value())
            if value > 0:
                made = passes_value(int(value)) if name == PASSES else minutes_value(value)
                self._set_length(made, typed=name)
                self.length_chosen.emit(made)
            elif is_exact(self.length):
                self._set_length(USUAL_LENGTH, typed=name)
                self.length_chosen.emit(USUAL_LENGTH)
        self.changed.emit()

    def _set_length(self, value: str, typed: str = "") -> None:
        """Choose a time without announcing it; the field ``typed`` is left as it was typed."""
        self.length_box.set_options(length_options(value), value)
        self._show_length(typed)

    def _length_picked(self) -> None:
        self._show_length()
        self.length_chosen.emit(self.length)
        self.changed.emit()

    def _show_length(self, typed: str = "") -> None:
        """Write an exact time or a number of passes into its field, and 0 into the other."""
        minutes, passes, _ = length_of(self.length) if is_exact(self.length) else (0, 0, False)
        for name, value in ((EXACT_MINUTES.name, minutes), (PASSES, passes)):
            if self.more is not None and name in self.more.schema and name != typed:
                self.more.editor(name).set_value(value or 0)

    def _fill_start(self) -> None:
        chosen = self.recipe_box.value()
        recipe = None if chosen in ("", AUTO) else self._recipes.get(chosen)
        options = start_options(recipe, self._runs, self._connectivity, self._file)
        self.start_box.set_options([*options, _FILE], self._start)

    def _start_chosen(self) -> None:
        if self.start_box.value() == FILE:
            path, _ = QFileDialog.getOpenFileName(self, tr("Model to start from"), "", FILE_FILTER)
            self._file, self._start = path or self._file, path or AUTO
            self._fill_start()
        else:
            self._start = self.start_box.value()
        self.changed.emit()
