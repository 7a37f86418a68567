"""What the place shows while there is no run to look at."""

from __future__ import annotations

from workbench.gui.app.task import DETECTION, SOUNDS
from workbench.gui.widgets import EmptyState


def first_run_page() -> EmptyState:
    """Labels are there, and nothing was trained yet."""
    return EmptyState(
        "train", "Train a model on your labels",
        "Press Train, or Ctrl+Enter: what is chosen at the left is a good start. You will see "
        "here how the loss falls and what the model finds.",
    )


_NO_LABELS = {
    DETECTION: ("First label a few images", "A model learns from boxes. Draw some in Images; "
                "twenty images are enough to try.", "Go to Images"),
    SOUNDS: ("First label a few clips", "A model learns from clips of at least two classes. Label "
             "some in Audio; twenty of each are enough to try.", "Go to Audio"),
}
PLACES = {DETECTION: "images", SOUNDS: "audio"}
"""Where labels are made for each task."""


def no_labels_page() -> EmptyState:
    """Nothing is labelled; see :func:`show_no_labels`."""
    page = EmptyState("tag", "", "", "Go to Images", button_icon="tag")
    show_no_labels(page, DETECTION)
    return page


def show_no_labels(page: EmptyState, task: str) -> None:
    """Say what is to be labelled for ``task``."""
    page.set_text(*_NO_LABELS[task])


def no_project_page() -> EmptyState:
    """No folder is open."""
    return EmptyState(
        "folder-open", "No folder is open",
        "Open a folder of images or sounds with their labels, then train a model on it.",
        "Open a folder", button_icon="folder-open",
    )
