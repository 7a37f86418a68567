"""The selected boxes: their class, their marks and their exact place."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.core.annotation import Attributes, LabeledObject
from workbench.core.dots import is_dot
from workbench.core.outlines import Polygon, RotatedBox
from workbench.core.shapes import Box
from workbench.core.text import count, tr
from workbench.formats.voc_outlines import attribute_text
from workbench.gui.label.images.attribute_form import AttributeForm
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.geometry import is_box, number
from workbench.gui.label.images.outlines import shape_words
from workbench.gui.label.images.real_sizes import shape_size_words
from workbench.gui.label.images.shape_editor import Flag
from workbench.gui.label.number_field import NumberField
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    SectionTitle,
    column,
    in_reading_order,
    label,
    repolish,
    row,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ChoiceField, Slider
from workbench.gui.widgets.labels import swatch_icon

_SIDES = (("Left", 0), ("Top", 1), ("Right", 2), ("Bottom", 3))
_FLAGS: tuple[tuple[Flag, str], ...] = (("truncated", "Truncated"), ("difficult", "Difficult"),
                                      ("occluded", "Occluded"))


SIMPLIFY_STEPS, SIMPLIFY_MOST = 48, 12.0
"""Steps of the slider, and the pixels at its end."""


_NEW = "new"  # what the last entry of the classes holds
ATTRIBUTES_SHOWN = 68
"""Characters of the free attributes of an object that are shown; the tool tip has them all."""


def attribute_words(attributes: Attributes, elsewhere: Iterable[str] = ()) -> str:
    """ "night · colour: red", without what is shown ``elsewhere`` or has a chip of its own."""
    own = {*elsewhere, *(flag for flag, _ in _FLAGS)}
    said = ((name, value) for name, value in attributes.items() if name not in own)
    return " · ".join(name if value is True else f"{name}: {attribute_text(value)}"
                      for name, value in said)


class CoordinateField(NumberField):
    """A pixel coordinate of one edge."""

    def __init__(self, edge: str) -> None:
        words = tr("{name} edge in pixels", name=edge)
        super().__init__(words, words, number)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("00000") + 2 * tokens.SPACE_S + 4)


class SelectedPanel(QWidget):
    """Shows and changes what is selected; hidden while nothing is."""

    refused = Signal(str)
    """(sentence) why something was not done."""
    new_class_wanted = Signal()
    """A person wants to type a class that is not there yet."""

    def __init__(self, editor: Editor, colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._colors = colors
        self.classes = ChoiceField()
        self.classes.setAccessibleName(tr("Class of the selected boxes"))
        self.classes.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.classes.activated.connect(self._relabel)
        self.flags = ChipGroup(exclusive=False)
        for flag, text in _FLAGS:
            chip = self.flags.add(flag, text)
            chip.clicked.connect(lambda checked, flag=flag: self._editor.set_flag(flag, checked))
        self.fields = [CoordinateField(name) for name, _ in _SIDES]
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.SPACE_S)
        grid.setVerticalSpacing(tokens.SPACE_XS)
        for line, name in enumerate("xy"):  # "x 239 → 510" above "y 253 → 470"
            for place, item in enumerate((label(name, "caption"), self.fields[line],
                                          label("→", "caption"), self.fields[line + 2])):
                grid.addWidget(item, line, place)
        for side, field in enumerate(self.fields):
            field.entered.connect(lambda value, side=side: self._move_edge(side, value))
        self._grid = widget_of(grid)
        self.size_label = label("", "caption", wrap=True)
        self.form = AttributeForm(editor)
        self._simplify_row = self._with_simplify()
        self.title = SectionTitle(tr("Selected"))
        edge = tokens.SPACE_L
        self.setLayout(column(
            self.title, self.classes, self.flags, self._grid, row(self.size_label, 1),
            self.form, self._simplify_row,
            margins=(edge, 0, edge, 0)))
        editor.selection_changed.connect(self.refresh)
        editor.sample_changed.connect(self.refresh)
        editor.objects_changed.connect(self.refresh)
        editor.scale_changed.connect(self.refresh)
        colors.changed.connect(self._fill)
        self._fill()

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.classes, *(self.flags[flag] for flag, _ in _FLAGS), *self.fields[::2],
                *self.fields[1::2], *self.form.controls.values(), self.simplify]

    def _with_simplify(self) -> QWidget:
        """The slider that takes points out of a polygon."""
        self.simplify = Slider()
        self.simplify.setRange(0, SIMPLIFY_STEPS)
        self.simplify.setAccessibleName(tr("Simplify the polygon"))
        self.simplify.setToolTip(tr("Fewer points: how far the line may move, up to 12 pixels"))
        self.simplify.valueChanged.connect(self._simplify)
        self.simplify.sliderReleased.connect(lambda: self._simplify(self.simplify.value()))
        return widget_of(row(label(tr("Simplify"), "caption"), self.simplify))

    # --- showing --------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the selection."""
        selected = self._editor.selected
        self.setVisible(bool(selected))
        if not selected:
            return
        editable = self._editor.editable
        polygon = len(selected) == 1 and isinstance(selected[0].shape, Polygon)
        self._simplify_row.setVisible(polygon)
        for widget in (self.classes, self.flags, self._grid, self._simplify_row):
            widget.setEnabled(editable)
        store = self._editor.session.store if self._editor.session is not None else None
        self.flags.setVisible(store is None or bool(store.holds.attributes))
        if self.form.refresh():
            in_reading_order(self.stops)
        names = {item.label for item in selected}
        place = self.classes.findText(selected[0].label) if len(names) == 1 else -1
        self.classes.setPlaceholderText(tr("Several classes") if len(names) > 1 else "")
        self.classes.setCurrentIndex(place)
        for flag, _ in _FLAGS:
            self.flags[flag].setChecked(all(item.attributes.get(flag) for item in selected))
        one = len(selected) == 1
        self._grid.setVisible(one)
        self.title.set_right("" if one else f"{len(selected):,}")
        if one:
            for field, value in zip(self.fields, selected[0].box, strict=True):
                if not field.hasFocus() or not field.isModified():
                    field.set_value(value)
            shape = selected[0].shape
            words, size = shape_words(shape), _size_words(selected[0])
            self._grid.setVisible(not words)  # the edges of a polygon are no four numbers
            known = self._editor.scale
            real = shape_size_words(shape, known.size) \
                if known is not None and not is_dot(shape) else ""
            said = attribute_words(selected[0].attributes, self.form.names)
            short = said if len(said) <= ATTRIBUTES_SHOWN else f"{said[:ATTRIBUTES_SHOWN - 1]}…"
            self.size_label.setText("\n".join(line for line in (words, size, real, short)
                                              if line))
            self.size_label.setToolTip(said)
        else:
            self.size_label.setText(tr("{objects} selected",
                                       objects=count(len(selected), "object")))

    def _simplify(self, value: int) -> None:
        """Show what fewer points look like; when the slider is let go, that is an edit."""
        held = self.simplify.isSliderDown()
        if not value and not held:
            return
        self._editor.simplify_to(value * SIMPLIFY_MOST / SIMPLIFY_STEPS, done=not held)
        if held:
            preview = self._editor.preview
            self.size_label.setText(shape_words(preview) if preview is not None else "")
        else:
            self.simplify.setValue(0)

    def _fill(self) -> None:
        """Offer the classes, each with its colour."""
        session = self._editor.session
        names = session.classes.names if session is not None else ()
        self.classes.clear()
        for name in names:
            self.classes.addItem(swatch_icon(self._colors.color(name)), name)
        self.classes.insertSeparator(len(names))
        self.classes.addItem(tr("New class…"), _NEW)
        self.refresh()

    # --- changing -------------------------------------------------------------------------------

    def _relabel(self, index: int) -> None:
        if self.classes.itemData(index) == _NEW:
            self.refresh()  # it is no class that could be shown
            self.new_class_wanted.emit()
        else:
            name = self.classes.itemText(index)
            self._editor.relabel(name)
            self._editor.set_current_class(name)

    def _move_edge(self, side: int, value: float) -> None:
        """Put one edge of the selected box to ``value``; it stays on the image and a box."""
        index = self._editor.active
        if index is None or len(self._editor.selection) != 1:
            return
        before = self._editor.objects[index].box
        edges = list(before)
        edges[side] = value
        box = Box(*edges).clipped(self._editor.size)
        if not is_box(box) or edges[0] > edges[2] or edges[1] > edges[3]:
            self.refused.emit(tr("The box would be turned over or too small."))
            repolish(self.fields[side], "invalid", "true")
            return
        self.fields[side].setModified(False)
        if not self._editor.set_boxes({index: box}, "resize"):
            self.fields[side].set_value(before[side])


def _size_words(item: LabeledObject) -> str:
    """ "41 × 87 px"; of a dot its place."""
    if is_dot(item.shape):
        x, y = item.shape.points[0]
        return tr("at {x}, {y} px", x=number(x), y=number(y))
    sides = item.shape if isinstance(item.shape, RotatedBox) else item
    return f"{number(sides.width)} × {number(sides.height)} px"
