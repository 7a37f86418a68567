"""The right side: what the pictures are, the pictures, and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy

from workbench.core.text import count, tr
from workbench.evaluation.box_words import COMPARED, GROUPS, Selection, cell_caption, cell_title
from workbench.evaluation.verdict import mistake_counts
from workbench.gui.label.images.crops import CropLoader
from workbench.gui.results.box_orders import ORDERS, orders_for
from workbench.gui.results.picture_list import PicturePanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ChipGroup, ElidedLabel, LinkButton, row
from workbench.tasks.detection.results import Snapshot
from workbench.tasks.detection.window.adding import extras
from workbench.tasks.detection.window.drawn_boxes import DrawnBoxes
from workbench.tasks.detection.window.enlarged import Enlarged
from workbench.tasks.detection.window.gallery_view import GalleryView

WHOLE = "images"
"""Id of the chip that shows whole images."""


def _nothing_words(selection: Selection) -> tuple[str, str]:
    if isinstance(selection, str):
        return tr("No mistakes of this kind"), tr("At these thresholds the model makes none.")
    return tr("Nothing here"), tr("At these thresholds no box is behind this number.")


def legend_text(*, points: bool, dots: bool = False, boxes: bool = True) -> str:
    """What the lines on the pictures mean, and their ``points`` or ``dots`` where there are
    some, beside ``boxes`` or alone."""
    words = [tr("solid: label"), tr("dashed: detection, with its score")]
    if points:
        words = [tr("solid, round: label"), tr("dashed, square: detection, with its score")]
    if dots and boxes:
        words = [tr("dot or solid: label"), tr("ring or dashed: detection")]
    elif dots:
        words = [tr("dot: label"), tr("ring: detection")]
    words.append(tr("large or thick: what the picture is about") if dots and boxes
                 else tr("large: what the picture is about") if dots
                 else tr("thick: what the picture is about"))
    return "  ·  ".join(words)


class GalleryPanel(PicturePanel[GalleryView]):
    """Kinds of mistakes, heading, pictures and legend."""

    group_chosen = Signal(str)
    """(id of a group, or :data:`WHOLE`) show these pictures."""
    add_all_pressed = Signal()
    """Make labels of all detections that are shown without one."""

    def __init__(self, theme: Theme) -> None:
        crops = CropLoader()
        super().__init__(
            GalleryView(theme, crops), crops, "picture", tr("Open the chosen picture in Images"),
            tr("At these thresholds no box is behind this number."), ORDERS)
        self.set_large(Enlarged(theme, crops, self.view))
        self.kinds = ChipGroup()
        for group, (title, tip) in GROUPS.items():
            self.kinds.add(group, title).setToolTip(tip)
        self.kinds.add(WHOLE, tr("All images")).setToolTip(tr("Every image with all its boxes"))
        self.legend = ElidedLabel(legend_text(points=False))
        self.legend.setProperty("tone", "soft")
        head = self._make_head()
        self.kinds.changed.connect(self.group_chosen)
        self.arrange(head, self.legend, above=(self.kinds,))

    def _make_head(self) -> QHBoxLayout:
        self.title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.caption = ElidedLabel("")
        self.caption.setProperty("tone", "soft")
        self.add_button = LinkButton("", run=self.add_all_pressed, tip=tr(
            "Make labels of all detections that are shown here; one step to undo"))
        self.add_button.hide()
        return row(self.title, (self.caption, 1), self.add_button, self.order_box,
                   self.enlarge_button, self.open_button, spacing=tokens.SPACE_S)

    # --- what is shown --------------------------------------------------------------------------

    def set_selection(self, selection: Selection, classes: Sequence[str]) -> None:
        """Offer the orders that fit, the first one chosen; the pictures come later."""
        group = selection if isinstance(selection, str) else ""
        self.kinds.mark(WHOLE if selection is None else group)
        self.set_orders(orders_for(selection, len(classes)))
        self.show_large(False)

    def show_snapshot(self, snapshot: Snapshot, marks: DrawnBoxes, others: DrawnBoxes | None = None,
                      titles: tuple[str, str] = ("", "")) -> None:
        """Show the pictures of a snapshot; ``others`` are the boxes of the run that it is compared
        with, ``titles`` the names of that run and of the shown one."""
        self.view.show_snapshot(snapshot, marks, others)
        alone = snapshot.results.dots.found.issuperset(snapshot.results.classes)
        self.legend.setText(legend_text(points=snapshot.results.pointed,
                                        dots=bool(snapshot.results.dots.sides),
                                        boxes=not alone))
        entries, classes = snapshot.entries, snapshot.results.classes
        if entries.selection is None:
            title = count(len(entries), "image")
            caption = (tr("large ones are mistakes") if alone
                       else tr("thick outlines are mistakes") if snapshot.results.outlined
                       else tr("thick boxes are mistakes"))
        else:
            title = cell_title(entries.selection, len(entries), classes)
            caption = cell_caption(entries.selection, classes)
            if entries.selection in COMPARED:
                caption = tr("left: {titles}, right: {titles2}",
                             titles=titles[0], titles2=titles[1])
        self.title.setText(title)
        if caption != self.caption.full_text():
            self.caption.setText(caption)
        self._count_kinds(snapshot)
        if not len(entries):
            self.nothing.set_text(*_nothing_words(entries.selection))
        self.show_some(len(entries) > 0)

    def _count_kinds(self, snapshot: Snapshot) -> None:
        counts = mistake_counts(snapshot.evaluation)
        self.kinds.set_count("mistakes", sum(counts.values()))
        for kind, number in counts.items():
            self.kinds.set_count(kind, number)
        self.kinds["confused"].setVisible(
            len(snapshot.results.classes) > 1 or counts["confused"] > 0)
        compared = snapshot.compared
        for group in COMPARED:
            self.kinds[group].setVisible(compared is not None)
            if compared is not None:
                changed = compared.won if group == "won" else compared.lost
                self.kinds.set_count(group, int(changed.sum()))
        self.kinds.set_count(WHOLE, len(snapshot.results.keys))
        number = len(extras(snapshot))
        self.add_button.setVisible(number > 0)
        self.add_button.setText(tr("Label all {number:,}",
                                   number=number) if number > 1 else tr("Label it"))

    def forget(self) -> None:
        """Another set comes: drop the pictures of the old one."""
        self.view.show_snapshot(None, None)
        self.crops.forget()
        self.title.setText("")
        self.caption.setText("")
