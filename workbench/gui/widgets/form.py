"""A form made from a schema: labels, units, tooltips, "More", and what does not fit, in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from workbench.core.errors import UsageError
from workbench.core.schema import Field, Schema, Value
from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.buttons import FoldButton
from workbench.gui.widgets.inputs import ChoiceField
from workbench.gui.widgets.labels import label
from workbench.gui.widgets.layout import repolish, row

_CHOICE_LETTERS = 4  # that a list has room for at least: a long choice does not widen the form


class FieldEditor(QWidget):
    """One setting: its label, its control and, below it, what is wrong with it."""

    edited = Signal()
    """The person changed it."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self._value: Value = field.default
        self._problem = label("", "caption", "bad", wrap=True)
        self._problem.hide()
        self.control, self._read, self._write = self._make()
        self.control.setProperty("invalid", "false")  # before the style looks
        self.control.setAccessibleName(tr(field.label))
        self.control.setAccessibleDescription(tr(field.help))
        tip = f"{tr(field.help)}\n{_range_words(field)}".strip()
        self.setToolTip(tip)
        self.setLayout(self._arrange())
        self.set_value(field.default)

    @property
    def problem(self) -> str:
        """What is wrong with the text in the control, or ""."""
        return self._problem.text()

    def value(self) -> Value:
        """The last value that fitted."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Show ``value`` without announcing it.

        Raises
        ------
        UsageError
            If it does not fit.
        """
        self._value = self.field.check(value)
        blocked = self.control.blockSignals(True)
        self._write(self._value)
        self.control.blockSignals(blocked)
        self._tell("")

    def _arrange(self) -> QVBoxLayout:
        layout = QVBoxLayout()
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(tokens.SPACE_XS)
        if self.field.kind != "bool":
            name = label(tr(self.field.label), "caption")
            name.setBuddy(self.control)
            layout.addWidget(name)
        if self.field.unit:
            line = row((self.control, 1), label(self.field.unit, "caption"))
            layout.addLayout(line)
        else:
            layout.addWidget(self.control)
        layout.addWidget(self._problem)
        return layout

    def _make(self) -> tuple[QWidget, Callable[[], object], Callable[[Value], None]]:
        """Return the control with the functions that read and write it."""
        if self.field.kind == "bool":
            box = QCheckBox(tr(self.field.label))
            box.toggled.connect(self._changed)
            return box, box.isChecked, lambda value: box.setChecked(bool(value))
        if self.field.kind == "choice" or self.field.of_classes:
            combo = ChoiceField()
            combo.setSizeAdjustPolicy(
                ChoiceField.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(_CHOICE_LETTERS)
            for key, words in self.field.choices or (("", self.field.zero),):
                combo.addItem(tr(words), key)
            combo.currentIndexChanged.connect(self._changed)
            return combo, combo.currentData, partial(self._choose, combo)
        line = QLineEdit()
        line.textEdited.connect(self._changed)
        line.editingFinished.connect(self._tidy)
        zero = self.field.zero
        line.setPlaceholderText(zero)
        return (line, lambda: line.text() or ("0" if zero else ""),
                lambda value: line.setText("" if zero and value == 0 else _text(value)))

    def _choose(self, combo: ChoiceField, value: Value) -> None:
        if self.field.of_classes and combo.findData(value) < 0:
            combo.addItem(str(value), value)  # a class that is gone since, or not known yet
        combo.setCurrentIndex(combo.findData(value))

    def offer(self, names: Iterable[str]) -> None:
        """Let a field of classes choose among these; what was chosen stays."""
        combo = self.control
        wanted = list(names)
        if not self.field.of_classes or not isinstance(combo, ChoiceField) or wanted == [
                combo.itemText(place) for place in range(1, combo.count())]:
            return
        blocked = combo.blockSignals(True)
        while combo.count() > 1:
            combo.removeItem(1)
        for name in wanted:
            combo.addItem(name, name)
        self._choose(combo, self._value)
        combo.blockSignals(blocked)

    def _changed(self) -> None:
        try:
            value = self.field.check(self._read())
        except UsageError as error:
            # the form says the label above the control, so the field's key is not repeated
            self._tell(error.message.replace(f"{self.field.name} is ", "This is ", 1))
        else:
            self._value = value
            self._tell("")
        self.edited.emit()

    def _tidy(self) -> None:
        if not self.problem:
            self._write(self._value)

    def _tell(self, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        repolish(self.control, "invalid", "true" if problem else "false")


class SchemaForm(QWidget):
    """Edits the settings of a schema.

    Parameters
    ----------
    schema
        What can be set.
    values
        First values; the schema's defaults where a name is missing.
    more_text
        Words of the line that unfolds the advanced settings.
    parent
        Of the form.
    """

    changed = Signal(str)
    """(name) the person changed a setting; ask :meth:`is_valid` before using :meth:`values`."""

    def __init__(self, schema: Schema, values: Mapping[str, Any] | None = None, *,
                 more_text: str = "More", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.schema = schema
        self._more = FoldButton(more_text)
        self._advanced = QWidget()
        plain, folded = QVBoxLayout(self), QVBoxLayout(self._advanced)
        for layout in (plain, folded):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(tokens.SPACE_M)
        made = {field.name: self._added(field, plain) for field in schema if not field.advanced}
        plain.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        plain.addWidget(self._advanced)
        made |= {field.name: self._added(field, folded) for field in schema if field.advanced}
        self._editors = {field.name: made[field.name] for field in schema}
        self._more.setVisible(folded.count() > 0)
        self._more.fold(self._advanced)
        if values:
            self.set_values(values)

    def _added(self, field: Field, layout: QVBoxLayout) -> FieldEditor:
        # in its parent from the first: what gets another one is styled anew with all that is in it
        editor = FieldEditor(field, layout.parentWidget())
        editor.edited.connect(lambda: self.changed.emit(field.name))
        layout.addWidget(editor)
        return editor

    def offer_classes(self, names: Iterable[str]) -> None:
        """Let fields of classes choose among these."""
        for editor in self._editors.values():
            editor.offer(names)

    def editor(self, name: str) -> FieldEditor:
        """The editor of one setting."""
        return self._editors[name]

    def values(self) -> dict[str, Value]:
        """All settings; one that does not fit has the last value that did."""
        return {name: editor.value() for name, editor in self._editors.items()}

    def differences(self) -> dict[str, Value]:
        """The settings that differ from the schema's defaults."""
        return {name: value for name, value in self.values().items()
                if value != self.schema[name].default}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show ``values`` (others stay) without announcing them.

        Raises
        ------
        UsageError
            If one does not fit or has no field.
        """
        for name, value in self.schema.validate(values).items():
            if name in values:
                self._editors[name].set_value(value)

    def is_valid(self) -> bool:
        return not self.problem

    @property
    def problem(self) -> str:
        """What is wrong with the first figure that does not fit, with its title; "" for nothing."""
        return next((tr("“{title}”: {problem}", title=tr(item.field.label), problem=item.problem)
                     for item in self._editors.values() if item.problem), "")

    def reset(self) -> None:
        """Every setting back to its default, announced once with ""."""
        for editor in self._editors.values():
            editor.set_value(editor.field.default)
        self.changed.emit("")


def _text(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _range_words(field: Field) -> str:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        return tr("{low:g} to {high:g}", low=low, high=high)
    if low is not None:
        return tr("{low:g} or more", low=low)
    return tr("{high:g} or less", high=high) if high is not None else ""
