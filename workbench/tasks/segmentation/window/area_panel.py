"""The right side: what lies over the pictures, the pictures, and what the colours mean."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.large_view import LargeImageView
from workbench.gui.results.picture_list import PicturePanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    ElidedLabel,
    LinkButton,
    label,
    row,
)
from workbench.gui.widgets.inputs import Slider
from workbench.tasks.segmentation.messages import cell_words, title
from workbench.tasks.segmentation.overlays import COLOR_OF, Mode, code_of
from workbench.tasks.segmentation.results import AreaSet, AreaSnapshot, Order, in_confusion
from workbench.tasks.segmentation.window.area_list import AreaView
from workbench.tasks.segmentation.window.area_overlays import (
    OverlayLoader,
    OverlaySource,
    OverlayView,
)
from workbench.tasks.segmentation.window.legend import ColorLegend, Entry

ORDERS: dict[Order, str] = {
    "worst": "worst first", "wrong": "most wrong pixels first", "best": "best first",
    "file": "by file", "most": "most of these first",
}
MODES: dict[Mode, tuple[str, str, str]] = {
    "found": ("Found", "The areas that the model finds, in the colours of their classes", "F"),
    "labels": ("Labels", "The areas that are labelled", "L"),
    "differences": ("Differences", "Only the pixels where the model and the labels differ", "D"),
}
"""Name of each mode, what it shows, and its key."""
USUAL_COVER: dict[Mode, float] = {"found": 0.5, "labels": 0.5, "differences": 0.9}
"""How much of the pictures is hidden at first: below whole areas they are still to be seen, and
differences are often thin lines."""
_SLIDER = 110  # logical pixels


class AreaPanel(PicturePanel[AreaView]):
    """Modes, heading, pictures and legend."""

    mode_changed = Signal(str)
    """(mode) a person wants to see other areas."""
    cover_chosen = Signal(str, float)
    """(mode, cover) how much is hidden of the pictures in a mode, 0..1, when the slider was let
    go."""

    def __init__(self, theme: Theme) -> None:
        crops, self.overlays = CropLoader(), OverlayLoader()
        super().__init__(
            AreaView(theme, crops, self.overlays), crops, "image",
            tr("Open the chosen image in Images, to correct its labels"),
            tr("At this least score no pixel is behind this number."), ORDERS)
        self.overlays.setParent(self)
        self.title = ElidedLabel("")
        self.title.setProperty("role", "heading")
        self.set_large(LargeImageView(theme, crops, self.view, self._paint_over))
        self.overlays.ready.connect(self.large.update)
        self.legend = ColorLegend(theme)
        self._source: OverlaySource | None = None
        self._covers = dict(USUAL_COVER)
        self._bare = False
        modes, head = self._make_modes(), self._make_head()
        self._connect()
        self.arrange(head, self.legend, above=(modes,))

    def _make_modes(self) -> QWidget:
        self.modes = ChipGroup()
        for mode, (name, tip, key) in MODES.items():
            self.modes.add(mode, tr(name)).setToolTip(f"{tr(tip)} ({key})")
        self.cover = Slider()
        self.cover.setRange(10, 100)
        self.cover.setFixedWidth(_SLIDER)
        self.cover.setAccessibleName(tr("Opacity of the areas"))
        self.cover.setToolTip(tr("How much the areas hide of the pictures"))
        words = label(tr("Opacity"), "caption")
        line = QWidget()
        line.setLayout(row((self.modes, 1), words, self.cover, spacing=tokens.SPACE_S,
                           margins=(0, 0, tokens.SPACE_S, 0)))
        return line

    def _make_head(self) -> QHBoxLayout:
        self.all_button = LinkButton(tr("All images"), run=self.cleared,
                                     tip=tr("Show every image again (Esc)"))
        self.all_button.hide()
        return row((self.title, 1), self.all_button, self.order_box, self.enlarge_button,
                   self.open_button, spacing=tokens.SPACE_S)

    def _connect(self) -> None:
        self.modes.changed.connect(lambda mode: self.set_mode(mode))
        self.modes.changed.connect(self.mode_changed)
        self.cover.valueChanged.connect(self._cover_moved)
        self.cover.sliderReleased.connect(
            lambda: self.cover_chosen.emit(self.mode, self._covers[self.mode]))
        self.set_mode("found")

    def _paint_over(self, painter: QPainter, target: QRectF, row: int) -> None:
        """Lay the areas of a row over its enlarged picture."""
        overlay = self.overlays.get(self.view.images.image(row))
        if overlay is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform,
                                  target.width() < overlay.width())
            self.overlays.paint(painter, target, overlay, self.view.cover)

    # --- what is shown --------------------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """What lies over the pictures."""
        return next(mode for mode in MODES if mode == self.modes.selected)

    def set_mode(self, mode: Mode) -> None:
        """Have this lie over the pictures, without telling."""
        self.modes.mark(mode)
        self._bare = False
        self._show_cover()

    def toggle_bare(self) -> None:
        """Show the pictures alone, or with what lies over them again."""
        self._bare = not self._bare
        self._show_cover()

    def set_cover(self, mode: Mode, cover: float) -> None:
        """Hide so much of the pictures in a mode; areas found and labelled are alike."""
        for other in MODES:
            if (other == "differences") == (mode == "differences"):
                self._covers[other] = cover
        self._bare = False
        self._show_cover()

    def _show_cover(self) -> None:
        self.view.cover = 0.0 if self._bare else self._covers[self.mode]
        blocked = self.cover.blockSignals(True)
        self.cover.setValue(round(100 * self._covers[self.mode]))
        self.cover.blockSignals(blocked)
        self.view.viewport().update()
        self.large.update()

    def _cover_moved(self, percent: int) -> None:
        self.set_cover(self.mode, percent / 100)

    def offer_orders(self, *, of_cell: bool) -> None:
        """Offer the orders that mean something, the usual one first."""
        orders: Iterable[Order] = ("most", "worst", "file") if of_cell else (
            "worst", "wrong", "best", "file")
        if of_cell != (self.order_box.findData("most") >= 0):
            self.set_orders(orders)

    def show_snapshot(self, shown: AreaSnapshot, colors: tuple[str, ...]) -> None:
        """Show the images of a snapshot under their heading."""
        source = self._source
        if source is None or source.results is not shown.results or source.colors != colors:
            self._source = source = OverlaySource(shown.results, colors)
        self.overlays.show(OverlayView(source, self.mode, shown.evaluation.least, shown.cell
                                       if self.mode == "differences" else None))
        self.view.show_snapshot(shown)
        self.title.setText(title(shown))
        self.all_button.setVisible(shown.cell is not None)
        self.legend.set_entries(entries_of(self.mode, shown, colors))
        self.show_some(len(shown.rows) > 0)
        self.choice_changed()

    def forget(self) -> None:
        """Another set comes: drop the pictures of the old one."""
        self._source = None
        self.overlays.show(None)
        self.crops.forget()
        self.view.show_snapshot(None)
        self.title.setText("")
        self.show_large(False)

    def stop(self) -> None:
        """End the threads that read and draw."""
        self.crops.stop()
        self.overlays.stop()


def entries_of(mode: Mode, shown: AreaSnapshot, colors: tuple[str, ...]) -> list[Entry]:
    """What the colours over the pictures mean."""
    results = shown.results
    unjudged = [(tr("not judged"), tokens.UNJUDGED)] if has_unjudged(results) else []
    if mode == "found":
        return list(zip(results.classes, colors, strict=True))
    if mode == "labels":
        return [*zip(results.classes, colors, strict=True), *unjudged]
    if shown.cell is not None:
        color = COLOR_OF[code_of(in_confusion(shown.cell, len(results.classes)))]
        return [(cell_words(shown.cell, results.classes), color)]
    entries = [(tr("missed"), tokens.MISSED), (tr("too much"), tokens.EXTRA)]
    if len(results.classes) > 1:
        entries.append((tr("wrong class"), tokens.CONFUSED))
    return [*entries, *unjudged]


def has_unjudged(results: AreaSet) -> bool:
    """Whether there are pixels of which nobody knows what is true."""
    return sum(prod(results.found.shapes[place]) for place in results.places) > int(
        results.tables.known().sum())
