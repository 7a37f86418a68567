"""What the place shows while there is no run to look at."""

from __future__ import annotations

from workbench.gui.widgets import EmptyState


def first_run_page() -> EmptyState:
    """Labels are there, and nothing was trained yet."""
    return EmptyState(
        "train", "Train a model on your labels",
        "Press Train, or Ctrl+Enter: what is chosen at the left is a good start. You will see "
        "here how the loss falls and what the model finds.",
    )


def no_labels_page() -> EmptyState:
    """No image has a box."""
    return EmptyState(
        "images", "First label a few images",
        "A model learns from boxes. Draw some in Images; twenty images are enough to try.",
        "Go to Images", button_icon="box",
    )


def no_project_page() -> EmptyState:
    """No folder is open."""
    return EmptyState(
        "folder-open", "No folder is open",
        "Open a folder of images with their labels, then train a model on it.",
        "Open a folder", button_icon="folder-open",
    )
