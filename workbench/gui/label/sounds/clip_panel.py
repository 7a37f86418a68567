"""The left panel: a filter, chips with counts, the list of clips, and a way to add some."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.gui.label.sounds.clip_filter import Chip, ClipFilter
from workbench.gui.label.sounds.clip_view import ClipView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, LinkButton, ProgressLine, column, label, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.filter_panel import FilterPanel

if TYPE_CHECKING:
    from workbench.project.session import Session

CHIPS = (("all", "All"), ("todo", "Unlabelled"))
HELP = ("Words that must all match: a part of the name, a class, a speaker, unlabelled, regions, "
        "problem")


class ClipPanel(FilterPanel):
    """Finds, lists and adds clips.

    Signals
    -------
    chosen
        (key) a person went to this clip.
    add_wanted
        Sound files should be chosen and copied in.
    labels_wanted
        Where labels come from should be shown.
    cancel_wanted
        What the progress is about shall be ended.
    menu_wanted
        (place on the screen) the context menu of the selected clips is asked for.
    """

    chosen = Signal(str)
    add_wanted = Signal()
    labels_wanted = Signal()
    cancel_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__("Filter clips…", HELP, CHIPS, parent)
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self.view = ClipView(theme, colors, self)
        self.add_button = IconButton("plus", "Add sound files", keys="Ctrl+Shift+O",
                                     side=tokens.SPACE_XL)
        self.labels_button = IconButton("settings", "Where labels come from",
                                        side=tokens.SPACE_XL)
        self._progress = ProgressLine()
        self._progress_text = label("", "caption")
        self._progress_box = QWidget()
        self.cancel_button = LinkButton("Cancel")
        self.cancel_button.clicked.connect(self.cancel_wanted)
        self._progress_box.setLayout(column(
            row(self._progress_text, 1, self.cancel_button), self._progress,
            spacing=tokens.SPACE_XS))
        self._progress_box.hide()
        self.arrange(self.view, (self.labels_button, self.add_button), (self._progress_box,))
        self._wire()

    def _wire(self) -> None:
        view = self.view
        view.chosen.connect(self.chosen)
        view.accepted.connect(self.accepted)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(view.viewport().mapToGlobal(point)))
        view.clips.modelReset.connect(self._show_state)
        self.add_button.clicked.connect(self.add_wanted)
        self.labels_button.clicked.connect(self.labels_wanted)

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """List the clips of another project."""
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._session = session
        self.view.thumbs.stop()
        sounds = session.sounds if session is not None else None
        self.view.clips.set_sounds(sounds)
        self.clear_filter()
        if sounds is not None:
            self._disconnect = [
                sounds.reset.connect(self.count),
                sounds.summary_changed.connect(lambda _key: self.count_soon()),
                sounds.finished.connect(self.count),
            ]
        self.count()

    def close_threads(self) -> None:
        self.view.thumbs.stop()

    def set_progress(self, text: str, fraction: float | None = None) -> None:
        """Show how far something is; "" takes it away."""
        self._progress_text.setText(text)
        self._progress.set_fraction(fraction)
        self._progress_box.setVisible(bool(text))

    # --- the filter -----------------------------------------------------------------------------

    def apply_filter(self) -> None:
        self.view.clips.set_filter(ClipFilter(self.field.text(), cast(Chip, self.chips.selected)))

    def count(self) -> None:
        session = self._session
        self.chips.set_count("all", len(session.sounds) if session is not None else 0)
        self.chips.set_count("todo", self.view.clips.todo_count())
        self._show_state()

    def _show_state(self) -> None:
        """Say why there is nothing to see, if there is nothing."""
        session = self._session
        if session is None or self.view.clips.rowCount():
            self.show_list()
            return
        if not len(session.sounds):
            words = ("Looking for sounds …" if session.sounds.scanning else
                     "No clips yet. Record some, or drop sound files here.")
        elif self.view.clips.filter == ClipFilter(chip="todo"):
            words = "Every clip is labelled."
        else:
            words = "No clip fits this filter."
        self.show_empty(words, clearable=len(session.sounds) > 0)
