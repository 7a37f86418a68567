"""The page in Results for classes of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from workbench.gui.shell.places import PlaceWidget
from workbench.gui.widgets import EmptyState

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext


class ImageClassResults(PlaceWidget):
    """Says how the results are seen in a terminal."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.addWidget(EmptyState(
            "results", "Results of image classes are told in a terminal",
            "“workbench evaluate FOLDER” prints the accuracy, every class and the confusion "
            "matrix; with “--report FILE.html” it writes them with the surest mistakes.",
        ))
