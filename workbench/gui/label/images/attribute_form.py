"""The attributes that a project asks of its objects, as a small form for the selected ones, and
those of the image as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QWidget

from workbench.core.attributes import Attribute
from workbench.core.text import tr
from workbench.formats.voc_outlines import attribute_text, attribute_value
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.number_field import NumberField
from workbench.gui.style import tokens
from workbench.gui.widgets import clear_layout, label
from workbench.gui.widgets.inputs import ChoiceField

Value = str | float | bool
_SEVERAL = "several"  # where objects differ


class _TextField(QLineEdit):
    """A line of text; Enter or leaving takes it over, Escape brings the old one back."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.undo()
            self.setModified(False)
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setCursorPosition(0)


class AttributeForm(QWidget):
    """A line for each attribute; each change is one edit of all selected objects."""

    def __init__(self, editor: Editor) -> None:
        super().__init__()
        self._editor = editor
        self._set: Callable[[str, Value], bool] = editor.set_attribute
        self._shown: Sequence[Attribute] = ()
        self.controls: dict[str, QWidget] = {}
        """By name of the attribute."""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(tokens.SPACE_S)
        self._grid.setVerticalSpacing(tokens.SPACE_XS)
        self._grid.setColumnStretch(1, 1)
        self.hide()

    @property
    def names(self) -> set[str]:
        """The attributes that have a line."""
        return {attribute.name for attribute in self._shown}

    def refresh(self) -> bool:
        """Show what the selected objects have; whether there are other lines for it now."""
        wanted = self._wanted()
        others = wanted != self._shown
        if others:
            self._make(wanted)
        self.setVisible(bool(wanted))
        for attribute in wanted:
            self._show(attribute, self._values(attribute.name))
        return others

    def _wanted(self) -> list[Attribute]:
        return self._editor.attributes() if self._editor.selection else []

    def _values(self, name: str) -> list[Value]:
        """What the selected objects have, each once."""
        return list(dict.fromkeys(item.attributes.get(name, False)
                                  for item in self._editor.selected))

    def _make(self, attributes: Sequence[Attribute]) -> None:
        clear_layout(self._grid)
        self._shown = attributes
        self.controls = {}
        for line, attribute in enumerate(attributes):
            control = self.controls[attribute.name] = self._control(attribute)
            control.setAccessibleName(attribute.name)
            control.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            if attribute.kind == "flag":
                self._grid.addWidget(control, line, 0, 1, 2)
            else:
                name = label(attribute.name, "caption")
                name.setBuddy(control)
                self._grid.addWidget(name, line, 0)
                self._grid.addWidget(control, line, 1)

    def _control(self, attribute: Attribute) -> QWidget:
        name = attribute.name
        if attribute.kind == "flag":
            box = QCheckBox(name)
            box.clicked.connect(lambda: self._set(
                name, box.checkState() is Qt.CheckState.Checked))
            return box
        if attribute.kind == "choice":
            combo = ChoiceField()
            combo.activated.connect(lambda _at: self._set(
                name, attribute_value(combo.currentText()) if combo.currentIndex() else False))
            return combo
        if attribute.kind == "number":
            number = NumberField(name, name, attribute_text, empty=tr("none"))
            number.entered.connect(
                lambda value: self._set(name, False if value is None else value))
            return number
        field = _TextField()
        field.editingFinished.connect(lambda: self._typed(name, field))
        return field

    def _typed(self, name: str, field: QLineEdit) -> None:
        if field.isModified():
            field.setModified(False)
            text = " ".join(field.text().split())
            self._set(name, attribute_value(text) if text else False)

    def _show(self, attribute: Attribute, values: Sequence[Value]) -> None:
        """Show what the selected objects have; ``values`` are those that differ."""
        control, one = self.controls[attribute.name], values[0]
        same = len(values) == 1
        text = attribute_text(one) if same and one is not False else ""
        control.setEnabled(self._editor.editable)
        if isinstance(control, QCheckBox):
            control.setTristate(not same)
            control.setCheckState(
                Qt.CheckState.PartiallyChecked if not same
                else Qt.CheckState.Checked if one is not False else Qt.CheckState.Unchecked)
        elif isinstance(control, ChoiceField):
            control.clear()
            others = [text] if text and text not in attribute.choices else []
            control.addItems(["–", *attribute.choices, *others])
            control.setPlaceholderText(tr(_SEVERAL))
            control.setCurrentIndex(control.findText(text) if text else 0 if same else -1)
        elif isinstance(control, NumberField):
            if not control.hasFocus() or not control.isModified():
                # not a flag; of COCO, 5 is a whole number
                control.set_value(float(one) if same and type(one) in (int, float) else None)
                control.setPlaceholderText(tr("none") if same else tr(_SEVERAL))
        elif isinstance(control, QLineEdit) and not (control.hasFocus() and control.isModified()):
            control.setText(text)
            control.setCursorPosition(0)
            control.setPlaceholderText("" if same else tr(_SEVERAL))


class ImageForm(AttributeForm):
    """A line for each attribute of the image as a whole."""

    def __init__(self, editor: Editor) -> None:
        super().__init__(editor)
        self._set = editor.set_image_attribute

    def _wanted(self) -> list[Attribute]:
        return self._editor.image_attributes()

    def _values(self, name: str) -> list[Value]:
        return [self._editor.of_image.get(name, False)]
