"""Widgets that every place is made of; they know nothing about projects or models."""

from typing import TYPE_CHECKING

from workbench.gui.widgets.buttons import (
    Chip,
    ChipGroup,
    IconButton,
    LinkButton,
    PrimaryButton,
    QuietButton,
)
from workbench.gui.widgets.inputs import LabeledSlider, SearchField
from workbench.gui.widgets.labels import ElidedLabel, KeyHint, MetricLabel, StatusDot, label
from workbench.gui.widgets.layout import FlowLayout, column, repolish, row
from workbench.gui.widgets.messages import MessageBar, Toast
from workbench.gui.widgets.progress import ProgressLine
from workbench.gui.widgets.surfaces import (
    Card,
    EmptyState,
    Popup,
    SectionTitle,
    Separator,
    SidePanel,
    scrolling,
)

if TYPE_CHECKING:
    from workbench.gui.widgets.form import SchemaForm

__all__ = [
    "Card", "Chip", "ChipGroup", "ElidedLabel", "EmptyState", "FlowLayout", "IconButton",
    "KeyHint", "LabeledSlider", "LinkButton", "MessageBar", "MetricLabel", "Popup",
    "PrimaryButton", "ProgressLine", "QuietButton", "SchemaForm", "SearchField", "SectionTitle",
    "Separator", "SidePanel", "StatusDot", "Toast", "column", "label", "repolish", "row",
    "scrolling",
]


def __getattr__(name: str) -> object:
    """Load the form when it is asked for: the first paint does without."""
    if name == "SchemaForm":
        from workbench.gui.widgets.form import SchemaForm

        return SchemaForm
    raise AttributeError(name)
