"""The left panel: a filter, chips with counts, and the list of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from workbench.core.errors import WorkbenchError
from workbench.gui import tokens
from workbench.gui.images.media_filter import Chip, MediaFilter
from workbench.gui.images.media_view import MediaView
from workbench.gui.theme import Theme
from workbench.gui.thumbnails import ThumbnailLoader
from workbench.gui.widgets import (
    ChipGroup,
    LinkButton,
    SearchField,
    SidePanel,
    column,
    label,
)
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from workbench.project.session import Session

TYPING_MS = 120
"""A filter is applied when typing rests for so long."""
COUNT_MS = 100


class MediaPanel(SidePanel):
    """Finds and lists images.

    Signals
    -------
    chosen
        (key) a person went to this image.
    accepted
        Enter was pressed in the list.
    menu_wanted
        (key, place on the screen) the context menu of an image is asked for.
    """

    chosen = Signal(str)
    accepted = Signal()
    menu_wanted = Signal(str, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("right", parent)
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._loader: ThumbnailLoader | None = None
        self.view = MediaView(theme, self)  # never for a moment a window of its own
        self.field = SearchField("Filter: class, name, unlabelled …")
        self.field.setToolTip(
            "Words that must all hold: a class, a part of the name, unlabelled, verified, "
            "problem, or a number of boxes such as >20"
        )
        self.chips = ChipGroup()
        for id, text in (("all", "All"), ("todo", "To do"), ("verified", "Verified")):
            self.chips.add(id, text, 0)
        self._empty = label("", tone="soft", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._clear = LinkButton("Clear the filter")
        self._clear.clicked.connect(self.clear_filter)
        empty = QWidget()
        empty.setLayout(column(
            self._empty, self._clear, 1,
            margins=(tokens.SPACE_L, tokens.SPACE_XL, tokens.SPACE_L, tokens.SPACE_L)))
        middle = cast(QVBoxLayout, empty.layout())
        middle.setAlignment(self._clear, Qt.AlignmentFlag.AlignHCenter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(empty)
        head = column(self.field, self.chips, margins=(tokens.SPACE_M, tokens.SPACE_M,
                                                       tokens.SPACE_M, tokens.SPACE_XS))
        self.setLayout(column(head, self._stack, spacing=tokens.SPACE_XS,
                              margins=(0, 0, 0, tokens.SPACE_XS)))
        cast(QVBoxLayout, self.layout()).setStretch(1, 1)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._apply)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._counting.timeout.connect(self._count)
        self._wire()

    def _wire(self) -> None:
        view = self.view
        view.chosen.connect(self.chosen)
        view.accepted.connect(self.accepted)
        view.seen_changed.connect(self._look_at_seen)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.media.modelReset.connect(self._show_empty)
        view.media.rowsInserted.connect(self._show_empty)
        self.field.textChanged.connect(lambda: self._typing.start())
        self.field.returnPressed.connect(self._apply_now)
        self.field.left.connect(self.accepted)
        self.chips.changed.connect(lambda _: self._apply())

    # --- the project ----------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """List the images of another project."""
        for disconnect in self._disconnect:
            disconnect()
        self._disconnect.clear()
        self._session = session
        self._replace_loader(session)
        self.view.delegate.forget()
        self.view.media.set_session(session)
        if session is not None:
            later = self._counting.start
            self._disconnect = [
                session.index.reset.connect(self._count),
                session.index.appended.connect(lambda _first, _last: later()),
                session.index.summary_changed.connect(lambda _key: later()),
                session.index.finished.connect(self._count),
            ]
        self._count()

    def close_threads(self) -> None:
        """The program ends."""
        self._replace_loader(None)

    def _replace_loader(self, session: Session | None) -> None:
        if self._loader is not None:
            self._loader.stop()
            self._loader.deleteLater()
        self._loader = None
        if session is not None:
            try:
                cache = cache_folder(session.folder) / "thumbnails"
            except WorkbenchError:
                cache = None  # nowhere to remember them: they are made anew each time
            self._loader = ThumbnailLoader(cache, self)
            self._loader.ready.connect(self.view.repaint_image)
        self.view.delegate.loader = self._loader

    # --- the filter -----------------------------------------------------------------------------

    def set_filter(self, text: str) -> None:
        """Show what ``text`` chooses, as if it had been typed."""
        self.field.setText(text)
        self._apply_now()

    def clear_filter(self) -> None:
        """Show all images again."""
        self.field.clear()
        self.chips.select("all")
        self._apply_now()

    def _apply_now(self) -> None:
        self._typing.stop()
        self._apply()

    def _apply(self) -> None:
        self.view.media.set_filter(MediaFilter(self.field.text(), cast(Chip, self.chips.selected)))

    def _count(self) -> None:
        session = self._session
        total = len(session.index) if session is not None else 0
        verified = session.index.verified_count() if session is not None else 0
        self.chips.set_count("all", total)
        self.chips.set_count("todo", total - verified)
        self.chips.set_count("verified", verified)
        self._show_empty()

    def _show_empty(self) -> None:
        """Say why there is nothing to see, if there is nothing."""
        session = self._session
        nothing = self.view.media.rowCount() == 0 and session is not None
        self._stack.setCurrentIndex(1 if nothing else 0)
        if not nothing or session is None:
            return
        filtered = not self.view.media.filter.shows_all
        self._clear.setVisible(filtered and len(session.index) > 0)
        if session.index.scanning and not len(session.index):
            self._empty.setText("Looking for images …")
        elif not len(session.index):
            self._empty.setText("There are no images in this folder yet. Drop some on the window.")
        elif self.view.media.filter == MediaFilter(chip="todo"):
            self._empty.setText("Everything is verified. Well done.")
        elif self.view.media.filter == MediaFilter(chip="verified"):
            self._empty.setText("Nothing is verified yet. Space marks the image you see.")
        else:
            self._empty.setText("No image fits this filter.")

    # --- what is in view ------------------------------------------------------------------------

    def _look_at_seen(self) -> None:
        """What is in view is looked at before the rest of a hundred thousand."""
        if self._session is None:
            return
        keys = self.view.seen()
        self._session.index.prioritize(keys)
        if self._loader is not None:
            self._loader.keep_only(str(self._session.index.path(key)) for key in keys)

    def _menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if index.isValid():
            self.menu_wanted.emit(self.view.media.key(index.row()),
                                  self.view.viewport().mapToGlobal(point))
