"""The list of images with the filter above it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from workbench.core.text import count, tr
from workbench.gui.label.images.ghost import score_text
from workbench.gui.label.images.image_filter import ImageFilter, summary_words
from workbench.gui.label.pictured import PicturedDelegate, PicturedPanel, PicturedView
from workbench.gui.label.sample_filter import SUGGESTED
from workbench.gui.label.sample_model import Index, SampleModel, SampleSource
from workbench.gui.label.suggested_samples import CHIP, NO_MORE, SuggestedModel, SuggestedPanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, label, row
from workbench.project.library.index import MediaIndex
from workbench.project.session import Session
from workbench.project.suggestions import suggestions_of

NAME, NEXT, CERTAIN, MANY, DIFFER = "name", "next", "certain", "many", "differ"
ORDERS = {
    NAME: ("by name", ""),
    NEXT: ("label these first", "What is typical of many others and unlike the rest, or what a "
           "model is unsure of; choose it again after more labels"),
    CERTAIN: ("least certain first", "By the suggestion that the model is least sure of"),
    MANY: ("most objects first", "By the number of suggestions"),
    DIFFER: ("most disputed first", "By how far the last two models that were asked differ: ask a "
             "second one about the same images"),
}
"""By id, what an order is called, and what it means."""
CHIPS = (("all", "All"), ("unlabelled", "Unlabelled"), ("labelled", "Labelled"),
         ("verified", "Verified"), CHIP)
HELP = ("Words that must all match: a class, a part of the name, unlabelled, verified, problem, a "
        "number of objects such as >20, boxes>12 or wheel>=2 of a class, size<32, aspect>2, "
        "has:difficult, split:val; -verified for all others, sort:-objects for the most first")


class ImageModel(SuggestedModel):
    """Images; without a filter and in the order of their names a row here is a row of the
    :class:`MediaIndex`."""

    def __init__(self) -> None:
        super().__init__(ImageFilter(), summary_words)
        self._orders = {SUGGESTED: CERTAIN}
        self._next: dict[str, str] = {}
        self._ranks: dict[str, int] = {}

    def set_next(self, order: Mapping[str, str]) -> None:
        """Take in which images are worth labelling first, each with the reason."""
        self._next = dict(order)
        self._ranks = {key: rank for rank, key in enumerate(order)}
        if self.order == NEXT:
            self.refilter()

    def reason(self, key: str) -> str:
        """Why an image stands where it does, in a few words; "" where that is seen."""
        store, order = self.suggestions, self.order
        if order == NEXT:
            summary = self.summary(key)
            return "" if summary is None or summary.labelled else self._next.get(key, "")
        if store is None or not store.has(key):
            return ""
        if order == CERTAIN:
            return tr("least {score}", score=score_text(store.certainty(key)))
        if order == DIFFER and store.differ(key)[1]:
            differ, whole = store.differ(key)
            return tr("{differ:,} of {whole:,} differ", differ=differ, whole=whole)
        return ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = super().data(index, role)
        if found and role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            reason = self.reason(self.key(index.row()))
            between = "\n" if role == Qt.ItemDataRole.ToolTipRole else ", "
            return f"{found}{between}{reason}" if reason else found
        return found

    def set_source(self, source: SampleSource | None, classes: Iterable[str] = ()) -> None:
        self._next, self._ranks, self._orders = {}, {}, {SUGGESTED: CERTAIN}
        super().set_source(source, classes)

    @property
    def order(self) -> str:
        """Id of the order (:data:`ORDERS`) for the chip."""
        return self._orders.get(self._group, NAME)

    @property
    def _group(self) -> str:
        """What shares an order: the chip of suggestions, or all others."""
        return SUGGESTED if self.filter.chip == SUGGESTED else ""

    def set_order(self, order: str) -> None:
        """Have the images of the chip that is chosen in another order, from now on."""
        self._orders[self._group] = order
        self.refilter()

    @property
    def live(self) -> bool:
        return self.order == NAME

    def ordered(self, keys: list[str]) -> list[str]:
        store = self.suggestions
        if store is None or self.order == NAME:
            return keys
        last = len(self._ranks)
        by: dict[str, Callable[[str], float]] = {
            NEXT: lambda key: self._ranks.get(key, last),
            CERTAIN: store.certainty, MANY: lambda key: -len(store.of(key)),
            DIFFER: lambda key: -store.disagreement(key)}
        return sorted(keys, key=by[self.order])

    def connections(self, source: SampleSource) -> list[Callable[[], None]]:
        index: MediaIndex = source  # type: ignore[assignment]  # images come from an index
        return [*super().connections(source), index.appended.connect(self.append)]

    def summary_changed(self, key: str) -> None:
        super().summary_changed(key)
        if not key and not self.filter.shows_all:
            self.refilter_soon()


class ImageDelegate(PicturedDelegate):
    """Paints an image with its thumbnail."""

    def words(self, model: SampleModel, key: str, summary: Any) -> str:
        store = model.suggestions if isinstance(model, ImageModel) else None
        number = len(store.of(key)) if store is not None else 0
        words = super().words(model, key, summary)
        reason = model.reason(key) if isinstance(model, ImageModel) else ""
        if not number:
            return reason or words
        suggested = tr("{number:,} suggested", number=number)
        if reason:
            return f"{suggested} · {reason}"
        return suggested if summary is None or not summary.boxes else f"{words} · {suggested}"

    def mark(self, model: SampleModel, key: str, summary: Any) -> tuple[str, str] | None:
        checked = summary is not None and summary.verified
        return super().mark(model, key, summary) or (("check", "ok") if checked else None)


class ImageView(PicturedView):
    """Lists images."""

    samples: ImageModel

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, ImageModel(), tr("Images"), ImageDelegate(theme, summary_words))


class ImagePanel(SuggestedPanel, PicturedPanel):
    """Finds and lists images."""

    can_choose = False
    """Whether it can be found out which images are worth labelling first."""

    next_wanted = Signal()
    """That order is asked for."""
    view: ImageView
    source: MediaIndex | None
    make_filter = ImageFilter
    chip_words: ClassVar = {
        "unlabelled": "Every image is labelled. Well done.",
        "labelled": "No labelled images yet. Drag on an image to draw a box.",
        "verified": "No verified images yet. <images.verify> marks the one you see.",
        SUGGESTED: NO_MORE,
    }
    no_fit = "No image fits this filter."

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(tr("Filter: class, name, unlabelled …"), HELP, CHIPS, ImageView(theme),
                         parent)
        self.offer_suggested("Images with suggestions of a model")
        self.found = label("", "caption")
        self.order_box = QComboBox()
        self.order_box.setAccessibleName(tr("Order of the images"))
        self.order_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.order_box.activated.connect(lambda _at: self._order_chosen())
        self.looking = label("", "caption")
        self.stop_button = IconButton("close", tr("Cancel"), side=tokens.SPACE_XL)
        line, self.looking_line = QWidget(), QWidget()
        line.setLayout(row(self.found, (self.order_box, 1)))
        self.looking_line.setLayout(row(self.looking, 1, self.stop_button))
        self.looking_line.hide()
        self.arrange(self.view, below=(line, self.looking_line))

    @property
    def stops(self) -> list[QWidget]:
        before = super().stops
        return [*before[:-1], self.order_box, self.stop_button, before[-1]]

    def source_of(self, session: Session) -> MediaIndex:
        return session.index

    def set_session(self, session: Session | None) -> None:
        store = suggestions_of(session) if session is not None else None
        self.view.samples.suggestions = store
        super().set_session(session)
        if session is not None and store is not None:
            self._connections.add(
                session.index.appended.connect(lambda _first, _last: self.count_soon()),
                store.changed.connect(self.view.samples.suggestions_changed),
                store.changed.connect(lambda _key: self.view.viewport().update()),
                store.changed.connect(lambda _key: self.count_soon()),
            )

    def counts(self) -> dict[str, int]:
        index = self.source
        assert index is not None
        return {"all": len(index), "unlabelled": index.unlabelled_count(),
                "labelled": index.labelled_count(), "verified": index.verified_count(),
                SUGGESTED: self.suggested()}

    def nothing_words(self) -> str:
        assert self.source is not None
        return (tr("Looking for images …") if self.source.scanning else
                tr("There are no images in this folder yet. Drop some on the window."))

    def show_state(self) -> None:
        total, samples = len(self.source or ()), self.view.samples
        self.found.setText(count(total, "image") if samples.filter.shows_all
                           else tr("{rowcount:,} of {total:,}",
                                   rowcount=samples.rowCount(), total=total))
        self._show_orders()
        super().show_state()

    def _show_orders(self) -> None:
        """Offer the orders that the chip has."""
        samples, box = self.view.samples, self.order_box
        store = samples.suggestions
        ids = [NAME, NEXT] if self.can_choose else [NAME]
        if samples.filter.chip == SUGGESTED:
            differ = [DIFFER] if store is not None and store.any_differ else []
            ids = [CERTAIN, MANY, *differ, NAME]
        if [box.itemData(at) for at in range(box.count())] != ids:
            box.clear()
            for at, id in enumerate(ids):
                text, help = ORDERS[id]
                box.addItem(tr(text), id)
                box.setItemData(at, tr(help), Qt.ItemDataRole.ToolTipRole)
        box.setCurrentIndex(max(0, box.findData(samples.order)))
        box.setToolTip(tr(ORDERS[samples.order][1]) or tr("Order of the images"))
        box.setVisible(len(ids) > 1)

    def label_first(self) -> None:
        """List what is not labelled, what is worth most first."""
        self.set_filter("unlabelled")
        self._show_orders()
        if (at := self.order_box.findData(NEXT)) >= 0:
            self.order_box.setCurrentIndex(at)
            self._order_chosen()

    def _order_chosen(self) -> None:
        order = self.order_box.currentData()
        self.view.samples.set_order(order)
        if order == NEXT:
            self.next_wanted.emit()

    def show_looking(self, words: str) -> None:
        """Say how far the look at the images is; "" for none."""
        self.looking.setText(words)
        self.looking_line.setVisible(bool(words))

    def look_at_seen(self) -> None:
        """What is in view is looked at before the rest of a hundred thousand."""
        if self.source is None:
            return
        self.source.prioritize(self.view.seen())
        super().look_at_seen()
