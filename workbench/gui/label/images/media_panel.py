"""The left panel: a filter, chips with counts, and the list of images."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.errors import WorkbenchError
from workbench.gui.background.thumbnails import ThumbnailLoader
from workbench.gui.label.images.media_filter import Chip, MediaFilter
from workbench.gui.label.images.media_view import MediaView
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import label
from workbench.gui.widgets.filter_panel import FilterPanel
from workbench.project.cache import cache_folder

if TYPE_CHECKING:
    from workbench.project.session import Session

CHIPS = (("all", "All"), ("unlabelled", "Unlabelled"), ("labelled", "Labelled"),
         ("verified", "Verified"))
EMPTY = {
    MediaFilter(chip="unlabelled"): "Every image is labelled. Well done.",
    MediaFilter(chip="labelled"): "No labelled images yet. Drag on an image to draw a box.",
    MediaFilter(chip="verified"): "No verified images yet. Space marks the one you see.",
}
"""What is said where a chip alone shows nothing."""
HELP = ("Words that must all match: a class, a part of the name, unlabelled, verified, problem, or "
        "a number of boxes such as >20")


class MediaPanel(FilterPanel):
    """Finds and lists images.

    Signals
    -------
    chosen
        (key) a person went to this image.
    menu_wanted
        (key, place on the screen) the context menu of an image is asked for.
    """

    chosen = Signal(str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Filter: class, name, unlabelled …", HELP, CHIPS, parent)
        self._session: Session | None = None
        self._disconnect: list[Callable[[], None]] = []
        self._loader: ThumbnailLoader | None = None
        self.view = MediaView(theme, self)  # never for a moment a window of its own
        self.found = label("", "caption")
        self.arrange(self.view, below=(self.found,))
        self._wire()

    def _wire(self) -> None:
        view = self.view
        view.chosen.connect(self.chosen)
        view.accepted.connect(self.accepted)
        view.seen_changed.connect(self._look_at_seen)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.media.modelReset.connect(self._show_state)
        view.media.rowsInserted.connect(self._show_state)
        self.field.returnPressed.connect(self._open_first)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.field, *(self.chips[id] for id, _ in CHIPS), self.clear_button, self.view]

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
        self.clear_filter()
        if session is not None:
            self._disconnect = [
                session.index.reset.connect(self.count),
                session.index.appended.connect(lambda _first, _last: self.count_soon()),
                session.index.summary_changed.connect(lambda _key: self.count_soon()),
                session.index.finished.connect(self.count),
            ]
        self.count()

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

    def apply_filter(self) -> None:
        self.view.set_filter(MediaFilter(self.field.text(), cast(Chip, self.chips.selected)))

    def count(self) -> None:
        session = self._session
        index = session.index if session is not None else None
        self.chips.set_count("all", len(index) if index is not None else 0)
        self.chips.set_count("unlabelled", index.unlabelled_count() if index is not None else 0)
        self.chips.set_count("labelled", index.labelled_count() if index is not None else 0)
        self.chips.set_count("verified", index.verified_count() if index is not None else 0)
        self._show_state()

    def _show_state(self) -> None:
        """Say why there is nothing to see, if there is nothing."""
        session, media = self._session, self.view.media
        total = len(session.index) if session is not None else 0
        shown = media.rowCount()
        self.found.setText(f"{total:,} {'image' if total == 1 else 'images'}"
                           if media.filter.shows_all else f"{shown:,} of {total:,}")
        if session is None or media.rowCount():
            self.show_list()
            return
        if not len(session.index):
            words = ("Looking for images …" if session.index.scanning else
                     "There are no images in this folder yet. Drop some on the window.")
        else:
            words = EMPTY.get(media.filter, "No image fits this filter.")
        self.show_empty(words, clearable=not media.filter.shows_all and len(session.index) > 0)

    def _open_first(self) -> None:
        """Enter in the field goes to the first image that fits."""
        media = self.view.media
        if self.field.text().strip() and media.rowCount():
            self.chosen.emit(media.key(0))
            self.accepted.emit()

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
