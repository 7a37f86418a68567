"""A button whose menu writes a filter's text: what can be asked for, orders, and kept filters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QLineEdit, QMenu

from workbench.core.paths import folded
from workbench.core.text import tr
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.filter_terms import class_filter, quoted, words_of
from workbench.gui.label.sample_filter import BY, NOBODY, SampleFilter, count_filter
from workbench.gui.style import tokens
from workbench.gui.widgets import IconButton
from workbench.gui.widgets.menu import Menu
from workbench.project.labelled_by import labelled_by_of
from workbench.project.session import Session

MOST_CLASSES = 30
_KEPT = "filters"

SPLIT = ("Part of the split", (("train", "split:train"), ("val", "split:val"),
                               ("test", "split:test"), ("In none", "split:none")))
ORDER = "Order"


class FilterMenu(IconButton):
    """Adds terms to the text of a field, or takes those off that are there.

    Parameters
    ----------
    field
        Of the filter.
    kind
        What the text means, with its :attr:`SampleFilter.choices`.
    """

    def __init__(self, field: QLineEdit, kind: type[SampleFilter],
                 memory: PlaceMemory | None = None) -> None:
        super().__init__("filter", tr("Choose a filter or an order"), side=tokens.SPACE_XL)
        self._field, self._kind, self.memory = field, kind, memory
        """Where filters are kept, or None."""
        self._session: Session | None = None
        self.clicked.connect(self._open)

    def set_session(self, session: Session | None) -> None:
        """Offer the classes and kept filters of another project."""
        self._session = session

    # --- kept filters ---------------------------------------------------------------------------

    def kept(self) -> list[str]:
        """The filters that were kept, the last one first."""
        if self.memory is None or self._session is None:
            return []
        try:
            found = json.loads(self.memory.of_project(self._session.folder, _KEPT) or "[]")
        except ValueError:
            return []
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    def keep(self, text: str, *, kept: bool = True) -> None:
        """Keep a filter, or forget it."""
        if self.memory is not None and self._session is not None and text:
            texts = [text] if kept else []
            texts += [other for other in self.kept() if other != text]
            self.memory.remember(self._session.folder, _KEPT,
                                 json.dumps(texts, ensure_ascii=False))

    # --- the menu -------------------------------------------------------------------------------

    def menu_now(self) -> QMenu:
        """The menu as it is for the text that is there."""
        menu, text = Menu(self), self._field.text().strip()
        there = words_of(text)
        names = list(self._session.classes) if self._session is not None else []
        classes = tuple((name, class_filter(name)) for name in names[:MOST_CLASSES])
        several = tuple((name, count_filter(name, ">=2")) for name in names[:MOST_CLASSES]
                        if self._kind.several)
        for title, entries in ((tr("Class"), classes), (tr("Several of a class"), several),
                               *self._kind.choices,
                               (tr("Attribute"), self._attributes()), SPLIT,
                               (tr("Labelled by"), self._people())):
            if entries:
                self._fill(menu, title, entries, there)
        orders = [(text, f"sort:{name}") for name, text in self._kind.order_words]
        orders += self._order_of_people()
        self._fill(menu, ORDER, orders, there)
        menu.addSeparator()
        for other in self.kept():
            action = menu.addAction(other)
            action.setCheckable(True)
            action.setChecked(other == text)
            action.triggered.connect(partial(self._write, other))
        if text:
            known = text in self.kept()
            action = menu.addAction(tr("Forget this filter") if known else tr("Keep this filter"))
            action.triggered.connect(lambda: self.keep(text, kept=not known))
            menu.addAction(tr("Clear the filter")).triggered.connect(partial(self._write, ""))
        return menu

    def _attributes(self) -> list[tuple[str, str]]:
        """Terms for what the project asks of objects and images."""
        declared = self._session.manifest.attributes if self._session is not None else ()
        terms = (f"{one.name}={choice}" if choice else one.name
                 for one in declared for choice in one.choices or ("",))
        return [(term, f"has:{quoted(term)}") for term in terms]

    def _people(self) -> list[tuple[str, str]]:
        """Terms for who labelled samples, where anybody has said a name."""
        names = labelled_by_of(self._session).people() if self._session is not None else []
        return [*((name, f"{BY}:{quoted(name)}") for name in names),
                *([(tr("Nobody known"), f"{BY}:{NOBODY}")] if names else [])]

    def _order_of_people(self) -> list[tuple[str, str]]:
        return [(tr("By who labelled"), f"sort:{BY}")] if self._people() else []

    def _fill(self, menu: QMenu, title: str, entries: Iterable[tuple[str, str]],
              there: Sequence[str]) -> None:
        part = Menu(menu, title=tr(title))
        menu.addMenu(part)
        for text, term in entries:
            shown = term if tr(text) == term else f"{tr(text)}\t{term}"
            action = part.addAction(shown.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(folded(term) in there)
            action.triggered.connect(partial(self._toggle, term))

    def _toggle(self, term: str, _on: bool = False) -> None:
        """Add a term, or take it off; of orders and parts of the split one at a time."""
        words = words_of(self._field.text(), small=False)
        there = [word for word in words if folded(word) == folded(term)]
        field = term.partition(":")[0]
        alone = field in ("sort", "split", BY)
        words = [word for word in words if word not in there
                 and not (alone and word.casefold().startswith(f"{field}:"))]
        self._write(" ".join(words if there else [*words, term]))

    def _write(self, text: str, _on: bool = False) -> None:
        self._field.setText(text)

    def _open(self) -> None:
        menu = self.menu_now()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
