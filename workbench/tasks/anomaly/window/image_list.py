"""The images of Results with the heat over them, and the panel that they are in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.large_view import LargeImageView
from workbench.gui.results.picture_list import PictureDelegate, PicturePanel
from workbench.gui.results.snapshot_list import SnapshotListModel, SnapshotView
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, LinkButton, label, row
from workbench.gui.widgets.inputs import Slider
from workbench.tasks.anomaly.heat import COVER
from workbench.tasks.anomaly.messages import image_details, title
from workbench.tasks.anomaly.results import DifferenceSnapshot, Order
from workbench.tasks.anomaly.samples import Part
from workbench.tasks.anomaly.window.heat_painting import paint_heat, paint_regions

ORDERS: dict[Order, str] = {"odd": "most different first", "wrong": "mistakes first",
                            "usual": "most usual first", "file": "by file"}
_SLIDER = 110  # logical pixels


class DifferenceListModel(SnapshotListModel[DifferenceSnapshot]):
    """The images of one snapshot."""

    def images_of(self, snapshot: DifferenceSnapshot) -> Sequence[Part]:
        return snapshot.results.samples

    def chosen_of(self, snapshot: DifferenceSnapshot) -> object:
        return snapshot.chosen

    def name(self, row: int) -> str:
        item = self.shown().results.samples[self.image(row)]
        name = item.key.rpartition("/")[2]
        return f"{item.label} · {name}" if item.label else name

    def word(self, row: int) -> str:
        found, score = self.shown().judged, self.shown().judged.scores[self.image(row)]
        just_below = score < found.limit <= round(score, 2)  # 0.498 is not called 0.50
        return f"{score:.3f}" if just_below else f"{score:.2f}"

    def tone(self, row: int) -> str:
        """Mistakes are said in another tone."""
        found, image = self.shown().judged, self.image(row)
        return "bad_text" if found.called[image] != found.faulty[image] else "soft"

    def details(self, row: int) -> str:
        return image_details(self.shown(), self.image(row))

    def paint_over(self, painter: QPainter, target: QRectF, row: int, cover: float, ink: QColor
                   ) -> None:
        """Lay the heat of an image over its picture in ``target``, and outline what differs."""
        image, shown = self.image(row), self.shown()
        values = shown.results.values(image)
        paint_heat(painter, target, values, cover)
        if cover and shown.judged.called[image]:
            paint_regions(painter, target, values, shown.judged.limit, ink)


class DifferenceDelegate(PictureDelegate[DifferenceListModel]):
    """Paints one picture with its heat."""

    def __init__(self, theme: Theme, crops: CropLoader, view: DifferenceView) -> None:
        super().__init__(theme, view, view.images)
        self._crops, self._differences = crops, view

    def paint_picture(self, painter: QPainter, area: QRectF, row: int) -> None:
        width, height = self.model.listed(row).size
        part = (0.0, 0.0, float(width), float(height))
        target, there = self.paint_crop(painter, area, self._crops,
                                        self.model.listed(row).path, part)
        if there:
            self.model.paint_over(painter, target, row, self._differences.cover,
                                  self.theme.color("bad"))


class DifferenceView(SnapshotView[DifferenceSnapshot]):
    """Pictures in rows; ``cover`` tells how much the heat hides of them, 0..1."""

    images: DifferenceListModel

    def __init__(self, theme: Theme, crops: CropLoader) -> None:
        super().__init__(theme, crops, DifferenceListModel())
        self.cover = COVER
        self.setItemDelegate(DifferenceDelegate(theme, crops, self))
        self.setAccessibleName(tr("Images with what differs in them"))


class DifferencePanel(PicturePanel[DifferenceView]):
    """Heading, pictures, and how strongly the heat lies over them."""

    cover_chosen = Signal(float)
    """(cover) how much is hidden of the pictures, 0..1, when the slider was let go."""

    def __init__(self, theme: Theme) -> None:
        crops = CropLoader()
        super().__init__(
            DifferenceView(theme, crops), crops, "image",
            tr("Open the chosen image in Images, to give it another class"),
            tr("At this limit no image is behind this number."), ORDERS)
        self._theme, self._bare = theme, False
        self.title = ElidedLabel("")
        self.title.setProperty("role", "heading")
        self.set_large(LargeImageView(theme, crops, self.view, self._paint_over))
        self.all_button = LinkButton(tr("All images"), run=self.cleared,
                                     tip=tr("Show every image again (Esc)"))
        self.all_button.hide()
        head = row((self.title, 1), self.all_button, self.order_box, self.enlarge_button,
                   self.open_button, spacing=tokens.SPACE_S)
        self.arrange(head, self._make_foot())

    def _make_foot(self) -> QWidget:
        self.cover = Slider()
        self.cover.setRange(0, 100)
        self.cover.setValue(round(100 * COVER))
        self.cover.setFixedWidth(_SLIDER)
        self.cover.setAccessibleName(tr("Opacity of the heat"))
        self.cover.setToolTip(tr("How much the heat hides of the pictures (H shows them alone)"))
        self.cover.valueChanged.connect(lambda percent: self.set_cover(percent / 100))
        self.cover.sliderReleased.connect(
            lambda: self.cover_chosen.emit(self.cover.value() / 100))
        words = label(tr("The redder a place, the less it is like any place of the good images."),
                      "caption", wrap=True)
        foot = QWidget()
        foot.setLayout(row((words, 1), label(tr("Opacity"), "caption"), self.cover,
                           spacing=tokens.SPACE_S, margins=(0, 0, tokens.SPACE_S, 0)))
        return foot

    def _paint_over(self, painter: QPainter, target: QRectF, row: int) -> None:
        self.view.images.paint_over(painter, target, row, self.view.cover,
                                    self._theme.color("bad"))

    def set_cover(self, cover: float) -> None:
        """Hide so much of the pictures."""
        self._bare = False
        blocked = self.cover.blockSignals(True)
        self.cover.setValue(round(100 * cover))
        self.cover.blockSignals(blocked)
        self._show_cover()

    def toggle_bare(self) -> None:
        """Show the pictures alone, or with the heat again."""
        self._bare = not self._bare
        self._show_cover()

    def _show_cover(self) -> None:
        self.view.cover = 0.0 if self._bare else self.cover.value() / 100
        self.view.viewport().update()
        self.large.update()

    def show_snapshot(self, shown: DifferenceSnapshot) -> None:
        """Show the images of a snapshot under their heading."""
        self.view.show_snapshot(shown)
        self.title.setText(title(shown))
        self.all_button.setVisible(not shown.chosen.all)
        self.show_some(len(shown.rows) > 0)
        self.choice_changed()

    def forget(self) -> None:
        """Another set comes: drop the pictures of the old one."""
        self.crops.forget()
        self.view.show_snapshot(None)
        self.title.setText("")
        self.show_large(False)

    def stop(self) -> None:
        """End the threads that read."""
        self.crops.stop()
