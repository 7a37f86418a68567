"""Widgets that every place is made of; they know nothing about projects or models."""

from importlib import import_module
from typing import TYPE_CHECKING

from workbench.gui.widgets.buttons import (
    Chip,
    ChipGroup,
    FoldButton,
    IconButton,
    LinkButton,
    PrimaryButton,
    QuietButton,
)
from workbench.gui.widgets.labels import ElidedLabel, KeyHint, MetricLabel, StatusDot, label
from workbench.gui.widgets.layout import (
    FlowLayout,
    clear_layout,
    column,
    in_reading_order,
    keep_room,
    repolish,
    row,
    widget_of,
)
from workbench.gui.widgets.progress import ProgressLine
from workbench.gui.widgets.surfaces import (
    Card,
    EmptyState,
    Popup,
    PopupWindow,
    SectionTitle,
    SidePanel,
    scroll,
    scrolling,
)

if TYPE_CHECKING:
    from workbench.gui.widgets.form import SchemaForm
    from workbench.gui.widgets.inputs import LabeledSlider, SearchField
    from workbench.gui.widgets.messages import MessageBar

__all__ = [
    "Card", "Chip", "ChipGroup", "ElidedLabel", "EmptyState", "FlowLayout", "FoldButton",
    "IconButton", "KeyHint", "LabeledSlider", "LinkButton", "MessageBar", "MetricLabel",
    "Popup", "PopupWindow", "PrimaryButton", "ProgressLine", "QuietButton", "SchemaForm",
    "SearchField", "SectionTitle", "SidePanel", "StatusDot", "clear_layout", "column",
    "in_reading_order", "keep_room", "label", "repolish", "row", "scroll", "scrolling",
    "widget_of",
]


_LATER = {"SchemaForm": "form", "MessageBar": "messages",
          "LabeledSlider": "inputs", "SearchField": "inputs"}
"""Widgets whose modules are loaded when they are asked for: the first paint does without."""


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f"workbench.gui.widgets.{_LATER[name]}"), name)
