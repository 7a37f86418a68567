"""Results of models of whole images, and the images behind every number: a page for each kind of
labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Generic

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.text import tr
from workbench.evaluation.estimated import NumberSnapshot
from workbench.evaluation.tagged import TagSnapshot
from workbench.extension.explanations import explanation_methods
from workbench.gui.app.context import ImageTarget
from workbench.gui.background.cropped_thumbnails import CroppedThumbnails
from workbench.gui.predict.explanations import Explainer
from workbench.gui.results.card_view import GAP, PAD
from workbench.gui.results.classifier_cards import ClassifierToolbar
from workbench.gui.results.classifier_compare import classifier_comparison
from workbench.gui.results.classifier_list import (
    CAPTION,
    ORDERS,
    ScoredDelegate,
    ScoredModel,
    ScoredPanel,
    ScoredView,
)
from workbench.gui.results.classifier_page import ClassifierPage
from workbench.gui.results.compare import Comparison
from workbench.gui.results.label_page import LabelPage
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.results.number_page import NUMBER_ORDERS, NumberPage
from workbench.gui.results.shown import BarT, LoadingT, SetT, ShownT
from workbench.gui.results.tag_page import TagPage
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.results.waiting import WaitingWords
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, QuietButton
from workbench.gui.widgets.menu import Menu
from workbench.tasks.image_classification.dataset import LabelledImage
from workbench.tasks.image_classification.folder_step import mover_of
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.report import (
    write_image_report,
    write_number_report,
    write_tag_report,
)
from workbench.tasks.image_classification.results import (
    ImageNumbers,
    ImageSet,
    ImageSnapshot,
    ImageTags,
    csv_bytes,
    keep_thresholds,
    key_of,
)
from workbench.tasks.image_classification.window.loading import (
    ImageNumbersLoader,
    ImageResultsLoader,
    ImageTagsLoader,
    current_label,
)

_LEAST_WIDTH = 168
_SHAPE = 0.75


class ImageCardDelegate(ScoredDelegate):
    """Paints one image with its file, classes and confidence."""

    def __init__(self, theme: Theme, view: ImageListView) -> None:
        super().__init__(theme, view)
        self.covers = CroppedThumbnails(tokens.RADIUS_MARK)

    def paint_card(self, painter: QPainter, inside: QRectF, row: int) -> None:
        area = QRect(round(inside.left()), round(inside.top()), round(inside.width()),
                     round(inside.width() * _SHAPE))
        path = str(self.list.samples.sample(row).path)
        picture = self.covers.get(path, area.size(), painter.device().devicePixelRatioF())
        if picture is not None:
            painter.drawPixmap(area.topLeft(), picture)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("canvas"))
            painter.drawRoundedRect(area, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            if self.covers.loader is not None and self.covers.loader.failed(path):
                self.paint_sentence(painter, QRectF(area), tr("This image cannot be read."))
        self.paint_caption(painter, QRectF(inside.left(), area.bottom() + 3, inside.width(),
                                           CAPTION), row)


class ImageListView(ScoredView[LabelledImage]):
    """Thumbnails in rows."""

    least_width = _LEAST_WIDTH

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, ScoredModel(key_of))
        self.delegate = ImageCardDelegate(theme, self)
        self.setItemDelegate(self.delegate)
        self.setAccessibleName(tr("Images behind the number"))

    def card_height(self, width: int) -> int:
        return round((width - GAP - 2 * PAD) * _SHAPE) + CAPTION + 2 * PAD + GAP

    def repaint_image(self, path: str) -> None:
        """The thumbnail of an image has come."""
        self.delegate.covers.forget(path)
        self.viewport().update()


class ImageListPanel(ScoredPanel[ImageListView]):
    """Heading, images and keys.

    Parameters
    ----------
    orders
        That the list can have.
    key_words
        What is said below the list before the keys of the classes.
    """

    noun = "image"

    def __init__(self, theme: Theme, orders: Mapping[Any, str], key_words: str) -> None:
        super().__init__(
            ImageListView(theme), UpdateNotice("image", tr("Test on them")), "images",
            tr("At this threshold no image is behind this number."), orders)
        self.key_words = key_words
        self.make_parts()
        self.open_button = QuietButton(tr("Open in Images"), "external")
        self.open_button.setToolTip(tr("Show the chosen image in Images (Enter or double click)"))
        self.open_button.clicked.connect(self.open_chosen)
        self.why_button = IconButton(
            "eye", tr("Show what the score of the chosen image depends on"), bordered=True,
            keys="W")
        self.arrange(self.head(self.why_button, self.open_button), self.keys)

    def choice_changed(self) -> None:
        for button in (self.why_button, self.open_button):
            button.setEnabled(self.view.row is not None)


class ImagePage(LabelPage[LoadingT, BarT, SetT, ShownT, LabelledImage],
                Generic[LoadingT, BarT, SetT, ShownT]):
    """What the results of all kinds of labels of images share: thumbnails, menu, mending."""

    noun = "image"
    orders: ClassVar[Mapping[Any, str]] = ORDERS
    key_words = "A digit relabels:"
    display_label = "Label it “{name}”"
    panel: ImageListPanel
    view: ImageListView

    # --- making ---------------------------------------------------------------------------------

    def make_panel(self) -> ImageListPanel:
        return ImageListPanel(self._context.theme, self.orders, self.key_words)

    def make_list(self) -> QWidget:
        made = super().make_list()
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.explainer = Explainer(self._context, self)
        self.panel.why_button.clicked.connect(self.explain)
        return made

    def add_own_actions(self) -> None:
        super().add_own_actions()
        self.add_action("why", tr("Show what the score of the chosen image depends on"),
                        self.explain, ("W",), "eye", may=lambda: self.view.row is not None)

    def explain(self) -> None:
        """Show which places of the chosen image its score depends on."""
        run, row = self.loading.run, self.view.row
        if run is not None and row is not None:
            self.explainer.ask(explanation_methods.get("occlusion"), run.name,
                               str(self.view.samples.sample(row).path))

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.view.setFocus()
        super().entered(target)

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.worker.close()
        self._show_thumbnails(None)

    def _session_changed(self) -> None:
        self._show_thumbnails(None)
        super()._session_changed()
        session = self._context.session
        if session is not None:
            self._connections.add(
                labels_of(session).changed.connect(lambda _keys: self.labels_changed()),
                mover_of(session).ended.connect(self._images_moved))

    def _images_moved(self, refused: str) -> None:
        """What is shown names images by where they were."""
        if not refused:
            self.loading.forget()
            self._forget()
            if self.isVisible():
                self.loading.refresh()

    def _show_thumbnails(self, folder: Path | None) -> None:
        self.view.delegate.covers.show_project(folder, self, self.view.repaint_image)

    def about_to_show(self, results: SetT) -> None:
        session = self._context.session
        if session is not None and self.view.delegate.covers.loader is None:
            self._show_thumbnails(session.folder)

    # --- mending labels -------------------------------------------------------------------------

    def give_label(self, samples: Sequence[LabelledImage], name: str) -> int:
        session = self._context.session
        if session is None:
            return 0
        return labels_of(session).set_label([image.key for image in samples], name)

    def current_label(self, sample: LabelledImage) -> str:
        session = self._context.session
        return current_label(session, sample) if session is not None else sample.label

    def _menu(self, point: QPoint) -> None:
        session, index = self._context.session, self.view.indexAt(point)
        if session is None or not index.isValid():
            return
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.addSeparator()
        menu.addAction(tr("Open in Images")).triggered.connect(
            partial(self.open_sample, index.row()))
        menu.popup(self.view.viewport().mapToGlobal(point))

    def fill_menu(self, menu: Menu) -> None:
        """What gives the chosen images a label."""
        session = self._context.session
        for digit in HOTKEYS if session is not None else "":
            name = session.classes.for_hotkey(digit) if session is not None else None
            if name is not None:
                action = menu.addAction(tr(self.display_label, name=name).replace("&", "&&"))
                action.setShortcut(digit)
                action.triggered.connect(partial(self.relabel, digit))

    # --- going elsewhere ------------------------------------------------------------------------

    def open_sample(self, row: int) -> None:
        """Show an image where it is labelled."""
        if self.snapshot is not None and row < self.view.samples.rowCount():
            self._context.go("sort", ImageTarget(self.view.samples.sample(row).key,
                                                 back="results"))


class ImageClassResults(
    ImagePage[ImageResultsLoader, ClassifierToolbar, ImageSet, ImageSnapshot],
    ClassifierPage[ImageResultsLoader, LabelledImage],
):
    """Figures, matrix and curves at the left, the images at the right."""

    prefix = "results.sorted"
    words = WaitingWords("image", "Here you see which images a model confuses.", "tested",
                         "Test on", "has not been tested on")

    def make_loading(self) -> ImageResultsLoader:
        return ImageResultsLoader(self._context, self.worker)

    def about_to_show(self, results: ImageSet) -> None:
        self.confusion.set_last("none", tr("Below the threshold"))
        super().about_to_show(results)

    def compared(self, other: ImageSet, name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return partial(classifier_comparison, shown, other, name, noun="image", key_of=key_of)

    def csv(self, shown: ImageSnapshot) -> tuple[str, Callable[[], bytes]]:
        return self.table_name(shown), partial(csv_bytes, shown)

    def report_writer(self, shown: ImageSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_image_report, path, shown.evaluation, shown.results.samples,
                       title=title, run=shown.results.run, split=shown.results.split,
                       config=config, colors=self._colors)


class ImageTagResults(
    ImagePage[ImageTagsLoader, ResultsToolbar, ImageTags, TagSnapshot[LabelledImage]],
    TagPage[ImageTagsLoader, LabelledImage],
):
    """Figures and thresholds of tags at the left, the images at the right."""

    prefix = "results.tagged"
    words = WaitingWords("image", "Here you see which tags a model misses or finds where they are "
                         "not.", "tested", "Test on", "has not been tested on")
    key_words = "A digit gives a tag or takes it off:"
    display_label = "Give or take “{name}”"

    def make_loading(self) -> ImageTagsLoader:
        return ImageTagsLoader(self._context, self.worker)

    def give_label(self, samples: Sequence[LabelledImage], name: str) -> int:
        session = self._context.session
        if session is None:
            return 0
        return labels_of(session).toggle_tag([image.key for image in samples], name)

    def keeper(self, shown: TagSnapshot[LabelledImage], chosen: Mapping[str, float]
               ) -> Callable[[], object]:
        run = self.loading.run
        assert run is not None
        return partial(keep_thresholds, run.folder, shown.results, chosen)

    def report_writer(self, shown: TagSnapshot[LabelledImage], path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_tag_report, path, shown.evaluation, shown.results.samples,
                       title=title, run=shown.results.run, split=shown.results.split,
                       config=config, colors=self._colors, doubt=shown.results.doubt)


class ImageNumberResults(
    ImagePage[ImageNumbersLoader, ResultsToolbar, ImageNumbers, NumberSnapshot[LabelledImage]],
    NumberPage[ImageNumbersLoader, LabelledImage],
):
    """Figures and dots at the left, the images at the right."""

    prefix = "results.numbers"
    words = WaitingWords("image", "Here you see how far off the estimates of a model are.",
                         "tested", "Test on", "has not been tested on")
    orders: ClassVar[Mapping[Any, str]] = NUMBER_ORDERS

    def make_loading(self) -> ImageNumbersLoader:
        return ImageNumbersLoader(self._context, self.worker)

    def make_list(self) -> QWidget:
        made = super().make_list()
        self.panel.keys.setText(tr("Type a number and press Enter to mend the chosen images."))
        return made

    def fill_menu(self, menu: Menu) -> None:
        menu.addAction(tr("Mend the number…")).triggered.connect(partial(self.relabel, ""))

    def report_writer(self, shown: NumberSnapshot[LabelledImage], path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_number_report, path, shown.evaluation, shown.results.samples,
                       title=title, run=shown.results.run, split=shown.results.split,
                       config=config, doubt=shown.results.doubt)
