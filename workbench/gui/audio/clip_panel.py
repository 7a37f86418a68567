"""The left panel: a filter, chips with counts, the list of clips, and a way to add some."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from workbench.gui import tokens
from workbench.gui.audio.clip_filter import Chip, ClipFilter
from workbench.gui.audio.clip_view import ClipView
from workbench.gui.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    IconButton,
    LinkButton,
    ProgressLine,
    SearchField,
    SidePanel,
    column,
    label,
    row,
)
from workbench.gui.widgets.class_colors import ClassColors

if TYPE_CHECKING:
    from workbench.project.session import Session

TYPING_MS = 120
COUNT_MS = 100


class ClipPanel(SidePanel):
    """Finds, lists and adds clips.

    Signals
    -------
    chosen
        (key) a person went to this clip.
    accepted
        Enter was pressed in the list.
    add_wanted
        Sound files should be chosen and copied in.
    labels_wanted
        Where labels come from should be shown.
    menu_wanted
        (place on the screen) the context menu of the selected clips is asked for.
    """

    chosen = Signal(str)
    accepted = Signal()
    add_wanted = Signal()
    labels_wanted = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, colors: ClassColors, parent: QWidget | None = None) -> None:
        super().__init__("right", parent)
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self.view = ClipView(theme, colors, self)
        self.field = SearchField("Filter clips…")
        self.field.setToolTip("Words that must all hold: a part of the name, a class, a speaker, "
                              "unlabelled, regions, problem")
        self.chips = ChipGroup()
        self.chips.add("all", "All", 0)
        self.chips.add("todo", "Unlabelled", 0)
        self.add_button = IconButton("plus", "Add sound files", keys="Ctrl+Shift+O",
                                     side=tokens.SPACE_XL)
        self.labels_button = IconButton("settings", "Where labels come from",
                                        side=tokens.SPACE_XL)
        self._empty = label("", tone="soft", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._clear = LinkButton("Clear the filter")
        self._progress = ProgressLine()
        self._progress_text = label("", "caption")
        self._progress_box = QWidget()
        self._progress_box.setLayout(column(self._progress_text, self._progress,
                                            spacing=tokens.SPACE_XS))
        self._progress_box.hide()
        self._arrange()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._apply)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._counting.timeout.connect(self._count)
        self._wire()

    def _arrange(self) -> None:
        empty = QWidget()
        empty.setLayout(column(
            self._empty, self._clear, 1,
            margins=(tokens.SPACE_L, tokens.SPACE_XL, tokens.SPACE_L, tokens.SPACE_L)))
        cast(QVBoxLayout, empty.layout()).setAlignment(self._clear, Qt.AlignmentFlag.AlignHCenter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(empty)
        line = row(self.chips, self.labels_button, self.add_button, spacing=tokens.SPACE_XS)
        line.setStretch(0, 1)
        edge = tokens.SPACE_M
        head = column(self.field, line, self._progress_box,
                      margins=(edge, edge, edge, tokens.SPACE_XS))
        self.setLayout(column(head, self._stack, spacing=tokens.SPACE_XS,
                              margins=(0, 0, 0, tokens.SPACE_XS)))
        cast(QVBoxLayout, self.layout()).setStretch(1, 1)

    def _wire(self) -> None:
        view = self.view
        view.chosen.connect(self.chosen)
        view.accepted.connect(self.accepted)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(
            lambda point: self.menu_wanted.emit(view.viewport().mapToGlobal(point)))
        view.clips.modelReset.connect(self._show_empty)
        self.add_button.clicked.connect(self.add_wanted)
        self.labels_button.clicked.connect(self.labels_wanted)
        self._clear.clicked.connect(self.clear_filter)
        self.field.textChanged.connect(lambda: self._typing.start())
        self.field.returnPressed.connect(self._apply_now)
        self.field.left.connect(self.accepted)
        self.chips.changed.connect(lambda _: self._apply())

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
        if sounds is not None:
            self._disconnect = [
                sounds.reset.connect(self._count),
                sounds.summary_changed.connect(lambda _key: self._counting.start()),
                sounds.finished.connect(self._count),
            ]
        self._count()

    def close_threads(self) -> None:
        self.view.thumbs.stop()

    def set_progress(self, text: str, fraction: float | None = None) -> None:
        """Show how far something is; "" takes it away."""
        self._progress_text.setText(text)
        self._progress.set_fraction(fraction)
        self._progress_box.setVisible(bool(text))

    # --- the filter -----------------------------------------------------------------------------

    def set_filter(self, text: str) -> None:
        """Show what ``text`` chooses, as if it had been typed."""
        self.field.setText(text)
        self._apply_now()

    def clear_filter(self) -> None:
        self.field.clear()
        self.chips.select("all")
        self._apply_now()

    def _apply_now(self) -> None:
        self._typing.stop()
        self._apply()

    def _apply(self) -> None:
        self.view.clips.set_filter(ClipFilter(self.field.text(), cast(Chip, self.chips.selected)))

    def _count(self) -> None:
        session = self._session
        self.chips.set_count("all", len(session.sounds) if session is not None else 0)
        self.chips.set_count("todo", self.view.clips.todo_count())
        self._show_empty()

    def _show_empty(self) -> None:
        """Say why there is nothing to see, if there is nothing."""
        session = self._session
        nothing = session is not None and not self.view.clips.rowCount()
        self._stack.setCurrentIndex(1 if nothing else 0)
        if session is None or not nothing:
            return
        self._clear.setVisible(len(session.sounds) > 0)
        if not len(session.sounds):
            self._empty.setText("Looking for sounds …" if session.sounds.scanning else
                                "No clips yet. Record some, or drop sound files here.")
        elif self.view.clips.filter == ClipFilter(chip="todo"):
            self._empty.setText("Every clip is labelled.")
        else:
            self._empty.setText("No clip fits this filter.")
