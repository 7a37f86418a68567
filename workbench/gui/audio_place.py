"""The Audio place, which says honestly that sounds are not handled yet."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout

from workbench.gui.context import AppContext
from workbench.gui.places import PlaceWidget
from workbench.gui.widgets.surfaces import EmptyState


class AudioPlace(PlaceWidget):
    """Nothing to do here yet; offers the way to what works."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        empty = EmptyState(
            "audio", "Sounds come next",
            "This place is for labelling recordings on a waveform and a spectrogram, and for "
            "training on them. It is not built yet. Pictures are ready to work with.",
            "Go to Images", button_icon="images",
        )
        empty.clicked.connect(lambda: context.go("images"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(empty)
