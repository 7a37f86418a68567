"""The settings of what is chosen in the list."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.errors import UsageError
from workbench.core.schema import Field, Schema
from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.widgets import SchemaForm, SectionTitle, SidePanel, column, label, scrolling
from workbench.tasks.image_classification.design.layers import KINDS, Layer
from workbench.tasks.image_classification.design.network import SETTINGS
from workbench.tasks.image_classification.window.network.desk import NetworkDesk

_TITLE = Field("title", "text", "", "Name", "What it is called in Train.")


class Inspector(SidePanel):
    """A form for the chosen layer, or for the network where the image is chosen.

    Signals
    -------
    edited
        (name, value) a setting was changed to something that fits.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__("left")
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH + tokens.SPACE_L)
        self._shown: tuple[Any, ...] = ()
        self.form: SchemaForm | None = None
        self._title = SectionTitle("")
        self._help = label("", "caption", wrap=True)
        self.problem = label("", "caption", "bad", wrap=True)
        self._holder = QVBoxLayout()
        inner = QWidget()
        inner.setLayout(column(self._help, self.problem, self._holder, 1, spacing=tokens.SPACE_M))
        edge = tokens.SPACE_M
        self.setLayout(column(self._title, scrolling(inner), margins=(edge, edge, edge, edge)))

    def show_chosen(self, desk: NetworkDesk, typed: bool) -> None:
        """Show what is chosen; what is being typed stays as it is."""
        layer = desk.layer
        schema, values = _fields(desk)
        shown = (desk.path, desk.row, layer.kind if layer else "", tuple(f.name for f in schema))
        step = desk.report.steps[desk.row - 1] if desk.row else None
        kind = KINDS.get(layer.kind) if layer is not None else None
        if layer is None:
            title = tr("Classes") if desk.row else tr("Network")
            help_ = tr("A dense layer with a number for each class follows by itself: {classes} "
                       "now.", classes=count(desk.classes, "class")) if desk.row else ""
        else:
            title, help_ = tr(kind.title if kind else layer.kind), tr(kind.help if kind else "")
        self._title.set_text(title)
        self._say(self._help, help_)
        problem = desk.report.problem if step is None else step.problem
        self._say(self.problem, f"{problem[:1].upper()}{problem[1:]}." if problem else "")
        if not typed or shown != self._shown:
            self._shown = shown
            self._replace(schema, values)

    def _say(self, where: Any, text: str) -> None:
        where.setText(text)
        where.setVisible(bool(text))

    def _replace(self, schema: Schema, values: dict[str, Any]) -> None:
        if self.form is not None:
            self._holder.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
        self.form = form = SchemaForm(schema, values, more_text=tr("More"))
        form.changed.connect(self._changed)
        self._holder.addWidget(form)

    def _changed(self, name: str) -> None:
        assert self.form is not None
        editor = self.form.editor(name)
        if not editor.problem:
            self.edited.emit(name, editor.value())


def _fields(desk: NetworkDesk) -> tuple[Schema, dict[str, Any]]:
    """What can be set of the chosen row, and how it is set; what does not fit is left out."""
    layer = desk.layer
    if layer is not None:
        kind = KINDS.get(layer.kind)
        if kind is None:
            return Schema(), {}
        fitting = _fitting(kind.settings, layer)
        schema = Schema(*kind.shown({**kind.settings.defaults(), **fitting}))
        return schema, {name: value for name, value in fitting.items() if name in schema}
    if desk.row:
        return Schema(), {}
    values = _fitting(SETTINGS, Layer("", desk.design.values))
    return Schema(_TITLE, *SETTINGS), {"title": desk.design.title, **values}


def _fitting(schema: Schema, layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in layer.values.items():
        if name in schema:
            try:
                found[name] = schema[name].check(value)
            except UsageError:
                continue
    return found
