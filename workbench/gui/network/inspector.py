"""The settings of what is chosen in the list."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from workbench.core.errors import UsageError
from workbench.core.schema import Field, Schema
from workbench.core.text import count, tr
from workbench.gui.network.controller import NetworkController
from workbench.gui.style import tokens
from workbench.gui.widgets import SchemaForm, SectionTitle, SidePanel, column, label, scrolling
from workbench.gui.widgets.layout import widget_of
from workbench.project.networks.layers import KINDS, Layer

_TITLE = Field("title", "text", "", "Name", "What it is called in Train.")


class Inspector(SidePanel):
    """A form for the chosen layer, or for the network where the image is chosen."""

    edited = Signal(str, object)
    """(name, value) a setting was changed to something that fits."""

    def __init__(self) -> None:
        super().__init__("left")
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH + tokens.SPACE_L)
        self._shown: tuple[Any, ...] = ()
        self.form: SchemaForm | None = None
        self._title = SectionTitle("")
        self._help = label("", "caption", wrap=True)
        self.problem = label("", "caption", "bad", wrap=True)
        self._holder = QVBoxLayout()
        inner = widget_of(column(self._help, self.problem, self._holder, 1, spacing=tokens.SPACE_M))
        edge = tokens.SPACE_M
        self.setLayout(column(self._title, scrolling(inner), margins=(edge, edge, edge, edge)))

    def show_chosen(self, controller: NetworkController, typed: bool) -> None:
        """Show what is chosen; what is being typed stays as it is."""
        layer = controller.layer
        schema, values = _fields(controller)
        shown = (controller.path, controller.row, layer.kind if layer else "",
                 tuple(f.name for f in schema))
        step = controller.report.steps[controller.row - 1] if controller.row else None
        kind = KINDS.get(layer.kind) if layer is not None else None
        if layer is None:
            title = tr("Classes") if controller.row else tr("Network")
            help_ = tr("A dense layer with a number for each class follows by itself: {classes} "
                       "now.", classes=count(controller.classes, "class"))
            help_ = help_ if controller.row else tr(controller.design.kind.help)
        else:
            title, help_ = tr(kind.title if kind else layer.kind), tr(kind.help if kind else "")
        self._title.set_text(title)
        self._say(self._help, help_)
        problem = controller.report.problem if step is None else step.problem
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


def _fields(controller: NetworkController) -> tuple[Schema, dict[str, Any]]:
    """What can be set of the chosen row, and how it is set; what does not fit is left out."""
    layer = controller.layer
    if layer is not None:
        kind = KINDS.get(layer.kind)
        if kind is None:
            return Schema(), {}
        fitting = _fitting(kind.settings, layer)
        schema = Schema(*kind.shown({**kind.settings.defaults(), **fitting}))
        return schema, {name: value for name, value in fitting.items() if name in schema}
    if controller.row:
        return Schema(), {}
    settings = controller.design.kind.settings
    values = _fitting(settings, Layer("", controller.design.values))
    return Schema(_TITLE, *settings), {"title": controller.design.title, **values}


def _fitting(schema: Schema, layer: Layer) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in layer.values.items():
        if name in schema:
            try:
                found[name] = schema[name].check(value)
            except UsageError:
                continue
    return found
