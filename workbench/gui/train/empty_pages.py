"""What the place shows while there is no run to look at."""

from __future__ import annotations

from workbench.core.text import tr
from workbench.gui.widgets import EmptyState

FRAMES_FIRST = (
    "First write frames as images", "A model learns from images. In Videos, “Frames as images…” "
    "writes frames of your videos with the boxes of their tracks; about ten are enough to try.",
    "Go to Videos")
"""Title, text and button where there are videos alone."""


def first_run_page() -> EmptyState:
    """Labels are there, and nothing was trained yet."""
    return EmptyState(
        "train", tr("Train a model on your labels"),
        tr("Press Train: what is chosen at the left is a good start. You will see "
           "here how the loss falls and what the model finds."),
    )


def no_labels_page() -> EmptyState:
    """Nothing is labelled; the task says what is to be done."""
    return EmptyState("tag", "", "", tr("Label"), button_icon="tag")


def no_project_page() -> EmptyState:
    """No folder is open."""
    return EmptyState(
        "folder-open", tr("No folder is open"),
        tr("Open a folder of images or sounds with their labels, then train a model on it."),
        tr("Open a folder"), button_icon="folder-open",
    )
